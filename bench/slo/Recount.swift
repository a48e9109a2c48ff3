import Base

/// Every sample of the traffic up to a time, and events counted from them the slow way.
struct Recount {
  private(set) var traffic: Traffic
  private let first: Int64
  /// By tick, all series of one tick together.
  private var rows: [[UInt32]] = []

  init(_ traffic: Traffic) {
    self.traffic = traffic
    first = traffic.tick
    rows.append(traffic.values)
  }

  /// Takes in the samples up to a tick.
  mutating func advance(to tick: Int64) {
    while traffic.tick < tick {
      traffic.next()
      rows.append(traffic.values)
    }
  }

  /// The latest tick at or before a time.
  static func tick(at time: Instant) -> Int64 { time.nanoseconds / (Traffic.step * 1_000_000_000) }

  private func value(_ service: Int, _ series: Int, _ tick: Int64) -> Double {
    Double(rows[Int(tick - first)][service * Traffic.seriesPerService + series])
  }

  static let failing = Traffic.pods..<Traffic.seriesPerService
  static let all = 0..<Traffic.seriesPerService

  /// The share of failed requests in (from, to]: each increment counts at the time of its later sample, and a counter
  /// that went down began at 0.
  func badShare(_ service: Int, from: Instant, to: Instant) -> Double {
    let total = events(service, Self.all, from, to)
    return total > 0 ? events(service, Self.failing, from, to) / total : 0
  }

  private func events(_ service: Int, _ series: Range<Int>, _ from: Instant, _ to: Instant) -> Double {
    let begin = max(first + 1, Self.tick(at: from) + 1)
    let end = min(traffic.tick, Self.tick(at: to))
    guard begin <= end else { return 0 }
    var sum = 0.0
    for one in series {
      for tick in begin...end {
        let (before, after) = (value(service, one, tick - 1), value(service, one, tick))
        sum += after < before ? after : after - before
      }
    }
    return sum
  }

  // MARK: As PromQL

  /// What `sum(rate(failing[window])) / sum(rate(all[window]))` says at a time in Prometheus 2.42, by the rules of its
  /// documentation and source: the window is closed at both ends, what happened between its first and last sample is
  /// stretched to the window, and a counter is not stretched to before it would have been 0.
  func promqlShare(_ service: Int, _ window: Interval, at: Instant) -> Double? {
    func sum(_ series: Range<Int>) -> Double? {
      let rates = series.compactMap { rate(service, $0, window, at) }
      return rates.isEmpty ? nil : rates.reduce(0, +)
    }
    guard let failing = sum(Self.failing), let all = sum(Self.all), all > 0 else { return nil }
    return failing / all
  }

  private func rate(_ service: Int, _ series: Int, _ window: Interval, _ at: Instant) -> Double? {
    let start = at - window
    let step = Traffic.step * 1_000_000_000
    let begin = max(first, (start.nanoseconds + step - 1) / step)
    let end = min(traffic.tick, Self.tick(at: at))
    guard begin < end else { return nil }
    let firstValue = value(service, series, begin)
    var increase = value(service, series, end) - firstValue
    var before = firstValue
    for tick in begin...end {
      let next = value(service, series, tick)
      if next < before { increase += before }
      before = next
    }
    let sampled = Double((end - begin) * Traffic.step)
    let between = sampled / Double(end - begin)
    var toStart = Interval(nanoseconds: begin * step - start.nanoseconds).seconds
    let toEnd = Interval(nanoseconds: at.nanoseconds - end * step).seconds
    if increase > 0 { toStart = min(toStart, sampled * (firstValue / increase)) }
    let threshold = between * 1.1
    var stretched = sampled
    stretched += toStart < threshold ? toStart : between / 2
    stretched += toEnd < threshold ? toEnd : between / 2
    return increase * (stretched / sampled) / window.seconds
  }
}
