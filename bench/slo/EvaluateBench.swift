import Base

/// What one evaluation of all windows of all SLOs costs, and what is kept for it.
struct EvaluateBench {
  let seed: UInt64
  let services: Int
  let passes: Int

  /// On every sample of `Traffic` from `start` to `end`.
  func backfilled(startSeconds: Int64, endSeconds: Int64) -> String {
    let before = Usage.residentBytes()
    var traffic = Traffic(seed: seed, services: services, startSeconds: startSeconds)
    var fleet = Fleet(services: services, at: traffic.time)
    fleet.addSeries()
    let cpu = Usage.cpuSeconds()
    var samples = traffic.values.count
    fleet.count(traffic)
    while traffic.tick < endSeconds / Traffic.step {
      traffic.next()
      fleet.count(traffic)
      samples += traffic.values.count
    }
    let counting = Usage.cpuSeconds() - cpu
    return line(
      fleet, now: traffic.time, resident: Usage.residentBytes() - before,
      more: #""samples": \#(samples), "intake_s": \#(counting), "burns": \#(burns(fleet, now: traffic.time))"#)
  }

  /// Three days at 5 minutes and the last half hour at 15 seconds, in a time that ten thousand SLOs allow. A sample a
  /// month before puts every part of the rings in use.
  func grown() -> String {
    let before = Usage.residentBytes()
    let start: Int64 = 1_790_000_100
    var traffic = Traffic(seed: seed, services: services, startSeconds: start)
    var fleet = Fleet(services: services, at: traffic.time)
    fleet.addSeries()
    fleet.countOne(at: traffic.time - .days(31))
    fleet.count(traffic)
    let (coarse, fine) = (Int64(20), start / Traffic.step + 17_280)
    while traffic.tick < fine {
      traffic.advance(to: traffic.tick + (traffic.tick < fine - 120 ? coarse : 1))
      fleet.count(traffic)
    }
    let resident = Usage.residentBytes() - before
    let copied = copied(&fleet, &traffic)
    return line(
      fleet, now: traffic.time, resident: resident,
      more: #""copied_ms": \#(copied), "burns": \#(burns(fleet, now: traffic.time))"#)
  }

  /// What a snapshot costs those who wait for the ledger, in milliseconds: taking a copy, and what counting a sample of
  /// every series takes longer while the copy is there.
  private func copied(_ fleet: inout Fleet, _ traffic: inout Traffic) -> String {
    var (plain, beside) = (Passes(), Passes())
    for _ in 0..<min(passes, 9) {
      traffic.next()
      plain.measure { fleet.count(traffic) }
      traffic.next()
      beside.measure {
        let copy = fleet.ledger
        fleet.count(traffic)
        withExtendedLifetime(copy) {}
      }
    }
    let (alone, all) = (plain.seconds.sorted(), beside.seconds.sorted())
    return "[\(alone[alone.count / 2] * 1_000), \(all[all.count / 2] * 1_000)]"
  }

  private func line(_ fleet: Fleet, now: Instant, resident: Int, more: String) -> String {
    let process = Usage.residentBytes()
    var (fleet, sweep) = (fleet, CacheSweep())
    var (warm, cold) = (Passes(), Passes())
    var seen = fleet.evaluate(now: now)
    for _ in 0..<passes { warm.measure { seen += fleet.evaluate(now: now) } }
    for _ in 0..<passes {
      seen += sweep.run() == 0 ? 1 : 0
      cold.measure { seen += fleet.evaluate(now: now) }
    }
    var (reads, sum) = (Passes(), 0.0)
    for _ in 0..<passes {
      seen += sweep.run() == 0 ? 1 : 0
      reads.measure { sum += fleet.readWindows(now: now) }
    }
    return """
      {"slos": \(services), "awake": \(fleet.awake), "reads_s": \(reads.seconds), "read": \(sum), \
      "passes_s": \(cold.seconds), "warm_passes_s": \(warm.seconds), "news": \(seen), \
      "resident_bytes": \(resident), "process_bytes": \(process), \(more)}
      """
  }

  /// The burn rates of the first service over all windows.
  private func burns(_ fleet: Fleet, now: Instant) -> String {
    let rates = Fleet.windows.map { window in
      let share = fleet.badShare(0, window, now: now)?.share ?? 0
      return #""\#(window.text)": \#(share / (1 - Fleet.target))"#
    }
    return "{" + rates.joined(separator: ", ") + "}"
  }
}
