import Foundation
import GRDB

/// Looks a journal file over that no server has open.
enum JournalCheck {
  struct Summary {
    var identifier: String
    var lastSequence: Int64
  }

  static func summary(of path: String) throws -> Summary {
    try reading(path) { db in
      try JournalSchema.check(db, at: path)
      return Summary(
        identifier: try JournalSchema.identifier(db, at: path),
        lastSequence: try SQLiteJournal.readTail(db).sequence)
    }
  }

  /// What is wrong with the file, in words; empty when nothing is.
  static func problems(of path: String) -> [String] {
    do {
      return try reading(path) { db in
        var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        guard problems.isEmpty else { return problems.map { "damaged: \($0)" } }
        try JournalSchema.check(db, at: path)
        let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM events") ?? 0
        let first = try Int64.fetchOne(db, sql: "SELECT min(sequence) FROM events") ?? 1
        let last = try SQLiteJournal.readTail(db).sequence
        if first != 1 || last != count {
          problems.append("events are missing: \(count) of the sequence from 1 to \(last) are there")
        }
        let backwards = try Int64.fetchOne(
          db,
          sql: """
            SELECT min(sequence) FROM (
              SELECT sequence, time < lag(time) OVER (ORDER BY sequence) AS isBack FROM events) WHERE isBack
            """)
        if let backwards { problems.append("event \(backwards) is earlier than the one before it") }
        return problems
      }
    } catch {
      return ["\(error)"]
    }
  }

  private static func reading<Value>(_ path: String, _ body: (Database) throws -> Value) throws -> Value {
    do {
      let queue = try DatabaseQueue(path: path)
      defer { try? queue.close() }
      return try queue.writeWithoutTransaction { try body($0) }
    } catch let error as DatabaseError {
      throw StoreFailure(SQLiteJournal.explain(error, opening: path))
    }
  }
}
