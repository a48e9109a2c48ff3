import Base
import Events
import Journal

/// What people have silenced, and for a while what they had.
public struct Silences: Fold, Codable {
  public static let name = "silences"
  public static let version = 1
  /// How many may be pending or active at once.
  public static let most = 5_000
  static let matchersMax = 32
  static let commentMax = 1_024
  /// Those that are over are kept as long as Alertmanager keeps them.
  static let kept = Interval.days(5)

  private var byID = Sharded<ULID, Silence>()
  /// Those that nobody has ended and whose time was not over when this list was last gone through.
  private var current: [ULID] = []
  /// The last time that each silence and each planned maintenance was seen to begin, by its subject.
  private var began: SortedMap<String, Began>?

  struct Began: Codable, Sendable {
    var start: Instant
    var end: Instant
  }

  public init() {}

  public mutating func apply(_ event: Event) throws {
    if let payload = try event.payload(SilenceBegan.self) {
      begin(event.subject, Began(start: payload.start, end: payload.end), at: event.time)
    } else if let payload = try event.payload(MaintenanceBegan.self) {
      begin(event.subject, Began(start: payload.start, end: payload.end), at: event.time)
    }
    guard event.subject.kind == "silence", let id = ULID(event.subject.id) else { return }
    if let created = try event.payload(SilenceCreated.self) {
      forget(at: event.time)
      let first = byID[id]?.createdAt ?? event.time
      byID[id] = Silence(id: id, created, by: event.actor, at: event.time, createdAt: first)
      if !current.contains(id) { current.append(id) }
      // One that begins with its creation needs no word of its own.
      if created.recurrence == nil, created.start <= event.time, event.time < created.end {
        begin(event.subject, Began(start: created.start, end: created.end), at: event.time)
      }
    } else if event.type == SilenceExpired.type, var silence = byID[id] {
      silence.expiredAt = event.time
      silence.updatedAt = event.time
      // What never began ends where it begins.
      silence.end = max(silence.start, min(silence.end, event.time))
      byID[id] = silence
      current.removeAll { $0 == id }
    }
  }

  private mutating func begin(_ subject: Subject, _ window: Began, at now: Instant) {
    var all = began ?? SortedMap()
    // Those that are over are forgotten: they cannot begin a second time.
    for (key, old) in all.sortedElements where old.end <= now { all[key] = nil }
    all[subject.text] = window
    began = all
  }

  /// Whether this time of a silence or of planned maintenance has been journalled.
  public func hasBegun(_ subject: String, _ window: Range<Instant>) -> Bool {
    began?[subject].map { $0.start == window.lowerBound } ?? false
  }

  /// Those that nobody has ended, whose time may have come or come again, oldest first.
  public func mayBegin(at now: Instant) -> [Silence] {
    current.compactMap { byID[$0] }.filter { $0.start <= now && ($0.recurrence != nil || now < $0.end) }
  }

  /// Drops what ended long ago, so that a year of silences does not pile up.
  private mutating func forget(at now: Instant) {
    for (id, silence) in byID.sortedElements where silence.recurrence == nil || silence.expiredAt != nil {
      if max(silence.end, silence.expiredAt ?? silence.end) < now - Self.kept { byID[id] = nil }
    }
    current.removeAll { id in
      guard let silence = byID[id] else { return true }
      return silence.recurrence == nil && silence.end <= now
    }
  }

  /// All that are kept, oldest first.
  public var all: [Silence] { byID.sortedElements.map(\.value) }

  public subscript(id: ULID) -> Silence? { byID[id] }

  /// The oldest silence that holds a signal back.
  ///
  /// - Parameter zone: finds the zones that silences recur in.
  public func covering(
    _ signal: Signal, at now: Instant, zone: (_ name: String) -> Zone? = { _ in nil }
  ) -> Silence? {
    for id in current {
      guard let silence = byID[id], silence.start <= now, silence.recurrence != nil || now < silence.end,
        silence.matches(signal), silence.state(at: now, zone: zone) == .active
      else { continue }
      return silence
    }
    return nil
  }
}

// MARK: - Commands

extension Silences {
  /// Saves a silence as Alertmanager does: without an identifier a new one; with one, that silence changes where its
  /// matchers stay and its time allows, and else ends in favour of a new one.
  ///
  /// - Returns: the identifier of the silence that now stands.
  public func save(_ id: ULID?, _ payload: SilenceCreated, into emitter: inout Emitter) throws(Refusal) -> ULID {
    var fresh = payload
    try check(fresh, at: emitter.now)
    if let id {
      guard let old = byID[id] else { throw Refusal(.notFound, "no silence \(id)") }
      let state = old.expiredAt == nil && (old.recurrence != nil || emitter.now < old.end)
      if state, old.matchers == fresh.matchers, keepsTime(old, fresh, at: emitter.now) {
        emitter.emit(fresh, on: old.subject)
        return id
      }
      if state { emitter.emit(SilenceExpired(), on: old.subject) }
    }
    // One that is asked for late begins now; the times of a recurring one are counted from its start.
    if fresh.recurrence == nil { fresh.start = max(fresh.start, emitter.now) }
    let new = emitter.newID()
    emitter.emit(fresh, on: Subject("silence", new))
    return new
  }

  private func keepsTime(_ old: Silence, _ fresh: SilenceCreated, at now: Instant) -> Bool {
    if old.start <= now { return fresh.start.seconds == old.start.seconds }
    return fresh.start >= now
  }

  private func check(_ payload: SilenceCreated, at now: Instant) throws(Refusal) {
    guard (1...Self.matchersMax).contains(payload.matchers.count) else {
      throw Refusal(
        .invalid, "a silence has 1 to \(Self.matchersMax) matchers; this one has \(payload.matchers.count)")
    }
    guard payload.matchers.contains(where: { !$0.matchesEmpty }) else {
      throw Refusal(.invalid, "at least one matcher must not match the empty string, or the silence covers every alert")
    }
    guard payload.start < payload.end else {
      throw Refusal(.invalid, "a silence ends after it starts; \(payload.end.rfc3339) is not after it")
    }
    guard payload.comment.utf8.count <= Self.commentMax, payload.author.utf8.count <= 256 else {
      throw Refusal(.invalid, "a silence's comment has at most 1,024 bytes and its author at most 256")
    }
    guard byID.count < Self.most * 2, current.count < Self.most else {
      throw Refusal(.unavailable, "\(Self.most) silences are in force; end some that are no longer needed")
    }
    if let text = payload.recurrence {
      do { _ = try RecurrenceRule(text: text) } catch {
        throw Refusal(.invalid, "the recurrence '\(text.prefix(80))': \(error)")
      }
      guard payload.end - payload.start <= RecurringTimes.recurringLengthMax else {
        throw Refusal(.invalid, "a silence that recurs lasts 7 days at most each time")
      }
    } else if payload.end <= now {
      throw Refusal(.invalid, "the silence would be over already: it ends at \(payload.end.rfc3339)")
    }
  }

  /// Ends a silence now; a recurring one for good.
  public func expire(_ id: ULID, into emitter: inout Emitter) throws(Refusal) {
    guard let silence = byID[id] else { throw Refusal(.notFound, "no silence \(id)") }
    guard silence.expiredAt == nil, silence.recurrence != nil || emitter.now < silence.end else {
      throw Refusal(.conflict, "silence \(id) expired at \((silence.expiredAt ?? silence.end).rfc3339)")
    }
    emitter.emit(SilenceExpired(), on: silence.subject)
  }
}
