import Foundation
import Journal
import Simulation
import Testing

@testable import Store

/// What is refused at opening, and in which words.
@Suite struct RefusalTests {
  let temporary = TemporaryDirectory()

  private func refusal(_ directory: DataDirectory) -> String {
    do {
      _ = try SQLiteJournal(directory: directory)
      return "opened"
    } catch { return (error as? StoreFailure)?.message ?? "another error: \(error)" }
  }

  private func write(_ bytes: [UInt8], to path: String, at offset: UInt64 = 0) throws {
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: bytes)
    try file.close()
  }

  @Test func aFileThatIsNoDatabase() throws {
    let directory = temporary.data()
    try directory.create()
    try write([UInt8](repeating: 65, count: 8_192), to: directory.journal)
    #expect(refusal(directory).contains("journal.db: damaged"))
    #expect(refusal(directory).contains("mainstay restore"))
  }

  @Test func aDamagedJournal() throws {
    let directory = temporary.data()
    do {
      let journal = try SQLiteJournal(directory: directory)
      try journal.append((1...2_000).map { JournalStorageContract.event($0) })
      try journal.close()
    }
    // The first page's tree of tables.
    try write([UInt8](repeating: 255, count: 3_000), to: directory.journal, at: 100)
    #expect(refusal(directory).contains("journal.db: damaged"))
  }

  @Test func anotherProgramsDatabase() throws {
    let directory = temporary.data()
    do {
      let journal = try SQLiteJournal(directory: directory)
      try journal.execute("PRAGMA application_id = 7")
      try journal.close()
    }
    #expect(refusal(directory).contains("not a journal"))
  }

  @Test func aNewerProgramsJournal() throws {
    let directory = temporary.data()
    do {
      let journal = try SQLiteJournal(directory: directory)
      try journal.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
      try journal.close()
    }
    #expect(refusal(directory).contains("newer version (schema 99"))
  }

  @Test func aDirectoryInUse() throws {
    let directory = temporary.data()
    let journal = try SQLiteJournal(directory: directory)
    #expect(refusal(directory).contains("in use by another process"))
    _ = journal.lastSequence()
  }

  @Test func damagedDataNamesItsEvent() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append((1...3).map { JournalStorageContract.event($0) })
    try journal.execute("UPDATE events SET data = '{' WHERE sequence = 2")
    #expect {
      try journal.events(after: 0, limit: 3)
    } throws: {
      "\($0)".hasPrefix("event 2 (contract.tested) has damaged data")
    }
  }
}
