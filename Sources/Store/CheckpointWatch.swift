import GRDB
import GRDBSQLite

/// Runs the checkpoint that SQLite would run by itself, at the same size of the log, and keeps what SQLite drops: that
/// a sync failed in it. After a failed sync nothing is known about what is on the disk.
///
/// The hook runs inside the writer's commit, on its thread; so do all uses of this class.
final class CheckpointWatch: @unchecked Sendable {
  /// SQLite's own default, in pages of 4 KiB.
  private static let pages: Int32 = 1_000

  private(set) var syncFailure: Int32?

  func install(in db: Database) {
    // The journal keeps this object as long as the connection is open.
    let this = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_wal_hook(
      db.sqliteConnection,
      { this, connection, name, pages in
        guard pages >= CheckpointWatch.pages, let this, let connection else { return SQLITE_OK }
        let code = sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if code != SQLITE_OK {
          Unmanaged<CheckpointWatch>.fromOpaque(this).takeUnretainedValue()
            .note(extendedCode: sqlite3_extended_errcode(connection))
        }
        // Any other failure leaves the log as it is, and the next commit tries again.
        return SQLITE_OK
      }, this)
  }

  private func note(extendedCode: Int32) {
    let code = ResultCode(rawValue: extendedCode)
    if code == .SQLITE_IOERR_FSYNC || code == .SQLITE_IOERR_DIR_FSYNC { syncFailure = extendedCode }
  }
}
