import Base
import Events

/// A stretch that somebody is on call in a schedule.
public struct Duty: Sendable, Hashable {
  public var schedule: String
  public var person: String
  public var start: Instant
  public var end: Instant

  public init(schedule: String, person: String, start: Instant, end: Instant) {
    self.schedule = schedule
    self.person = person
    self.start = start
    self.end = end
  }
}

/// What a stretch of time asked of one person.
public struct PersonLoad: Sendable {
  /// One week, from the start of the report on.
  public struct Week: Sendable, Hashable {
    public var start: Instant
    public var high = 0
    public var low = 0
    public var nights = 0
  }

  public var person: String
  /// Calls that woke or may have: high urgency.
  public var high = 0
  /// Calls that could wait.
  public var low = 0
  public var nightCalls = 0
  /// Nights with at least one call of high urgency.
  public var interruptedNights = 0
  /// From a call until this person acknowledged, of the calls that they answered.
  public var timeToAcknowledge = Spread([])
  /// Incidents, and alerts that belong to none.
  public var causes = 0
  /// How long they were on call in any schedule; stretches that overlap count once.
  public var onCall = Interval.zero
  public var weeks: [Week] = []

  public var calls: Int { high + low }
}

/// What one shift asked of the person on call.
public struct ShiftLoad: Sendable {
  public var duty: Duty
  public var high = 0
  public var low = 0
  public var nightCalls = 0
  /// Incidents, and alerts that belong to none, of high urgency.
  public var causes: [ULID] = []
}

/// Load over a range: for each person, and for each shift.
public struct LoadReport: Sendable {
  public let from: Instant
  public let to: Instant
  /// By name.
  public private(set) var people: [PersonLoad]
  /// The newest first.
  public private(set) var shifts: [ShiftLoad]

  /// More of one's time than this on call wears people out (Google SRE).
  public static let shareMax = 0.25
  public static let week = Interval.days(7)

  /// - Parameters:
  ///   - duties: who was on call within the range; those that reach out of it are cut.
  ///   - nights: the night that an instant is in for a person, `nil` by day.
  public init(
    _ book: AlertBook, from: Instant, to: Instant, duties: [Duty],
    nights: (_ person: String, _ at: Instant) -> CivilDate?
  ) {
    self.from = from
    self.to = to
    let known = Set(book.calls.sortedKeys + duties.map(\.person)).sorted()
    people = known.map { person in
      Self.load(
        of: person, book.calls(of: person, from: from, to: to), duties.filter { $0.person == person }, from: from,
        to: to, nights: nights)
    }
    .filter { $0.calls > 0 || $0.onCall > .zero }
    shifts = duties.filter { $0.start < to && $0.end > from }.map { Self.load(of: $0, book, nights) }
      .sorted { ($1.duty.start, $0.duty.schedule) < ($0.duty.start, $1.duty.schedule) }
  }

  private static func load(
    of person: String, _ calls: [CallRecord], _ duties: [Duty], from: Instant, to: Instant,
    nights: (String, Instant) -> CivilDate?
  ) -> PersonLoad {
    var load = PersonLoad(person: person)
    var begin = from
    while begin < to {
      load.weeks.append(.init(start: begin))
      begin = begin + week
    }
    var (interrupted, causes, took): (Set<CivilDate>, Set<ULID>, [Interval]) = ([], [], [])
    for call in calls {
      let index = min(load.weeks.count - 1, Int(((call.at - from) / week).rounded(.down)))
      causes.insert(call.cause)
      if let answered = call.answeredAt { took.append(answered - call.at) }
      if call.isLow {
        load.low += 1
        load.weeks[index].low += 1
        continue
      }
      load.high += 1
      load.weeks[index].high += 1
      if let night = nights(person, call.at) {
        load.nightCalls += 1
        if interrupted.insert(night).inserted { load.weeks[index].nights += 1 }
      }
    }
    (load.interruptedNights, load.causes, load.timeToAcknowledge) = (interrupted.count, causes.count, Spread(took))
    load.onCall = total(duties.map { max($0.start, from)..<max(max($0.start, from), min($0.end, to)) })
    return load
  }

  /// The length of what the ranges cover together.
  static func total(_ ranges: [Range<Instant>]) -> Interval {
    var (sum, end) = (Interval.zero, Instant.distantPast)
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
      sum = sum + (range.upperBound - max(range.lowerBound, end))
      end = range.upperBound
    }
    return sum
  }

  /// What one shift asked of its person.
  public static func load(
    of duty: Duty, _ book: AlertBook, _ nights: (_ person: String, _ at: Instant) -> CivilDate?
  ) -> ShiftLoad {
    var load = ShiftLoad(duty: duty)
    for call in book.calls(of: duty.person, from: duty.start, to: duty.end) {
      if call.isLow {
        load.low += 1
        continue
      }
      load.high += 1
      if nights(duty.person, call.at) != nil { load.nightCalls += 1 }
      if !load.causes.contains(call.cause) { load.causes.append(call.cause) }
    }
    return load
  }
}

extension AlertBook {
  /// A person's calls within a range, oldest first, each under the incident that its alert belongs to now.
  public func calls(of person: String, from: Instant, to: Instant) -> [CallRecord] {
    guard let calls = calls[person] else { return [] }
    let first = calls.partition { $0.at >= from }
    let end = calls.partition { $0.at >= to }
    return calls.suffix(from: first).prefix(end - first).map { call in
      var call = call
      call.cause = cause(of: call)
      return call
    }
  }
}

extension LoadReport {
  /// Leaves out everybody else.
  public mutating func keep(_ isKept: (_ person: String) -> Bool) {
    people = people.filter { isKept($0.person) }
    shifts = shifts.filter { isKept($0.duty.person) }
  }
}

extension AlertBook {
  public func record(_ id: ULID) -> AlertRecord? {
    guard let number = ruleOf[id], let alerts = rules[ruleKeys[number]]?.alerts else { return nil }
    let index = alerts.partition { $0.id >= id }
    return index < alerts.count && alerts[index].id == id ? alerts[index] : nil
  }

  /// Alerts that called one of these people, are over, and that nobody has judged; the newest first.
  public func unjudged(
    people: [String], since: Instant, limit: Int
  ) -> [(alert: ULID, title: String, at: Instant)] {
    var seen: Set<ULID> = []
    var found: [(alert: ULID, title: String, at: Instant)] = []
    for call in people.flatMap({ calls(of: $0, from: since, to: .distantFuture).suffix(200) }) {
      guard seen.insert(call.alert).inserted, let record = record(call.alert), record.resolvedAt != nil,
        record.actionable == nil, ruleKeys.indices.contains(call.rule)
      else { continue }
      found.append((call.alert, rules[ruleKeys[call.rule]]?.rule.title ?? "", record.firedAt))
    }
    return Array(found.sorted { $1.alert < $0.alert }.prefix(limit))
  }
}
