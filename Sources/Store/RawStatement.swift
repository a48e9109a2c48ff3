import GRDB
import GRDBSQLite

/// A prepared statement bound and read without GRDB's boxed values: for what runs once per event.
///
/// Use it only inside the database access that made it.
struct RawStatement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer?

  /// The statement is prepared once per connection and reused.
  init(_ sql: String, in db: Database) throws {
    let statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
    connection = db.sqliteConnection
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  /// SQLite copies the bytes before the call returns.
  private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }

  func bind(_ value: Int64?, at index: Int32) {
    if let value { bind(value, at: index) } else { sqlite3_bind_null(handle, index) }
  }

  func bind(_ text: String, at index: Int32) throws {
    var text = text
    let code = text.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) {
        // An empty string may have no address; SQLite would store that as NULL.
        $0.count == 0
          ? sqlite3_bind_text(handle, index, "", 0, Self.transient)
          : sqlite3_bind_text(handle, index, $0.baseAddress, Int32(clamping: $0.count), Self.transient)
      }
    }
    try check(code)
  }

  func bind(_ text: String?, at index: Int32) throws {
    if let text { try bind(text, at: index) } else { sqlite3_bind_null(handle, index) }
  }

  /// Binds UTF-8 bytes as text.
  func bind(utf8 bytes: [UInt8], at index: Int32) throws {
    try check(
      bytes.withUnsafeBytes {
        sqlite3_bind_text64(
          handle, index, $0.bindMemory(to: CChar.self).baseAddress, UInt64($0.count), Self.transient, UInt8(SQLITE_UTF8)
        )
      })
  }

  func bind(blob bytes: [UInt8], at index: Int32) throws {
    try check(
      bytes.isEmpty
        ? sqlite3_bind_zeroblob(handle, index, 0)
        : bytes.withUnsafeBytes {
          sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), Self.transient)
        })
  }

  /// Runs to the next row; `false` when there is none.
  func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw failure(code)
    }
  }

  /// Runs a statement that returns no rows, and makes it ready for the next values.
  func run() throws {
    let code = sqlite3_step(handle)
    // The error has to be read before the reset.
    if code != SQLITE_DONE && code != SQLITE_ROW {
      let error = failure(code)
      sqlite3_reset(handle)
      throw error
    }
    sqlite3_reset(handle)
  }

  /// Ends reading: a statement left in the middle would hold its read transaction open.
  func reset() { sqlite3_reset(handle) }

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    return String(
      decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
  }

  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  private func check(_ code: Int32) throws { if code != SQLITE_OK { throw failure(code) } }

  private func failure(_ code: Int32) -> DatabaseError {
    let extended = connection.map { sqlite3_extended_errcode($0) } ?? code
    let message = connection.map { String(cString: sqlite3_errmsg($0)) }
    return DatabaseError(resultCode: ResultCode(rawValue: extended == SQLITE_OK ? code : extended), message: message)
  }
}
