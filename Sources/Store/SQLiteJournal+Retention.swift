import Base
import GRDB
import GRDBSQLite
import Journal

extension SQLiteJournal {
  public func bulk(_ key: String) throws -> BulkItem? {
    try pool.read { db in
      let statement = try RawStatement("SELECT kind, created, expires, bytes FROM bulk WHERE key = ?", in: db)
      defer { statement.reset() }
      try statement.bind(key, at: 1)
      guard try statement.step() else { return nil }
      return BulkItem(
        key: key, kind: statement.text(0), bytes: statement.bytes(3),
        created: Instant(nanoseconds: statement.int(1)),
        expires: statement.isNull(2) ? nil : Instant(nanoseconds: statement.int(2)))
    }
  }

  /// The keys of all items of a kind, the oldest first.
  public func bulkKeys(kind: String) throws -> [String] {
    try pool.read { db in
      let statement = try RawStatement("SELECT key FROM bulk WHERE kind = ? ORDER BY created, key", in: db)
      defer { statement.reset() }
      try statement.bind(kind, at: 1)
      var keys: [String] = []
      while try statement.step() { keys.append(statement.text(0)) }
      return keys
    }
  }

  /// Drops bulk that has expired, at most `limit` items so that commits do not wait long; call again while it returns
  /// `limit`.
  @discardableResult
  public func dropExpiredBulk(at now: Instant, limit: Int = 200) throws -> Int {
    var count = 0
    try write { db in
      let statement = try RawStatement(
        "DELETE FROM bulk WHERE rowid IN (SELECT rowid FROM bulk WHERE expires <= ? LIMIT ?)", in: db)
      statement.bind(now.nanoseconds, at: 1)
      statement.bind(Int64(limit), at: 2)
      try statement.run()
      count = db.changesCount
    }
    return count
  }

  /// Removes items by key, expired or not.
  public func removeBulk(_ keys: [String]) throws {
    try write { db in
      let statement = try RawStatement("DELETE FROM bulk WHERE key = ?", in: db)
      for key in keys {
        try statement.bind(key, at: 1)
        try statement.run()
      }
    }
  }

  public func personalTexts(_ ids: [ULID]) throws -> [ULID: String] {
    guard !ids.isEmpty else { return [:] }
    return try pool.read { db in
      let statement = try RawStatement("SELECT value FROM erasable WHERE id = ?", in: db)
      defer { statement.reset() }
      var texts: [ULID: String] = [:]
      for id in ids where texts[id] == nil {
        statement.reset()
        try statement.bind(id.description, at: 1)
        if try statement.step() { texts[id] = statement.text(0) }
      }
      return texts
    }
  }

  /// Erases all texts of a person and returns how many there were. The events stay; their markers read "[erased]".
  ///
  /// Freed space is overwritten, and the write-ahead log is emptied, so that nothing is left in either file. Backups
  /// made before still hold the texts until they are deleted.
  @discardableResult
  public func erase(person: String) throws -> Int {
    var count = 0
    try write { db in
      let statement = try RawStatement("DELETE FROM erasable WHERE person = ?", in: db)
      try statement.bind(person, at: 1)
      try statement.run()
      count = db.changesCount
    }
    try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
    return count
  }
}
