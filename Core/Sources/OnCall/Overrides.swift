import Base
import Events
import Journal

/// Somebody covers a schedule for a while, or nobody does.
public struct Override: Codable, Sendable, Hashable {
  public let id: ULID
  public let schedule: String
  /// `nil`: nobody is on call meanwhile, on purpose.
  public internal(set) var user: String?
  /// Inclusive.
  public internal(set) var start: Instant
  /// Exclusive.
  public internal(set) var end: Instant
  /// Who made it, or changed it last.
  public internal(set) var by: Actor
}

/// The overrides people made in pages, by schedule, oldest first: the newest wins where two overlap.
public struct Overrides: Fold, Codable {
  public static let name = "overrides"
  public static let version = 2
  static let maxPerSchedule = 1_000
  /// Who was on call longer ago stays as it was.
  static let pastMax = Interval.days(1)

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
    } else if let changed = try event.payload(OverrideChanged.self) {
      guard let index = of(schedule).firstIndex(where: { $0.id == changed.id }) else { return }
      bySchedule[schedule]?[index].user = changed.user
      bySchedule[schedule]?[index].start = changed.start
      bySchedule[schedule]?[index].end = changed.end
      bySchedule[schedule]?[index].by = event.actor
    } else if let cancelled = try event.payload(OverrideCancelled.self) {
      guard let index = of(schedule).firstIndex(where: { $0.id == cancelled.id }) else { return }
      if let entry = bySchedule[schedule]?[index], entry.start < event.time {
        bySchedule[schedule]?[index].end = min(entry.end, event.time)
      } else {
        bySchedule[schedule]?.remove(at: index)
      }
    }
  }

  public func of(_ schedule: String) -> [Override] { bySchedule[schedule] ?? [] }

  /// Makes an override. The same one a second time is refused: of two at once exactly one succeeds.
  ///
  /// - Parameter user: `nil` leaves the time uncovered on purpose.
  public func create(
    schedule: String, user: String?, start: Instant, end: Instant, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    try check(start: start, end: end, at: emitter.now)
    guard start >= emitter.now - Self.pastMax else {
      throw Refusal(
        .invalid, "the override starts more than a day ago, and who was on call then stays as it was; start it now")
    }
    let all = of(schedule)
    try checkTwin(schedule, besides: nil, user: user, start: start, end: end)
    guard all.count < Self.maxPerSchedule else {
      throw Refusal(.unavailable, "schedule \(schedule) has \(all.count) overrides; cancel some first")
    }
    let id = emitter.newID()
    emitter.emit(
      OverrideCreated(id: id, user: user, start: start, end: end), on: Subject("schedule", schedule))
    return id
  }

  /// Gives an override another person or other times. It keeps its identifier and its place among those that overlap.
  ///
  /// - Parameters:
  ///   - user: the new person, or nobody; outer `nil` leaves it.
  ///   - start: `nil` leaves it.
  ///   - end: `nil` leaves it.
  public func change(
    _ id: ULID, of schedule: String, user: String??, start: Instant?, end: Instant?, into emitter: inout Emitter
  ) throws(Refusal) {
    let old = try current(id, of: schedule, at: emitter.now)
    let fresh = OverrideChanged(id: id, user: user ?? old.user, start: start ?? old.start, end: end ?? old.end)
    if fresh.user == old.user, fresh.start == old.start, fresh.end == old.end { return }
    try check(start: fresh.start, end: fresh.end, at: emitter.now)
    let began = min(old.start, fresh.start)
    guard (fresh.user == old.user && fresh.start == old.start) || began >= emitter.now - Self.pastMax else {
      throw Refusal(
        .invalid,
        "override \(id) began more than a day ago, and who was on call then stays as it was; end it and make another"
      )
    }
    try checkTwin(schedule, besides: id, user: fresh.user, start: fresh.start, end: fresh.end)
    emitter.emit(fresh, on: Subject("schedule", schedule))
  }

  /// Takes an override back; one that has begun ends now.
  public func cancel(_ id: ULID, of schedule: String, into emitter: inout Emitter) throws(Refusal) {
    _ = try current(id, of: schedule, at: emitter.now)
    emitter.emit(OverrideCancelled(id: id), on: Subject("schedule", schedule))
  }

  private func current(_ id: ULID, of schedule: String, at now: Instant) throws(Refusal) -> Override {
    guard let entry = of(schedule).first(where: { $0.id == id }) else {
      throw Refusal(.notFound, "schedule \(schedule) has no override \(id)")
    }
    guard entry.end > now else {
      throw Refusal(
        .conflict,
        "override \(id) was over at \(entry.end.rfc3339), and who was on call then stays as it was; make another")
    }
    return entry
  }

  private func check(start: Instant, end: Instant, at now: Instant) throws(Refusal) {
    guard start < end else {
      throw Refusal(.invalid, "the override ends before it starts; give an end after \(start.rfc3339)")
    }
    guard end > now else {
      throw Refusal(.invalid, "the override is over already; give an end after \(now.rfc3339)")
    }
    guard end - start <= .days(366), start <= now + .days(5 * 366) else {
      throw Refusal(
        .invalid, "an override lasts a year at most and starts within five; change the schedule's definition instead")
    }
  }

  private func checkTwin(
    _ schedule: String, besides id: ULID?, user: String?, start: Instant, end: Instant
  ) throws(Refusal) {
    let twin = of(schedule).first { $0.id != id && $0.user == user && $0.start == start && $0.end == end }
    guard let twin else { return }
    let who = user.map { "\($0) covers schedule \(schedule)" } ?? "schedule \(schedule) is left uncovered"
    throw Refusal(.conflict, "\(who) at that time already (override \(twin.id))")
  }
}
