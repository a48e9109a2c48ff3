import Base
import Synchronization

/// A journal in memory, for tests: what it holds is gone with the process.
public final class MemoryJournal: JournalStorage, JournalReading {
  private struct Contents {
    var events: [Event] = []
    var snapshots: [String: FoldSnapshot] = [:]
    var personal: [ULID: PersonalText] = [:]
    var bulk: [String: BulkItem] = [:]
  }

  private let contents = Mutex(Contents())
  private let upcasters: Upcasters

  public init(upcasters: Upcasters = Upcasters()) { self.upcasters = upcasters }

  public func lastSequence() -> Int64 { contents.withLock { Int64($0.events.count) } }

  public func append(_ events: [Event], with attachments: Attachments) throws(JournalFailure) {
    try contents.withLock { (contents) throws(JournalFailure) in
      let last = contents.events.last
      try checkContinuity(events, after: last?.sequence ?? 0, at: last?.time ?? .distantPast)
      contents.events += events
      for text in attachments.personal { contents.personal[text.id] = text }
      for item in attachments.bulk { contents.bulk[item.key] = item }
    }
  }

  public func events(after: Int64, limit: Int) throws -> [Event] {
    let slice = contents.withLock { contents in
      contents.events.dropFirst(Int(clamping: max(0, after))).prefix(max(0, limit))
    }
    return try slice.map { try upcasters.upcast($0) }
  }

  public func snapshot(fold: String, version: Int) -> FoldSnapshot? {
    contents.withLock { $0.snapshots[fold] }.flatMap { $0.version == version ? $0 : nil }
  }

  public func save(_ snapshot: FoldSnapshot) { contents.withLock { $0.snapshots[snapshot.fold] = snapshot } }

  public func event(_ sequence: Int64) throws -> Event? { try events(after: sequence - 1, limit: 1).first }

  public func firstSequence(at time: Instant) -> Int64 {
    contents.withLock { contents in
      Int64(contents.events.firstIndex { $0.time >= time } ?? contents.events.count) + 1
    }
  }

  public func page(_ query: EventQuery) throws -> EventPage {
    let all = contents.withLock { $0.events }
    let ordered: [Event] = query.order == .oldestFirst ? all : all.reversed()
    var page = EventPage(events: [], next: nil)
    var scanned = 0
    for event in ordered where isInRange(event, of: query) {
      guard page.events.count < query.clampedLimit, scanned < EventQuery.maxScanned else {
        return try finish(page, query)
      }
      scanned += 1
      page.next = event.sequence
      let isOfType = query.types.isEmpty || query.types.contains(event.type)
      if isOfType { page.events.append(try upcasters.upcast(event)) }
    }
    page.next = nil
    return try finish(page, query)
  }

  private func finish(_ page: EventPage, _ query: EventQuery) throws -> EventPage {
    guard query.resolvesPersonalData else { return page }
    return EventPage(events: try resolvingPersonalData(page.events), next: page.next)
  }

  private func isInRange(_ event: Event, of query: EventQuery) -> Bool {
    if let cursor = query.cursor {
      guard query.order == .oldestFirst ? event.sequence > cursor : event.sequence < cursor else { return false }
    }
    if let subject = query.subject, event.subject != subject { return false }
    if let from = query.from, event.time < from { return false }
    if let to = query.to, event.time >= to { return false }
    return true
  }

  public func personalTexts(_ ids: [ULID]) -> [ULID: String] {
    contents.withLock { contents in
      var texts: [ULID: String] = [:]
      for id in ids { texts[id] = contents.personal[id]?.text }
      return texts
    }
  }

  /// Erases all texts of a person and returns how many there were.
  @discardableResult
  public func erase(person: String) -> Int {
    contents.withLock { contents in
      let before = contents.personal.count
      contents.personal = contents.personal.filter { $0.value.person != person }
      return before - contents.personal.count
    }
  }

  public func bulk(_ key: String) -> BulkItem? { contents.withLock { $0.bulk[key] } }

  /// Drops bulk that has expired and returns how many items there were.
  @discardableResult
  public func dropExpiredBulk(at now: Instant) -> Int {
    contents.withLock { contents in
      let before = contents.bulk.count
      contents.bulk = contents.bulk.filter { item in item.value.expires.map { $0 > now } ?? true }
      return before - contents.bulk.count
    }
  }
}
