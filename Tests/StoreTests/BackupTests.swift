import Base
import Foundation
import Journal
import Simulation
import Synchronization
import Testing

@testable import Store

@Suite struct BackupTests {
  let temporary = TemporaryDirectory()
  private let now = Instant(seconds: 1_700_000_000)

  private static func events(_ range: ClosedRange<Int64>) -> [Event] {
    range.map { JournalStorageContract.event($0, data: ["n": .int($0)]) }
  }

  /// A backup of 200 events and two ledger files, at `backup`.
  private func makeBackup() throws -> String {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append(Self.events(1...200))
    try Files.make(temporary.data().ledger + "/snapshots")
    try Data("log".utf8).write(to: URL(fileURLWithPath: temporary.data().ledger + "/log"))
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: temporary.data().ledger + "/snapshots/1"))
    try Backup.create(from: temporary.data(), to: temporary.path + "/backup", now: now)
    try journal.close()
    return temporary.path + "/backup"
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "accepted"
    } catch { return (error as? StoreFailure)?.message ?? "another error: \(error)" }
  }

  @Test func comesBackAsItWas() throws {
    let backup = try makeBackup()
    let manifest = try Backup.restore(from: backup, to: temporary.data("new"))
    #expect(manifest.lastSequence == 200 && manifest.created == now)
    #expect(manifest.files.map(\.path) == ["journal.db", "ledger/log", "ledger/snapshots/1"])
    let journal = try SQLiteJournal(directory: temporary.data("new"))
    #expect(try journal.events(after: 0, limit: 1_000).map(\.sequence) == Array(1...200))
    #expect(journal.identifier == manifest.journal)
    try journal.append(Self.events(201...201))
    let log = FileManager.default.contents(atPath: temporary.data("new").ledger + "/log")
    #expect(log == Data("log".utf8))
  }

  /// The writer goes on while a backup is made, and the backup is a prefix of what it wrote.
  ///
  ///     writer                        backup
  ///     append … 1 … 2 … 3 … ──┐
  ///                            ├───── read transaction: all batches up to some n
  ///     … n+1 … n+2 … ─────────┘
  @Test func isMadeWhileTheWriterWrites() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append(Self.events(1...2_000))
    let isDone = Atomic(false)
    let failure = Mutex<String?>(nil)
    let writer = Thread {
      var last: Int64 = 2_000
      while !isDone.load(ordering: .acquiring) {
        do throws(JournalFailure) {
          try journal.append(Self.events(last + 1...last + 10))
          last += 10
        } catch {
          failure.withLock { $0 = error.description }
          return
        }
      }
    }
    writer.start()
    var sequences: [Int64] = []
    for number in 1...3 {
      try Backup.create(from: temporary.data(), to: "\(temporary.path)/backup-\(number)", now: now)
      sequences.append(try Backup.verify("\(temporary.path)/backup-\(number)").lastSequence)
    }
    isDone.store(true, ordering: .releasing)
    while !writer.isFinished { usleep(1_000) }
    #expect(failure.withLock { $0 } == nil, "a backup must not stop the writer")
    #expect(sequences.allSatisfy { $0 >= 2_000 && $0 % 10 == 0 }, "a backup holds whole batches")
    #expect(sequences.last ?? 0 > sequences.first ?? 0, "the writer went on")
  }

  @Test func aDamagedBackupIsRefusedBeforeAnythingIsTouched() throws {
    let backup = try makeBackup()
    let target = temporary.data("new")
    for file in ["journal.db", "ledger/log"] {
      let url = URL(fileURLWithPath: backup + "/" + file)
      let good = try Data(contentsOf: url)
      var bad = good
      bad[bad.count / 2] ^= 1
      try bad.write(to: url)
      #expect(refusal { try Backup.restore(from: backup, to: target) }.contains("\(file): not what the manifest says"))
      try good.dropLast().write(to: url)
      #expect(refusal { try Backup.restore(from: backup, to: target) }.contains("\(file): not what the manifest says"))
      try good.write(to: url)
    }
    #expect(!FileManager.default.fileExists(atPath: target.path))
    try FileManager.default.removeItem(atPath: backup + "/manifest.json")
    #expect(refusal { try Backup.restore(from: backup, to: target) }.contains("no backup"))
  }

  @Test func aJournalWithAGapIsRefused() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append(Self.events(1...10))
    try journal.execute("DELETE FROM events WHERE sequence = 5")
    let backup = temporary.path + "/backup"
    try Backup.create(from: temporary.data(), to: backup, now: now)
    #expect(refusal { try Backup.restore(from: backup, to: temporary.data("new")) }.contains("events are missing: 9"))
  }

  @Test func aJournalWhoseTimeGoesBackIsRefused() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append(Self.events(1...10))
    try journal.execute("UPDATE events SET time = 0 WHERE sequence = 7")
    let backup = temporary.path + "/backup"
    try Backup.create(from: temporary.data(), to: backup, now: now)
    #expect(refusal { try Backup.verify(backup) }.contains("event 7 is earlier"))
  }

  @Test func aFullDirectoryIsReplacedOnlyByForceAndKept() throws {
    let backup = try makeBackup()
    let target = temporary.data("old")
    do {
      let journal = try SQLiteJournal(directory: target)
      try journal.append(Self.events(1...3))
      try Data("key".utf8).write(to: URL(fileURLWithPath: target.secret))
      #expect(refusal { try Backup.restore(from: backup, to: target, force: true) }.contains("in use"))
      try journal.close()
    }
    #expect(refusal { try Backup.restore(from: backup, to: target) }.contains("--force"))
    try Backup.restore(from: backup, to: target, force: true)
    #expect(try JournalCheck.summary(of: target.journal).lastSequence == 200)
    #expect(FileManager.default.fileExists(atPath: target.secret), "links in messages already sent go on working")
    #expect(try JournalCheck.summary(of: target.path + "/replaced-1/journal.db").lastSequence == 3)
  }

  @Test func aRestoreCutShortIsNotServed() throws {
    let target = temporary.data("cut")
    try target.create()
    try Data().write(to: URL(fileURLWithPath: target.restoreMarker))
    #expect(refusal { _ = try SQLiteJournal(directory: target) }.contains("a restore was cut short"))
    let backup = try makeBackup()
    try Backup.restore(from: backup, to: target, force: true)
    _ = try SQLiteJournal(directory: target)
  }

  @Test func aManifestCannotLeadOutOfTheBackup() throws {
    let backup = try makeBackup()
    let url = URL(fileURLWithPath: backup + "/manifest.json")
    let text = try String(contentsOf: url, encoding: .utf8).replacing("ledger/log", with: "../../etc/x")
    try Data(text.utf8).write(to: url)
    #expect(refusal { try Backup.verify(backup) }.contains("leads out"))
  }

  @Test func aBackupOverwritesNothing() throws {
    _ = try makeBackup()
    #expect(
      refusal { try Backup.create(from: temporary.data(), to: temporary.path + "/backup", now: now) }
        .contains("not empty"))
    #expect(
      refusal { try Backup.create(from: temporary.data("none"), to: temporary.path + "/b2", now: now) }
        .contains("holds no journal"))
  }
}
