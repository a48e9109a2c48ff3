import Base
import Foundation
import Journal
import Simulation
import Testing

@testable import Store

/// What "durable before its reply" rests on. A kill alone proves nothing here: the page cache survives it.
@Suite struct DurabilityTests {
  let temporary = TemporaryDirectory()

  private func event(_ sequence: Int64) -> Event { JournalStorageContract.event(sequence, data: ["n": .int(sequence)]) }

  @Test func synchronousReadsBackFull() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    #expect(try journal.setting("synchronous") == "2")
    #expect(try journal.setting("journal_mode") == "wal")
  }

  @Test func everyCommitSyncsBeforeItReturns() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let disk = try DiskFault(below: temporary.path)
    var before = disk.syncs
    for sequence in Int64(1)...50 {
      try journal.append([event(sequence)])
      #expect(disk.syncs > before, "commit \(sequence) was not synced")
      before = disk.syncs
    }
    try journal.append((51...1_050).map(event))
    #expect(disk.syncs - before < 10, "a batch is synced once, not once an event")
  }

  @Test func snapshotsAndErasuresAreSyncedToo() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let disk = try DiskFault(below: temporary.path)
    try journal.save(FoldSnapshot(fold: "f", version: 1, sequence: 0, state: [1]))
    let before = disk.syncs
    #expect(before > 0)
    try journal.erase(person: "ana")
    #expect(disk.syncs > before)
  }

  @Test func aFailedCommitLeavesNothing() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append([event(1)])
    let disk = try DiskFault(below: temporary.path)
    let written = PersonalText(id: ULID(high: 1, low: 1), person: "ana", text: "x")
    for after in stride(from: 0, to: 60_000, by: 4_096) {
      disk.failWrites(with: EIO, after: after)
      #expect { try journal.append((2...700).map(event), with: Attachments(personal: [written])) } throws: { error in
        guard case .failed = error as? JournalFailure else { return false }
        return true
      }
      disk.failWrites(with: 0)
      #expect(journal.lastSequence() == 1)
      #expect(try journal.events(after: 0, limit: 10).map(\.sequence) == [1])
      #expect(try journal.personalTexts([written.id]).isEmpty)
    }
    try journal.append([event(2)])
    #expect(try journal.events(after: 0, limit: 10).map(\.sequence) == [1, 2])
  }

  @Test func aFailedSyncIsToldFromOtherFailures() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append([event(1)])
    let disk = try DiskFault(below: temporary.path)
    disk.failSyncs(with: EIO)
    #expect { try journal.append([event(2)]) } throws: { error in
      guard case .syncFailed = error as? JournalFailure else { return false }
      return true
    }
  }

  /// SQLite drops what fails in its automatic checkpoint; a sync that fails there still has to end the process.
  @Test func aSyncThatFailsInACheckpointIsNotDropped() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append([event(1)])
    // Commits sync the log beside it; only a checkpoint syncs the database file itself.
    let database = try DiskFault(file: temporary.data().journal)
    database.failSyncs(with: EIO)
    var failure: JournalFailure?
    var sequence: Int64 = 2
    while failure == nil && sequence < 400_000 {
      do throws(JournalFailure) {
        try journal.append((sequence..<sequence + 500).map(event))
      } catch { failure = error }
      sequence += 500
    }
    guard case .syncFailed = failure else {
      Issue.record("the checkpoint's failure was lost: \(String(describing: failure))")
      return
    }
  }

  @Test(arguments: [ENOSPC, EDQUOT, EFBIG]) func aFullDiskIsToldFromOtherFailures(error: Int32) throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append([event(1)])
    let disk = try DiskFault(below: temporary.path)
    disk.failWrites(with: error)
    #expect { try journal.append((2...200).map(event)) } throws: { error in
      guard case .full = error as? JournalFailure else { return false }
      return true
    }
    disk.failWrites(with: 0)
    try journal.append((2...200).map(event))
    #expect(journal.lastSequence() == 200)
  }
}
