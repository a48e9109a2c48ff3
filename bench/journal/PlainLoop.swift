import Foundation
import GRDBSQLite

/// What the writer is compared with: SQLite alone, one thread, one row a transaction, each synced. The row is the one
/// that the writer stores, in a table without a further index.
struct PlainLoop {
  private let connection: OpaquePointer

  init(directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var opened: OpaquePointer?
    guard sqlite3_open(directory + "/plain.db", &opened) == SQLITE_OK, let opened else { throw PlainLoopFailure() }
    connection = opened
    for sql in [
      "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
      """
      CREATE TABLE IF NOT EXISTS events (sequence INTEGER PRIMARY KEY, id TEXT, time INTEGER, type TEXT,
        typeversion INTEGER, subject TEXT, actor TEXT, cause TEXT, data TEXT)
      """,
    ] {
      guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else { throw PlainLoopFailure() }
    }
  }

  func run(seconds: Double) throws -> String {
    var statement: OpaquePointer?
    let sql = """
      INSERT INTO events (id, time, type, typeversion, subject, actor, cause, data) VALUES (
        '01J9ZX5T8Q0000000000000000', ?, 'definitions.rejected', 1, 'definitions/01J9ZX5T8Q0000000000000000',
        'user/ana', NULL,
        '{"errors":1,"first":"writer 7 says that traffic has been moved to the other region"}')
      """
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else { throw PlainLoopFailure() }
    defer {
      sqlite3_finalize(statement)
      sqlite3_close(connection)
    }
    let clock = ContinuousClock()
    let start = clock.now
    let end = start.advanced(by: .seconds(seconds))
    var latencies = Latencies()
    while clock.now < end {
      let before = clock.now
      sqlite3_bind_int64(statement, 1, Int64(latencies.seconds.count))
      guard sqlite3_step(statement) == SQLITE_DONE else { throw PlainLoopFailure() }
      sqlite3_reset(statement)
      latencies.add(clock.now - before)
    }
    return latencies.line(over: (clock.now - start).inSeconds)
  }
}

struct PlainLoopFailure: Error {}
