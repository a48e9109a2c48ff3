import Base
import Foundation
import Journal
import Simulation
import Synchronization
import Testing

@testable import Store

@Suite struct ReadingTests {
  let temporary = TemporaryDirectory()

  /// Readers never see a batch in the making.
  ///
  ///     writer                       reader
  ///     append 100 events ─┐
  ///       insert …         │         last sequence is a multiple of 100,
  ///       commit ──────────┘         and the page ends with it
  ///     append 100 events …
  @Test func aReaderDuringABatchSeesCommittedEventsOnly() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let isDone = Atomic(false)
    let seen = Mutex<[Int64]>([])
    let reader = Thread {
      while !isDone.load(ordering: .acquiring) {
        let newest = try? journal.page(EventQuery(order: .newestFirst, limit: 1))
        seen.withLock { $0.append(newest?.events.first?.sequence ?? 0) }
      }
    }
    reader.start()
    for batch in Int64(0)..<60 {
      try journal.append((1...100).map { JournalStorageContract.event(batch * 100 + $0) })
    }
    isDone.store(true, ordering: .releasing)
    while !reader.isFinished { usleep(1_000) }
    let sequences = seen.withLock { $0 }
    #expect(sequences.count > 10, "the reader has to run beside the writer")
    #expect(sequences.allSatisfy { $0 % 100 == 0 }, "a reader saw part of a batch")
    #expect(sequences == sequences.sorted(), "a reader saw the journal shrink")
  }

  @Test func rareTypesAreReadInBoundedPieces() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let count = Int64(EventQuery.maxScanned) + 10
    try journal.append(
      (1...count).map { JournalStorageContract.event($0, type: $0 == count ? "contract.rare" : "contract.tested") })
    let first = try journal.page(EventQuery(types: ["contract.rare"]))
    #expect(first.events.isEmpty)
    #expect(first.next == Int64(EventQuery.maxScanned))
    let second = try journal.page(EventQuery(cursor: first.next, types: ["contract.rare"]))
    #expect(second.events.map(\.sequence) == [count])
    #expect(second.next == nil)
  }

  @Test func aSubjectIsReadThroughTheIndex() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let plan = try journal.plan(
      "SELECT * FROM events WHERE sequence >= 1 AND sequence < 9 AND subject = 'thing/a' ORDER BY sequence DESC")
    #expect(plan.contains("USING INDEX events_subject"))
    #expect(!plan.contains("TEMP B-TREE"), "the index has the subject's events in order")
  }

  @Test func bulkIsListedWithoutReadingItsBytes() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let byKind = try journal.plan("SELECT key FROM bulk WHERE kind = 'x' ORDER BY created, key")
    #expect(byKind.contains("USING COVERING INDEX bulk_kind"))
    #expect(!byKind.contains("TEMP B-TREE"))
    let expired = try journal.plan("SELECT rowid FROM bulk WHERE expires <= 9 LIMIT 200")
    #expect(expired.contains("bulk_expires"))
  }

  @Test func reopeningReadsTheSameJournal() throws {
    let identifier: String
    do {
      let journal = try SQLiteJournal(directory: temporary.data())
      identifier = journal.identifier
      try journal.append((1...3).map { JournalStorageContract.event($0) })
      try journal.close()
    }
    let journal = try SQLiteJournal(directory: temporary.data())
    #expect(journal.identifier == identifier)
    #expect(journal.lastSequence() == 3)
    try journal.append([JournalStorageContract.event(4)])
  }
}
