import Base
import Foundation
import GRDB
import GRDBSQLite
import Journal
import Synchronization

/// The journal in SQLite: `journal.db` of a data directory.
///
/// Durable means synced: each commit ends with an fsync of the write-ahead log (`synchronous=FULL`). One process holds
/// a data directory at a time. Appending, snapshots and erasure use one connection, one after the other; reading uses
/// others, and sees what was committed when the read began.
public final class SQLiteJournal: JournalStorage, JournalReading {
  /// The last committed event's place.
  struct Tail {
    var sequence: Int64
    var time: Instant
  }

  public let directory: DataDirectory
  /// The journal's own identifier, given when it was made: 32 hexadecimal digits. Backups name it.
  public let identifier: String
  let pool: DatabasePool
  let upcasters: Upcasters
  let tail: Mutex<Tail>
  let checkpoints: CheckpointWatch
  private let lock: DirectoryLock

  /// Opens the journal of a data directory, and makes both where they are missing.
  ///
  /// - Parameter readers: how many reads can run at once; the next one waits.
  /// - Throws: `StoreFailure`, for a person to read: the directory is in use, the file is damaged, is no journal, or
  ///   was written by a newer program.
  public init(
    directory: DataDirectory, upcasters: Upcasters = Upcasters(), readers: Int = 4
  ) throws {
    self.directory = directory
    self.upcasters = upcasters
    try directory.create()
    lock = try DirectoryLock(directory)
    try directory.checkIsComplete()
    do {
      let pool = try DatabasePool(path: directory.journal, configuration: Self.configuration(readers: readers))
      let checkpoints = CheckpointWatch()
      let (identifier, tail) = try pool.writeWithoutTransaction { db in
        try Self.syncEveryCommit(db)
        try JournalSchema.prepare(db, at: directory.journal)
        checkpoints.install(in: db)
        return (try JournalSchema.identifier(db, at: directory.journal), try Self.readTail(db))
      }
      (self.pool, self.checkpoints, self.identifier) = (pool, checkpoints, identifier)
      self.tail = Mutex(tail)
    } catch let error as DatabaseError {
      throw StoreFailure(Self.explain(error, opening: directory.journal))
    }
  }

  /// Closes the connections and gives the directory up; what was committed stays.
  ///
  /// - Throws: when something is still being read or written.
  public func close() throws {
    try pool.close()
    lock.release()
  }

  public func lastSequence() -> Int64 { tail.withLock { $0.sequence } }

  private static func configuration(readers: Int) -> Configuration {
    var configuration = Configuration()
    configuration.label = "journal"
    configuration.maximumReaderCount = readers
    configuration.persistentReadOnlyConnections = true
    // Only a backup by another process can hold a lock here, and only for an instant.
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      // Erased data must not stay behind in free pages.
      try db.execute(sql: "PRAGMA secure_delete = ON")
      // The log grows while a backup reads; afterwards it gives that space back.
      try db.execute(sql: "PRAGMA journal_size_limit = 16777216")
    }
    return configuration
  }

  /// GRDB's set-up of the write-ahead log ends with `synchronous=NORMAL`, which syncs at checkpoints only: a power cut
  /// would lose committed events. So this comes after opening, and is read back.
  private static func syncEveryCommit(_ db: Database) throws {
    try db.execute(sql: "PRAGMA synchronous = FULL")
    guard try setting("synchronous", in: db) == "2" else {
      throw StoreFailure("SQLite does not take synchronous=FULL: commits would not be durable")
    }
  }

  /// What SQLite says a pragma of the writer's connection is.
  func setting(_ pragma: String) throws -> String {
    try pool.writeWithoutTransaction { try Self.setting(pragma, in: $0) }
  }

  /// How SQLite would run a query.
  func plan(_ sql: String) throws -> String {
    try pool.read { db in
      let statement = try RawStatement("EXPLAIN QUERY PLAN \(sql)", in: db)
      defer { statement.reset() }
      var lines: [String] = []
      while try statement.step() { lines.append(statement.text(3)) }
      return lines.joined(separator: "\n")
    }
  }

  private static func setting(_ pragma: String, in db: Database) throws -> String {
    let statement = try RawStatement("PRAGMA \(pragma)", in: db)
    defer { statement.reset() }
    return try statement.step() ? statement.text(0) : ""
  }

  static func readTail(_ db: Database) throws -> Tail {
    let statement = try RawStatement("SELECT sequence, time FROM events ORDER BY sequence DESC LIMIT 1", in: db)
    defer { statement.reset() }
    guard try statement.step() else { return Tail(sequence: 0, time: .distantPast) }
    return Tail(sequence: statement.int(0), time: Instant(nanoseconds: statement.int(1)))
  }

  static func explain(_ error: DatabaseError, opening path: String) -> String {
    let reason = error.message ?? "\(error.extendedResultCode)"
    return switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      "\(path): damaged (\(reason)); restore a backup with `mainstay restore`"
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      "\(path): cannot be opened for writing (\(reason)); check the owner and permissions of the data directory"
    case .SQLITE_FULL:
      "\(path): no space on its disk to open the journal; make room"
    default:
      "\(path): cannot be opened (\(reason))"
    }
  }

  /// Throws where a checkpoint since the last call found that a sync failed.
  func checkSyncs() throws(JournalFailure) {
    if let code = checkpoints.syncFailure {
      throw .syncFailed("\(directory.journal): a sync failed in a checkpoint (SQLite error \(code))")
    }
  }
}
