import Base
import Ledger

/// The raw events of one SLI, counted the slow way: every figure is a sum over all that was ever accepted. It shares no
/// code with the ledger but the names of readings.
struct LedgerRecount {
  struct Target {
    var sli: Int
    var side: SLISide
    var weight: Double
    var reading: SampleReading
  }

  struct Point {
    var time: Int64
    var value: Double
    var created: Int64?
  }

  struct Stream {
    var kind: SampleKind
    var targets: [Target]
    /// In order of time; every sample that was ever accepted.
    var points: [Point] = []
  }

  struct Indicator {
    var counts: SLISide
    var slices: SliceRule?
    var registered: Int64
    var since: Int64?
    var part: Int64?
    var total: Int64?
    /// Slices up to this one are judged.
    var closed = Int64.min
    var backfilled = Int64.min
    var past: [Event] = []
  }

  struct Event {
    var time: Int64
    var part: Double
    var total: Double
  }

  var streams: [Stream] = []
  var indicators: [Indicator] = []
  /// The newest time of any accepted sample.
  var newest = Int64.min

  static let second: Int64 = 1_000_000_000

  // MARK: What is accepted

  /// What should become of a sample: whether it is counted, or why not, `nil` where several reasons will do.
  mutating func take(_ sample: CounterSample, _ stream: Int, now: Int64) -> Bool {
    let time = sample.time.nanoseconds
    guard sample.value.isFinite, time <= now + 300 * Self.second else { return false }
    if sample.value < 0, !streams[stream].targets.contains(where: { mayBeNegative($0, sample.kind) }) { return false }
    if newest != .min {
      let edge = (newest + 10 * Self.second - 1) / (10 * Self.second) * 10 * Self.second
      guard time > edge - 6 * 3_600 * Self.second else { return false }
    }
    if sample.kind != .events, let last = streams[stream].points.last?.time {
      guard !streams[stream].points.contains(where: { $0.time == time }), time > last - 300 * Self.second else {
        return false
      }
    }
    let place = streams[stream].points.lastIndex { $0.time <= time }.map { $0 + 1 } ?? 0
    streams[stream].points.insert(
      Point(time: time, value: sample.value, created: sample.created?.nanoseconds), at: place)
    newest = max(newest, time)
    for target in streams[stream].targets { observe(target.sli, target.side, time) }
    return true
  }

  private func mayBeNegative(_ target: Target, _ kind: SampleKind) -> Bool {
    switch target.reading {
    case .samples, .samplesWhere: true
    case .increase where kind == .cumulative: false
    case .increase, .value, .share: kind == .gauge || target.weight < 0
    }
  }

  private mutating func observe(_ sli: Int, _ side: SLISide, _ time: Int64) {
    indicators[sli].since = min(indicators[sli].since ?? time, time)
    if side == .total {
      indicators[sli].total = max(indicators[sli].total ?? time, time)
    } else {
      indicators[sli].part = max(indicators[sli].part ?? time, time)
    }
    guard let rule = indicators[sli].slices, let total = indicators[sli].total, let since = indicators[sli].since
    else { return }
    // Both sides of a sample's targets are seen before anything is judged; the later of two calls sees the same.
    let part = indicators[sli].part ?? (indicators[sli].counts == .bad ? total : since)
    let watermark = max(min(part, total), total - 120 * Self.second)
    indicators[sli].closed = max(indicators[sli].closed, watermark / rule.length.nanoseconds)
  }

  mutating func backfill(_ sli: Int, _ events: [Event], from: Int64, upTo: Int64) {
    let new = events.filter { $0.time > indicators[sli].backfilled && $0.time <= upTo }
    indicators[sli].past += new
    indicators[sli].backfilled = upTo
    indicators[sli].since = min(indicators[sli].since ?? from, from)
  }

  // MARK: What it counts

  /// All events of an SLI: raw ones, or the verdicts of its slices at their ends.
  func events(_ sli: Int) -> [Event] {
    var events = indicators[sli].past
    for stream in streams {
      for target in stream.targets where target.sli == sli {
        for (index, point) in stream.points.enumerated() where point.time > indicators[sli].backfilled {
          let amount = target.weight * amount(stream, target, index, point)
          guard amount != 0 else { continue }
          events.append(
            target.side == .total
              ? Event(time: point.time, part: 0, total: amount) : Event(time: point.time, part: amount, total: 0))
        }
      }
    }
    guard let rule = indicators[sli].slices else { return events }
    return verdicts(events, rule, indicators[sli])
  }

  private func amount(_ stream: Stream, _ target: Target, _ index: Int, _ point: Point) -> Double {
    let number = target.weight < 0 ? point.value : max(0, point.value)
    switch target.reading {
    case .samples: return 1
    case .samplesWhere(let comparison, let threshold): return comparison.holds(point.value, threshold) ? 1 : 0
    case .value: return number
    case .share: return min(1, max(0, point.value))
    case .increase: break
    }
    if stream.kind == .delta || stream.kind == .events { return number }
    guard index > 0 else {
      guard let created = point.created, created <= point.time else { return 0 }
      let known = min(indicators[target.sli].registered, point.time - 300 * Self.second)
      return created >= known ? max(0, point.value) : 0
    }
    let before = stream.points[index - 1]
    let isReset = point.value < before.value || (point.created ?? .min) > before.time
    return isReset ? max(0, point.value) : point.value - before.value
  }

  private func verdicts(_ events: [Event], _ rule: SliceRule, _ indicator: Indicator) -> [Event] {
    let length = rule.length.nanoseconds
    var slices: [Int64: (part: Double, total: Double)] = [:]
    for event in events {
      let slice = (event.time + length - 1) / length
      slices[slice, default: (0, 0)].part += event.part
      slices[slice, default: (0, 0)].total += event.total
    }
    // The newest 96 slices of at most six hours are kept open; one that must go is judged as it is.
    let gone = (slices.keys.max() ?? 0) - min(96, 6 * 3_600 * Self.second / length + 2)
    return slices.sorted { $0.key < $1.key }.compactMap { slice, sums in
      let isJudged = slice <= max(indicator.closed, gone) || slice * length <= indicator.backfilled
      guard isJudged, sums.total > 0 else { return nil }
      let share = min(max(sums.part, 0), sums.total) / sums.total
      guard let target = rule.target else { return Event(time: slice * length, part: share, total: 1) }
      let isGood = (indicator.counts == .good ? share : 1 - share) >= target
      return Event(time: slice * length, part: isGood == (indicator.counts == .good) ? 1 : 0, total: 1)
    }
  }

  // MARK: Figures

  /// The events in (from, to] without those in any (lower, upper] of `without`.
  func count(_ sli: Int, _ events: [Event], from: Int64, to: Int64, without: [Range<Int64>] = []) -> WindowCount {
    var (part, total) = (0.0, 0.0)
    for event in events where event.time > from && event.time <= to {
      if without.contains(where: { event.time > $0.lowerBound && event.time <= $0.upperBound }) { continue }
      part += event.part
      total += event.total
    }
    total = max(0, total)
    part = min(max(part, 0), total)
    var whole = to - from
    let since = indicators[sli].since ?? to
    var seen = max(0, to - max(from, since))
    for range in without {
      let (lower, upper) = (max(range.lowerBound, from), min(range.upperBound, to))
      guard upper > lower else { continue }
      whole -= upper - lower
      seen -= max(0, upper - max(lower, since))
    }
    return WindowCount(
      good: indicators[sli].counts == .good ? part : total - part, total: total,
      covered: whole > 0 ? Double(seen) / Double(whole) : 0)
  }
}
