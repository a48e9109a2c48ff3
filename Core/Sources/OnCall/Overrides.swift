import Base
import Events
import Journal

/// Somebody covers a schedule for a while.
public struct Override: Codable, Sendable, Hashable {
  public let id: ULID
  public let schedule: String
  public let user: String
  /// Inclusive.
  public let start: Instant
  /// Exclusive.
  public let end: Instant
  public let by: Actor
}

/// The overrides people made in pages, by schedule, oldest first: the newest wins where two overlap.
public struct Overrides: Fold, Codable {
  public static let name = "overrides"
  public static let version = 1
  static let maxPerSchedule = 1_000

  private var bySchedule = Sharded<String, [Override]>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard event.subject.kind == "schedule" else { return }
    let schedule = String(event.subject.id)
    if let created = try event.payload(OverrideCreated.self) {
      var all = bySchedule[schedule] ?? []
      all.append(
        Override(
          id: created.id, schedule: schedule, user: created.user, start: created.start, end: created.end,
          by: event.actor))
      // Overrides that ended a year ago no longer change anything that a page shows.
      all.removeAll { $0.end < event.time - .days(366) }
      bySchedule[schedule] = all
    } else if let cancelled = try event.payload(OverrideCancelled.self) {
      bySchedule[schedule]?.removeAll { $0.id == cancelled.id }
    }
  }

  public func of(_ schedule: String) -> [Override] { bySchedule[schedule] ?? [] }

  /// Makes an override. The same one a second time is refused: of two at once exactly one succeeds.
  public func create(
    schedule: String, user: String, start: Instant, end: Instant, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    guard start < end else {
      throw Refusal(.invalid, "the override ends before it starts; give an end after \(start.rfc3339)")
    }
    guard end > emitter.now else {
      throw Refusal(.invalid, "the override is over already; give an end after \(emitter.now.rfc3339)")
    }
    guard start >= emitter.now - .days(1) else {
      throw Refusal(
        .invalid, "the override starts more than a day ago, and who was on call then stays as it was; start it now")
    }
    guard end - start <= .days(366), start <= emitter.now + .days(5 * 366) else {
      throw Refusal(
        .invalid, "an override lasts a year at most and starts within five; change the schedule's definition instead")
    }
    let all = of(schedule)
    if let same = all.first(where: { $0.user == user && $0.start == start && $0.end == end }) {
      throw Refusal(.conflict, "\(user) covers schedule \(schedule) at that time already (override \(same.id))")
    }
    guard all.count < Self.maxPerSchedule else {
      throw Refusal(.unavailable, "schedule \(schedule) has \(all.count) overrides; cancel some first")
    }
    let id = emitter.newID()
    emitter.emit(
      OverrideCreated(id: id, user: user, start: start, end: end), on: Subject("schedule", schedule))
    return id
  }

  public func cancel(_ id: ULID, of schedule: String, into emitter: inout Emitter) throws(Refusal) {
    guard of(schedule).contains(where: { $0.id == id }) else {
      throw Refusal(.notFound, "schedule \(schedule) has no override \(id)")
    }
    emitter.emit(OverrideCancelled(id: id), on: Subject("schedule", schedule))
  }
}
