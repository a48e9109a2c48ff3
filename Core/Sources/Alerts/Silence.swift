import Base
import Events
import Journal

/// Alerts that nobody is told about for a while, as somebody asked.
public struct Silence: Codable, Sendable {
  /// Alertmanager's three words.
  public enum State: String, Codable, Sendable, CaseIterable { case pending, active, expired }

  public let id: ULID
  /// All must hold.
  public let matchers: [LabelMatcher]
  public let start: Instant
  /// Not part of it; the moment it was ended where somebody ended it early.
  public internal(set) var end: Instant
  public let comment: String
  /// Who asked, as the sender named them.
  public let author: String
  /// RFC 5545: when it happens again, each time as long as the first.
  public let recurrence: String?
  /// IANA; UTC where there is none.
  public let timeZone: String?
  /// Who saved it here.
  public let by: Actor
  public let createdAt: Instant
  public internal(set) var updatedAt: Instant
  /// Set once somebody ended it: a recurring one does not come again.
  public internal(set) var expiredAt: Instant?

  init(id: ULID, _ created: SilenceCreated, by actor: Actor, at time: Instant, createdAt: Instant) {
    self.id = id
    matchers = created.matchers
    start = created.start
    end = created.end
    comment = created.comment
    author = created.author
    recurrence = created.recurrence
    timeZone = created.timeZone
    by = actor
    self.createdAt = createdAt
    updatedAt = time
  }

  public var subject: Subject { Subject("silence", id) }

  public func matches(_ signal: Signal) -> Bool { matchers.allSatisfy { $0.matches(signal.matchable($0.name)) } }

  /// When it holds.
  ///
  /// - Parameter zone: finds the zone that it recurs in; one that is not known counts in UTC.
  public func times(zone: (_ name: String) -> Zone? = { _ in nil }) -> RecurringTimes {
    RecurringTimes(
      start: start, end: end, recurrence: recurrence.flatMap { try? RecurrenceRule(text: $0) },
      zone: timeZone.flatMap(zone) ?? .utc)
  }

  /// Where it stands. A recurring one is pending between two of its times.
  public func state(at now: Instant, zone: (_ name: String) -> Zone? = { _ in nil }) -> State {
    if expiredAt != nil { return .expired }
    guard recurrence != nil else { return now < start ? .pending : now < end ? .active : .expired }
    let times = times(zone: zone)
    if times.window(at: now) != nil { return .active }
    return times.next(after: now) == nil ? .expired : .pending
  }
}

/// A stretch of time, once or again and again.
public struct RecurringTimes: Sendable, Hashable {
  public let start: Instant
  /// Of the first time; not part of it.
  public let end: Instant
  public let recurrence: RecurrenceRule?
  /// On whose calendar it recurs.
  public let zone: Zone

  /// The longest stretch that may recur.
  public static let recurringLengthMax = Interval.days(7)

  public init(start: Instant, end: Instant, recurrence: RecurrenceRule?, zone: Zone) {
    self.start = start
    self.end = end
    self.recurrence = recurrence
    self.zone = zone
  }

  /// The one that an instant lies in; of several the one that ends last. Starts are part of it, ends are not.
  public func window(at now: Instant) -> Range<Instant>? {
    guard now >= start else { return nil }
    guard let recurrence else { return now < end ? start..<end : nil }
    let length = end - start
    let starts = recurrence.occurrences(
      from: zone.civil(at: start), in: zone,
      within: (now - length + Interval(nanoseconds: 1))..<(now + Interval(nanoseconds: 1)))
    return starts.last.map { $0..<($0 + length) }
  }

  /// The start of the next one after an instant, within two years.
  public func next(after now: Instant) -> Instant? {
    guard let recurrence else { return now < start ? start : nil }
    // Step by step: a rule of every day is not to list two years of them.
    for days in [8, 40, 400, 800] as [Int64] {
      let starts = recurrence.occurrences(
        from: zone.civil(at: start), in: zone, within: (now + Interval(nanoseconds: 1))..<(now + .days(days)))
      if let first = starts.first { return first }
    }
    return nil
  }
}

extension Signal {
  /// What matchers compare under a label's name: the label, and where there is none of that name what the alert itself
  /// says of its `service`, `severity`, `urgency`, `slo`, `integration`, `route` or `summary`.
  public func matchable(_ name: String) -> String {
    if let label = labels.first(where: { $0.name == name }) { return label.value }
    switch name {
    case "service": return service ?? ""
    case "severity": return severity.rawValue
    case "urgency": return urgency.rawValue
    case "slo": return slo ?? ""
    case "integration": return integration ?? ""
    case "route": return route ?? ""
    case "summary": return summary
    default: return ""
    }
  }
}
