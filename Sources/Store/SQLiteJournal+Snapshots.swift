import GRDB
import Journal

extension SQLiteJournal {
  public func snapshot(fold: String, version: Int) throws -> FoldSnapshot? {
    try pool.read { db in
      let statement = try RawStatement(
        "SELECT sequence, state FROM fold_snapshots WHERE fold = ? AND version = ?", in: db)
      defer { statement.reset() }
      try statement.bind(fold, at: 1)
      statement.bind(Int64(version), at: 2)
      guard try statement.step() else { return nil }
      // One that cannot be read is as good as none: the events are there.
      guard let state = PackedSnapshot.unpack(statement.bytes(1)) else { return nil }
      return FoldSnapshot(fold: fold, version: version, sequence: statement.int(0), state: state)
    }
  }

  public var pack: @Sendable ([UInt8]) -> [UInt8] { PackedSnapshot.pack }

  public func save(_ snapshot: FoldSnapshot) throws {
    try write { db in
      let statement = try RawStatement("INSERT OR REPLACE INTO fold_snapshots VALUES (?,?,?,?)", in: db)
      try statement.bind(snapshot.fold, at: 1)
      statement.bind(Int64(snapshot.version), at: 2)
      statement.bind(snapshot.sequence, at: 3)
      try statement.bind(blob: snapshot.state, at: 4)
      try statement.run()
    }
  }
}
