import Foundation
import GRDB

/// The tables of `journal.db`; docs/formats/journal.md describes them.
enum JournalSchema {
  /// Raised when a table changes shape. A file of a later version is refused.
  static let version: Int64 = 1
  /// "MNST", in the file's header: tells a journal from any other SQLite file.
  static let applicationID: Int64 = 0x4D4E_5354

  private static let tables = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE events (
      sequence INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      time INTEGER NOT NULL,
      type TEXT NOT NULL,
      typeversion INTEGER NOT NULL,
      subject TEXT NOT NULL,
      actor TEXT NOT NULL,
      cause TEXT,
      data TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_subject ON events (subject);
    CREATE TABLE fold_snapshots (
      fold TEXT PRIMARY KEY, version INTEGER NOT NULL, sequence INTEGER NOT NULL, state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE bulk (
      key TEXT PRIMARY KEY, kind TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX bulk_kind ON bulk (kind, created, key);
    CREATE INDEX bulk_expires ON bulk (expires) WHERE expires IS NOT NULL;
    CREATE TABLE erasable (id TEXT PRIMARY KEY, person TEXT NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """

  /// Makes the tables in an empty file; checks that any other is a journal this program can read.
  static func prepare(_ db: Database, at path: String) throws {
    if try isEmpty(db) {
      try db.inTransaction(.immediate) {
        try db.execute(sql: tables)
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(
          sql: "INSERT INTO meta (key, value) VALUES ('schema', ?), ('journal', ?)",
          arguments: [String(version), newIdentifier()])
        return .commit
      }
    }
    try check(db, at: path)
  }

  /// - Throws: `StoreFailure` where the file is not a journal of this version.
  static func check(_ db: Database, at path: String) throws {
    guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
      throw StoreFailure("\(path): a SQLite file, but not a journal; choose another data directory")
    }
    let text = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'schema'")
    guard let found = text.flatMap({ Int64($0) }) else {
      throw StoreFailure("\(path): damaged (no schema version); restore a backup with `mainstay restore`")
    }
    guard found <= version else {
      throw StoreFailure(
        "\(path): written by a newer version (schema \(found); this program knows \(version)); run the newer one")
    }
  }

  static func identifier(_ db: Database, at path: String) throws -> String {
    guard let text = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'journal'") else {
      throw StoreFailure("\(path): damaged (no identifier); restore a backup with `mainstay restore`")
    }
    return text
  }

  private static func isEmpty(_ db: Database) throws -> Bool {
    try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
  }

  private static func newIdentifier() -> String {
    var random = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
