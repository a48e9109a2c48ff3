import GRDB
import GRDBSQLite

/// Runs the checkpoint that SQLite would run by itself, and keeps what SQLite drops: that a sync failed in it. After a
/// failed sync nothing is known about what is on the disk.
///
/// The hook runs inside the writer's commit, on its thread; so do all uses of this class.
final class CheckpointWatch: @unchecked Sendable {
  /// The size of the log that calls for one, in pages of 4 KiB. A checkpoint syncs twice more than a commit does, and
  /// whoever waits for that commit waits for it: at SQLite's own 1,000 pages that is over 1% of the events of 64 busy
  /// writers, which then decide the 99th percentile on a disk with slow syncs; at 2,000 it is half of that.
  private static let usualPages: Int32 = 2_000
  /// On a full disk the log has to be used again before it grows: a commit in the ballast's space has no other.
  private static let fullDiskPages: Int32 = 250
  private var pages = usualPages

  private(set) var syncFailure: Int32?

  func install(in db: Database) {
    // The journal keeps this object as long as the connection is open.
    let this = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_wal_hook(
      db.sqliteConnection,
      { this, connection, name, pages in
        guard let this, let connection else { return SQLITE_OK }
        let watch = Unmanaged<CheckpointWatch>.fromOpaque(this).takeUnretainedValue()
        guard pages >= watch.pages else { return SQLITE_OK }
        let code = sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if code != SQLITE_OK {
          watch.note(extendedCode: sqlite3_extended_errcode(connection))
        }
        // Any other failure leaves the log as it is, and the next commit tries again.
        return SQLITE_OK
      }, this)
  }

  /// The writer found the disk full. It stays careful until the journal is opened anew.
  func diskIsFull() { pages = Self.fullDiskPages }

  private func note(extendedCode: Int32) {
    let code = ResultCode(rawValue: extendedCode)
    if code == .SQLITE_IOERR_FSYNC || code == .SQLITE_IOERR_DIR_FSYNC { syncFailure = extendedCode }
  }
}
