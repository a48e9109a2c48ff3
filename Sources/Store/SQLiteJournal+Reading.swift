import Base
import GRDB
import Journal

extension SQLiteJournal {
  private static let columns = "sequence, id, time, type, typeversion, subject, actor, cause, data"

  public func events(after: Int64, limit: Int) throws -> [Event] {
    try pool.read { db in
      let statement = try RawStatement(
        "SELECT \(Self.columns) FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?", in: db)
      defer { statement.reset() }
      statement.bind(after, at: 1)
      statement.bind(Int64(max(0, limit)), at: 2)
      var events: [Event] = []
      while try statement.step() { events.append(try self.event(in: statement)) }
      return events
    }
  }

  public func event(_ sequence: Int64) throws -> Event? {
    guard sequence > 0 else { return nil }
    return try events(after: sequence - 1, limit: 1).first { $0.sequence == sequence }
  }

  public func page(_ query: EventQuery) throws -> EventPage {
    let page = try pool.read { db in try self.scan(query, in: db) }
    guard query.resolvesPersonalData else { return page }
    return EventPage(events: try resolvingPersonalData(page.events), next: page.next)
  }

  private func scan(_ query: EventQuery, in db: Database) throws -> EventPage {
    let range = try Self.sequences(of: query, in: db)
    let order = query.order == .oldestFirst ? "ASC" : "DESC"
    let subject = query.subject == nil ? "" : "AND subject = ?3 "
    let statement = try RawStatement(
      "SELECT \(Self.columns) FROM events WHERE sequence >= ?1 AND sequence < ?2 \(subject)ORDER BY sequence \(order)",
      in: db)
    defer { statement.reset() }
    statement.bind(range.lowerBound, at: 1)
    statement.bind(range.upperBound, at: 2)
    if let subject = query.subject { try statement.bind(subject.text, at: 3) }
    let types = Set(query.types.map(\.text))
    var page = EventPage(events: [], next: nil)
    var scanned = 0
    while try statement.step() {
      guard page.events.count < query.clampedLimit, scanned < EventQuery.maxScanned else { return page }
      scanned += 1
      page.next = statement.int(0)
      if types.isEmpty || types.contains(statement.text(3)) { page.events.append(try event(in: statement)) }
    }
    page.next = nil
    return page
  }

  /// The sequences that the cursor and the times of a query leave.
  private static func sequences(of query: EventQuery, in db: Database) throws -> Range<Int64> {
    var low: Int64 = 1
    var high = try readTail(db).sequence + 1
    if let from = query.from { low = max(low, try firstSequence(at: from, in: db)) }
    if let to = query.to { high = min(high, try firstSequence(at: to, in: db)) }
    if let cursor = query.cursor {
      switch query.order {
      case .oldestFirst: low = max(low, cursor == .max ? .max : cursor + 1)
      case .newestFirst: high = min(high, cursor)
      }
    }
    return low..<max(low, high)
  }

  public func firstSequence(at time: Instant) throws -> Int64 {
    try pool.read { db in try Self.firstSequence(at: time, in: db) }
  }

  /// Times never go back from one event to the next, so that a binary search needs no index on time.
  private static func firstSequence(at time: Instant, in db: Database) throws -> Int64 {
    var low: Int64 = 1
    var high = try readTail(db).sequence + 1
    let statement = try RawStatement("SELECT time FROM events WHERE sequence = ?", in: db)
    defer { statement.reset() }
    while low < high {
      let middle = low + (high - low) / 2
      statement.reset()
      statement.bind(middle, at: 1)
      guard try statement.step() else { throw StoreFailure("the journal is damaged: event \(middle) is missing") }
      if statement.int(0) < time.nanoseconds { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func event(in row: RawStatement) throws -> Event {
    let sequence = row.int(0)
    let type = EventType(row.text(3))
    func unreadable(_ reason: String) -> UnreadableEvent {
      UnreadableEvent(sequence: sequence, type: type, reason: reason)
    }
    guard let id = ULID(row.text(1)) else { throw unreadable("has no valid id: the journal is damaged") }
    let data: JSON
    do { data = try JSON(parsing: row.bytes(8), limits: .own) } catch {
      throw unreadable("has damaged data: \(error)")
    }
    return try upcasters.upcast(
      Event(
        sequence: sequence, id: id, time: Instant(nanoseconds: row.int(2)), type: type,
        typeVersion: Int(row.int(4)), subject: Subject(row.text(5)), actor: Actor(row.text(6)),
        cause: row.isNull(7) ? nil : ULID(row.text(7)), data: data))
  }
}
