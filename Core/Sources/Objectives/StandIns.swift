import Base
import Ledger

// Until the ledger has them itself: the same signatures and meaning, read from the windows that it has.

extension Ledger {
  /// The events in (from, to], over the nearest bucket edges, without those in some ranges.
  func count(_ slot: SLISlot, from: Instant, to: Instant, excluding ranges: [Range<Instant>] = []) -> WindowCount {
    to > from
      ? window(slot, to - from, at: to, excluding: ranges) : WindowCount(good: 0, total: 0, covered: 0)
  }

  /// The events of a window without those in some ranges, which are sorted and do not overlap. The covered share is
  /// that of what is left of the window.
  func window(_ slot: SLISlot, _ length: Interval, at: Instant, excluding ranges: [Range<Instant>]) -> WindowCount {
    let start = at - length
    var whole = window(slot, length, at: at)
    guard ranges.contains(where: { $0.lowerBound < at && $0.upperBound > start }) else { return whole }
    var (covered, left) = (whole.covered * length.seconds, length.seconds)
    for range in ranges {
      let (from, to) = (max(range.lowerBound, start), min(range.upperBound, at))
      guard from < to else { continue }
      let part = window(slot, to - from, at: to)
      whole.good -= part.good
      whole.total -= part.total
      covered -= part.covered * (to - from).seconds
      left -= (to - from).seconds
    }
    whole.total = max(0, whole.total)
    whole.good = min(max(0, whole.good), whole.total)
    whole.covered = left > 0 ? min(1, max(0, covered / left)) : 0
    return whole
  }

  /// Windows are as exact as the buckets meanwhile.
  @discardableResult
  mutating func setMarks(_ times: [Instant], of slot: SLISlot) -> Int { times.count }

  func plan(_ windows: [Interval], at: Instant) -> WindowPlan { WindowPlan(at: at, windows: windows) }

  func read(_ slot: SLISlot, _ plan: WindowPlan, into counts: UnsafeMutableBufferPointer<WindowCount>) {
    for (index, length) in plan.windows.enumerated() { counts[index] = window(slot, length, at: plan.at) }
  }
}

struct WindowPlan {
  let at: Instant
  let windows: [Interval]
  func serves(_ time: Instant) -> Bool { time == at }
}

extension Sequence<Objective> {
  /// What the ledger is told about all of them: each SLI once, with the longest period that any of its objectives has.
  /// Composites count nothing and are left out.
  public var sliDefinitions: [SLIDefinition] {
    var definitions: [SLIDefinition] = []
    var places: [String: Int] = [:]
    for objective in self where objective.composite.isEmpty {
      let definition = objective.definition
      if let place = places[definition.id] {
        definitions[place].period = Swift.max(definitions[place].period, definition.period)
      } else {
        places[definition.id] = definitions.count
        definitions.append(definition)
      }
    }
    return definitions
  }
}
