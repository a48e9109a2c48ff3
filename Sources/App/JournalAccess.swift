import Base
import Journal
import Runtime
import Store
import Web

/// Reading the journal for pages and the API.
struct JournalAccess: Sendable {
  let journal: SQLiteJournal
  let writer: JournalWriter

  /// How many rounds of scanning one request may take: a rare type in a long journal is looked for in several.
  private static let maxRounds = 50

  func events(_ query: JournalQuery) throws -> [Event] {
    var found: [Event] = []
    var cursor = query.newestFirst ? query.before : query.after
    for _ in 0..<Self.maxRounds {
      let page = try journal.page(
        EventQuery(
          order: query.newestFirst ? .newestFirst : .oldestFirst, cursor: cursor, types: exactTypes(query),
          subject: query.subject.map { Subject($0) }, from: query.since, to: query.until,
          limit: query.limit - found.count, resolvesPersonalData: true))
      found += page.events.filter { matches($0, query) }
      guard found.count < query.limit, let next = page.next else { break }
      cursor = next
    }
    return found
  }

  /// The types to look for, where none of them stands for a whole noun.
  private func exactTypes(_ query: JournalQuery) -> [EventType] {
    query.types.contains { $0.hasSuffix(".*") } ? [] : query.types.map { EventType($0) }
  }

  private func matches(_ event: Event, _ query: JournalQuery) -> Bool {
    if event.sequence <= query.after { return false }
    if let before = query.before, event.sequence >= before { return false }
    return query.types.isEmpty
      || query.types.contains { type in
        type.hasSuffix(".*") ? event.type.text.hasPrefix(type.dropLast(1)) : event.type.text == type
      }
  }

  /// First what is in the journal, then what is committed, until the reader leaves or the server stops.
  func follow(_ query: JournalQuery) -> AsyncThrowingStream<Event, any Error> {
    let (stream, continuation) = AsyncThrowingStream.makeStream(
      of: Event.self, bufferingPolicy: .bufferingOldest(10_000))
    let changes = writer.changes()
    let reader = Task {
      var position = query.after
      do {
        try await drain(query, from: &position, into: continuation)
        for await _ in changes { try await drain(query, from: &position, into: continuation) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    continuation.onTermination = { _ in reader.cancel() }
    return stream
  }

  private func drain(
    _ query: JournalQuery, from position: inout Int64,
    into continuation: AsyncThrowingStream<Event, any Error>.Continuation
  ) async throws {
    while !Task.isCancelled {
      let page = try journal.page(
        EventQuery(
          order: .oldestFirst, cursor: position, types: exactTypes(query), subject: query.subject.map { Subject($0) },
          limit: EventQuery.maxLimit, resolvesPersonalData: true))
      for event in page.events where matches(event, query) {
        if case .dropped = continuation.yield(event) { throw SlowReader() }
      }
      guard let next = page.next else {
        position = max(position, page.events.last?.sequence ?? position)
        return
      }
      position = next
    }
  }
}

/// A follower that does not read what it asked for; it may come back with the last sequence it saw.
struct SlowReader: Error, CustomStringConvertible {
  var description: String { "the reader is more than 10,000 events behind; follow again from the last one seen" }
}
