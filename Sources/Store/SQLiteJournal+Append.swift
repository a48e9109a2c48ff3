import Base
import Foundation
import GRDB
import GRDBSQLite
import Journal
import Synchronization

extension SQLiteJournal {
  public func append(_ events: [Event], with attachments: Attachments) throws(JournalFailure) {
    guard !events.isEmpty || !attachments.isEmpty else { return }
    let before = tail.withLock { $0 }
    try checkContinuity(events, after: before.sequence, at: before.time)
    try write { db in
      try Self.insert(events, in: db)
      try Self.insert(attachments, in: db)
    }
    if let last = events.last { tail.withLock { $0 = Tail(sequence: last.sequence, time: last.time) } }
  }

  /// Runs one transaction on the writer's connection. What it did is durable when this returns, and undone when it
  /// throws.
  func write(_ body: (Database) throws -> Void) throws(JournalFailure) {
    do {
      try pool.writeWithoutTransaction { db in
        do {
          try db.inTransaction(.immediate) {
            try body(db)
            return .commit
          }
        } catch let error as DatabaseError {
          let failure = Self.failure(error, in: db, path: directory.journal)
          if case .full = failure { checkpoints.diskIsFull() }
          throw failure
        }
      }
    } catch let failure as JournalFailure {
      throw failure
    } catch {
      throw .failed("\(directory.journal): \(error)")
    }
    try checkSyncs()
  }

  /// Runs any statement, for tests that need a journal in a bad state.
  func execute(_ sql: String) throws { try write { try $0.execute(sql: sql) } }

  private static func insert(_ events: [Event], in db: Database) throws {
    guard !events.isEmpty else { return }
    let statement = try RawStatement("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", in: db)
    for event in events {
      statement.bind(event.sequence, at: 1)
      try statement.bind(event.id.description, at: 2)
      statement.bind(event.time.nanoseconds, at: 3)
      try statement.bind(event.type.text, at: 4)
      statement.bind(Int64(event.typeVersion), at: 5)
      try statement.bind(event.subject.text, at: 6)
      try statement.bind(event.actor.text, at: 7)
      try statement.bind(event.cause?.description, at: 8)
      try statement.bind(utf8: event.dataText, at: 9)
      try statement.run()
    }
  }

  private static func insert(_ attachments: Attachments, in db: Database) throws {
    for text in attachments.personal {
      let statement = try RawStatement("INSERT OR REPLACE INTO erasable VALUES (?,?,?)", in: db)
      try statement.bind(text.id.description, at: 1)
      try statement.bind(text.person, at: 2)
      try statement.bind(text.text, at: 3)
      try statement.run()
    }
    for item in attachments.bulk {
      let statement = try RawStatement("INSERT OR REPLACE INTO bulk VALUES (?,?,?,?,?)", in: db)
      try statement.bind(item.key, at: 1)
      try statement.bind(item.kind, at: 2)
      statement.bind(item.created.nanoseconds, at: 3)
      statement.bind(item.expires?.nanoseconds, at: 4)
      try statement.bind(blob: item.bytes, at: 5)
      try statement.run()
    }
  }

  /// Tells a full disk and a failed sync from all other failures.
  private static func failure(_ error: DatabaseError, in db: Database, path: String) -> JournalFailure {
    let reason = error.message ?? "\(error.extendedResultCode)"
    switch error.extendedResultCode {
    case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC:
      return .syncFailed("\(path): a sync failed: \(String(cString: strerror(logErrno(db))))")
    case _ where error.resultCode == .SQLITE_FULL:
      return .full("\(path): no space left on its disk")
    case _ where error.resultCode == .SQLITE_IOERR:
      // Only ENOSPC in a write becomes SQLITE_FULL; quotas, limits and the shared-memory file do not.
      let isFull =
        [ENOSPC, EDQUOT, EFBIG].contains(logErrno(db)) || FreeSpace.bytes(at: path).map { $0 < 1 << 16 } == true
      return isFull ? .full("\(path): no space left for it (\(reason))") : .failed("\(path): \(reason)")
    default:
      return .failed("\(path): \(reason)")
    }
  }

  /// The system's error of the last operation on the write-ahead log that failed. The connection's own is overwritten
  /// by the rollback.
  private static func logErrno(_ db: Database) -> Int32 {
    var log: UnsafeMutablePointer<sqlite3_file>?
    var code: Int32 = 0
    sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log)
    guard let log, let methods = log.pointee.pMethods else { return 0 }
    _ = methods.pointee.xFileControl?(log, SQLITE_FCNTL_LAST_ERRNO, &code)
    return code
  }
}
