import Base

/// One person where there ought to be two: whoever does not answer the first page does not answer the second either.
public struct OnCallOverlap: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The person is in this level of the policy, counted from 1, and in the next one.
    case levels(policy: String, level: Int)
    /// The person is on call in two schedules that policies page first.
    case primaries(String, String)
  }

  public var kind: Kind
  public var person: String
  public var start: Instant
  /// Exclusive.
  public var end: Instant

  public init(kind: Kind, person: String, start: Instant, end: Instant) {
    self.kind = kind
    self.person = person
    self.start = start
    self.end = end
  }

  /// `ana is in levels 1 and 2 of policy streaming: when ana does not answer, level 2 pages nobody else`
  public var text: String {
    switch kind {
    case .levels(let policy, let level):
      "\(person) is in levels \(level) and \(level + 1) of policy \(policy): when \(person) does not answer, level "
        + "\(level + 1) pages nobody else"
    case .primaries(let first, let second):
      "\(person) is first on call in \(first) and in \(second): two alerts at once find one person"
    }
  }
}

extension OnCallPlan {
  /// Where one person stands in two places that back each other up, within a range and cut at its ends, by start.
  ///
  /// - Parameter limit: no more than so many.
  public func overlaps(
    from: Instant, to: Instant, overrides: OverridesOf, limit: Int = 1_000
  ) -> [OnCallOverlap] {
    let stretches = Dictionary(
      schedules.map { ($0.name, Self.stretches($0, from: from, to: to, overrides: overrides($0.name))) },
      uniquingKeysWith: { first, _ in first })
    var found: [OnCallOverlap] = []
    for policy in policies {
      let levels = policy.levels.map { Self.stretches(of: $0, within: Stretch("", from, to), by: stretches) }
      for (index, (level, next)) in zip(levels, levels.dropFirst()).enumerated() {
        let targets = policy.levels[index + 1].targets
        found += Self.common(level, next, .levels(policy: policy.name, level: index + 1)).flatMap {
          Self.alone($0, in: next, targets)
        }
      }
    }
    let primaries = primaries
    for (index, first) in primaries.enumerated() {
      for second in primaries.dropFirst(index + 1) {
        found += Self.common(stretches[first] ?? [], stretches[second] ?? [], .primaries(first, second))
      }
    }
    return Array(found.sorted { ($0.start, $0.person, $0.text) < ($1.start, $1.person, $1.text) }.prefix(limit))
  }

  /// The parts of an overlap in which the second level has nobody besides the person.
  private static func alone(
    _ overlap: OnCallOverlap, in level: [Stretch], _ targets: [EscalationPolicy.Target]
  ) -> [OnCallOverlap] {
    let isShared = targets.contains { target in
      switch target {
      case .everyone(_, let users), .roundRobin(let users): users.contains { $0 != overlap.person }
      case .user, .schedule, .channel: false
      }
    }
    if isShared { return [] }
    var parts: [OnCallOverlap] = []
    var rest = overlap
    for other in level where other.person != overlap.person && other.start < overlap.end {
      if other.start > rest.start {
        var part = rest
        part.end = other.start
        parts.append(part)
      }
      rest.start = max(rest.start, other.end)
    }
    if rest.start < rest.end { parts.append(rest) }
    return parts
  }

  private struct Stretch {
    var person: String
    var start: Instant
    var end: Instant

    init(_ person: String, _ start: Instant, _ end: Instant) {
      self.person = person
      self.start = start
      self.end = end
    }
  }

  /// The shifts of a schedule within a range, joined where one person's follow each other.
  private static func stretches(
    _ schedule: ScheduleDefinition, from: Instant, to: Instant, overrides: [ScheduleOverride]
  ) -> [Stretch] {
    joined(
      schedule.shifts(from: from, to: to, overrides: overrides).map {
        Stretch($0.user, max($0.start, from), min($0.end, to))
      })
  }

  private static func stretches(
    of level: EscalationPolicy.Level, within range: Stretch, by schedule: [String: [Stretch]]
  ) -> [Stretch] {
    var all: [Stretch] = []
    for target in level.targets {
      if case .user(let person) = target { all.append(Stretch(person, range.start, range.end)) }
      if case .schedule(let name) = target { all += schedule[name] ?? [] }
    }
    return joined(all.sorted { ($0.start, $0.end, $0.person) < ($1.start, $1.end, $1.person) })
  }

  /// Joins what touches or overlaps and is of one person; the stretches are in order of their starts.
  private static func joined(_ stretches: [Stretch]) -> [Stretch] {
    var joined: [Stretch] = []
    var last: [String: Int] = [:]
    for stretch in stretches {
      if let index = last[stretch.person], joined[index].end >= stretch.start {
        joined[index].end = max(joined[index].end, stretch.end)
      } else {
        last[stretch.person] = joined.count
        joined.append(stretch)
      }
    }
    return joined
  }

  /// Where a person is in both. Both are in order of their starts, and joined.
  private static func common(_ first: [Stretch], _ second: [Stretch], _ kind: OnCallOverlap.Kind) -> [OnCallOverlap] {
    var byPerson: [String: [Stretch]] = [:]
    for stretch in second { byPerson[stretch.person, default: []].append(stretch) }
    var found: [OnCallOverlap] = []
    for stretch in first {
      for other in byPerson[stretch.person] ?? [] {
        let (start, end) = (max(stretch.start, other.start), min(stretch.end, other.end))
        if start < end { found.append(OnCallOverlap(kind: kind, person: stretch.person, start: start, end: end)) }
      }
    }
    return found
  }
}
