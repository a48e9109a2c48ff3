import Base
import Definitions
import Ledger

@testable import Objectives

/// A small language for SLO cases, so that a vector can be worked by hand and read by anybody:
///
///     slo 99.9% over 30d                        bad and total counters
///     slo 99.9% over 30d counting good          good and total counters
///     slo 99.9% over 1M from 2026-10-01T00:00   a calendar's budget; `in ZONE` for its zone
///     at 2026-10-01T00:00:00Z                   sets the clock, before `slo`
///     guard 100 events 3 failures               how much has to happen before a rule fires
///     missing after 15m                         when silence is an alert
///     exclude 2h until 1h                       leaves out what lies between 2 hours and 1 hour ago
///     load 30d every 1h rate 10                 events a second, all good, for so long from where the last load ended
///     load 5m every 10s rate 10 bad 100%        with this share of bad ones
///     wait 10m                                  no samples at all
///     evaluate                                  judge now
///     expect left 0.8843                        budget left, to 4 digits
///     expect burn 1h 16.6667                    burn rate over a window, to 4 digits; `none` without traffic
///     expect state burning
///     expect open page                          open alerts; `none`
///     expect firing page 1h/5m, ticket 1d/2h    firing rules; `none`
///     expect clears page 1h/5m in 50m           to a minute
///     until page fires within 2m                loads and judges every 10 s at the last load's rate
///     expect elapsed 60s                        of the last `until`
///     expect counted 3000 of 4000               bad and all events in the budget's window
///     expect held page 1h/5m                    rules that burn and are held back; `none`
///     expect steps 0.5, 0.75                    steps of the budget that are reached; `none`
///     expect data missing                       or `here`
///     expect fired 1                            alerts that opened so far
struct Scenario {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private(set) var now = Instant(seconds: 1_790_000_000)
  private var ledger = Ledger()
  private var objective: Objective?
  private var series: [SeriesID] = []
  private var totals = [0.0, 0.0]
  private var rate = 0.0
  private var badShare = 0.0
  private var memory = ObjectiveMemory()
  private var context = ObjectiveContext()
  private var evaluation: Evaluation?
  private var elapsed = Interval.zero
  private var fired = 0

  mutating func run(_ text: String) throws {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
      guard !words.isEmpty else { continue }
      do { try step(words) } catch { throw Failure(description: "line \(index + 1) '\(line)': \(error)") }
    }
  }

  private mutating func step(_ words: [String]) throws {
    switch words[0] {
    case "slo": try slo(words)
    case "load": try load(words)
    case "wait": now += try interval(words[1])
    case "at": now = Instant(rfc3339: words[1])!
    case "guard":
      objective!.traffic = TrafficGuard(minimumEvents: Double(words[1])!, minimumFailures: Double(words[3])!)
    case "missing": objective!.noDataAfter = try interval(words[2])
    case "exclude":
      let (from, to) = (now - (try interval(words[1])), now - (try interval(words[3])))
      context.excluded = (context.excluded + [from..<to]).merged()
    case "evaluate": judge()
    case "until": try until(words)
    case "expect": try expect(Array(words.dropFirst()))
    default: throw Failure(description: "what is '\(words[0])'?")
    }
  }

  private func interval(_ text: String) throws -> Interval {
    guard let value = Interval(text: text) else { throw Failure(description: "'\(text)' is not a length") }
    return value
  }

  private func share(_ text: String) -> Double { (Double(text.filter { $0 != "%" }) ?? .nan) / 100 }

  private func value(_ name: String, in words: [String]) -> String? {
    words.firstIndex(of: name).map { words[$0 + 1] }
  }

  private mutating func slo(_ words: [String]) throws {
    let counting = value("counting", in: words) ?? "bad"
    let target = (share(words[1]) * 1e9).rounded() / 1e9
    let start = value("from", in: words).flatMap { CivilDateTime(isoText: $0) }
    let (compiled, notes) = ObjectiveCompiler.compile(
      ObjectiveSpec(
        id: "slo", service: "service", target: target,
        period: start == nil ? try interval(words[3]) : DurationShorthand(words[3])!.interval,
        good: counting == "good" ? "part" : nil, bad: counting == "bad" ? "part" : nil, total: "total"))
    guard var compiled else { throw Failure(description: "\(notes)") }
    if let start {
      compiled.window = .calendar(
        CalendarWindow(duration: DurationShorthand(words[3])!, start: start, zone: "UTC"))
    }
    objective = compiled
    ledger.register([compiled.definition], at: now)
    series = [compiled.counts, .total].map { side in
      ledger.intern(LabelSet(metric: "\(side)").key, targets: [SLITarget(id: "slo", side: side)])!
    }
    send()
  }

  private mutating func send() {
    for (id, total) in zip(series, totals) { ledger.ingest(id, CounterSample(time: now, value: total), now: now) }
  }

  private mutating func advance(_ length: Interval) {
    now += length
    let events = rate * length.seconds
    let bad = (events * badShare).rounded()
    totals[0] += objective?.counts == .good ? events - bad : bad
    totals[1] += events
    send()
  }

  private mutating func load(_ words: [String]) throws {
    rate = Double(value("rate", in: words) ?? "") ?? rate
    badShare = value("bad", in: words).map(share) ?? 0
    let step = try interval(value("every", in: words) ?? "10s")
    let end = now + (try interval(words[1]))
    while now + step <= end { advance(step) }
  }

  private mutating func judge() {
    let result = evaluate(objective!, in: ledger, now: now, after: memory, context: context)
    memory = result.memory
    evaluation = result
    for case .fired in result.alerts { fired += 1 }
  }

  private mutating func until(_ words: [String]) throws {
    let severity = BurnSeverity(rawValue: words[1])!
    let start = now
    let limit = now + (try interval(words[4]))
    while now < limit {
      advance(.seconds(10))
      judge()
      let open = memory.alerts.contains(severity)
      if open == (words[2] == "fires") {
        elapsed = now - start
        return
      }
    }
    throw Failure(description: "did not happen: \(evaluation!.status)")
  }

  private func expect(_ words: [String]) throws {
    let got: String
    var wanted = words.dropFirst().joined(separator: " ")
    let status = evaluation?.status
    switch words[0] {
    case "left": got = digits(status?.budgetLeft)
    case "burn":
      let reader = BurnReader(objective!, in: ledger, now: now, context: context)
      got = digits(reader?.burn(try interval(words[1])))
      wanted = words[2]
    case "state": got = status?.state.rawValue ?? "none"
    case "open": got = list(status?.openAlerts.map(\.rawValue))
    case "firing": got = list(status?.readings.filter(\.isFiring).map(\.rule.name))
    case "elapsed": got = "\(Int(elapsed.seconds))s"
    case "counted":
      let status = status!
      got = "\(Int(status.total - status.good)) of \(Int(status.total))"
    case "held":
      got = list(status?.readings.filter { $0.heldBack != nil && !$0.isFiring }.map(\.rule.name))
    case "steps": got = list(memory.steps.map { "\($0)" })
    case "data": got = status?.isDataMissing == true ? "missing" : "here"
    case "fired": got = "\(fired)"
    case "covered": got = digits(status?.covered)
    case "projection":
      got = status?.projection?.expected.map { "\(Int((($0 - now).seconds / 3_600).rounded()))h" } ?? "none"
    case "clears":
      let reading = status?.readings.first { $0.rule.name == words[1...2].joined(separator: " ") }
      got = reading?.clearsAt.map { "\(Int((($0 - now).seconds / 60).rounded()))m" } ?? "none"
      wanted = words.last ?? ""
    default: throw Failure(description: "what is '\(words[0])'?")
    }
    guard got == wanted else { throw Failure(description: "got \(got)") }
  }

  /// When the budget was burnt over the last while.
  func stretches(_ length: Interval) -> [BurnStretch] {
    ObjectivePlots.stretches(objective!, in: ledger, from: now - length, to: now)
  }

  private func list(_ names: [String]?) -> String {
    guard let names, !names.isEmpty else { return "none" }
    return names.joined(separator: ", ")
  }

  private func digits(_ value: Double?) -> String {
    guard let value, value.isFinite else { return value == nil ? "none" : "not finite" }
    return "\((value * 10_000).rounded() / 10_000)"
  }
}
