import Base
import Crypto
import Foundation
import GRDB

/// A consistent copy of a data directory, made while a server writes to it, from this process or another.
///
/// A backup is a directory: `journal.db`, `ledger/…` and `manifest.json`, written last. The journal is one committed
/// state; the ledger's files are copied after it.
public enum Backup {
  /// Makes a backup.
  ///
  /// - Parameters:
  ///   - target: a directory that does not exist yet, or is empty.
  ///   - now: the time that the manifest gives.
  /// - Throws: `StoreFailure`.
  @discardableResult
  public static func create(from source: DataDirectory, to target: String, now: Instant) throws -> BackupManifest {
    let target = Files.absolute(target)
    guard FileManager.default.fileExists(atPath: source.journal) else {
      throw StoreFailure("\(source.path): holds no journal")
    }
    guard try Files.entries(of: target).isEmpty else {
      throw StoreFailure("\(target): not empty; a backup goes into a new directory")
    }
    try Files.make(target)
    let copy = DataDirectory(target)
    try copyJournal(from: source.journal, to: copy.journal)
    try copyLedger(from: source.ledger, to: copy.ledger)
    let summary = try JournalCheck.summary(of: copy.journal)
    var manifest = BackupManifest(
      created: now, journal: summary.identifier, lastSequence: summary.lastSequence, files: [])
    for path in try Files.list(target) {
      try FileSync.file(target + "/" + path)
      manifest.files.append(try Files.describe(path, in: target))
    }
    try manifest.write(to: target)
    for directory in try Files.directories(target) { try FileSync.directory(directory) }
    try FileSync.directory(Files.parent(of: target))
    return manifest
  }

  /// Copies one committed state in a read transaction: the writer goes on meanwhile, and waits for nothing.
  private static func copyJournal(from source: String, to target: String) throws {
    do {
      var configuration = Configuration()
      configuration.label = "backup"
      configuration.busyMode = .timeout(10)
      let queue = try DatabaseQueue(path: source, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        try JournalSchema.check(db, at: source)
        try db.execute(sql: "VACUUM INTO ?", arguments: [target])
      }
      try queue.close()
    } catch let error as DatabaseError {
      throw StoreFailure("\(source): cannot be copied to \(target): \(error.message ?? "\(error.extendedResultCode)")")
    }
  }

  /// Copies the ledger's files. They are appended to, or put in place whole by a rename; when one has gone while this
  /// ran, a newer one has taken its place, and the copy starts over.
  private static func copyLedger(from source: String, to target: String) throws {
    guard FileManager.default.fileExists(atPath: source) else { return }
    for _ in 0..<10 {
      try? FileManager.default.removeItem(atPath: target)
      try Files.make(target)
      let before = try Files.list(source)
      let isWhole = try before.allSatisfy { try Files.copy($0, from: source, to: target) }
      if isWhole, try Files.list(source) == before { return }
    }
    throw StoreFailure("\(source): the ledger changed its files ten times while they were copied; try again")
  }
}

extension Backup {
  /// Checks everything about a backup without changing anything: the manifest, each file's length and SHA-256, the
  /// database's own integrity, and that the journal has neither gaps nor times that go back.
  ///
  /// - Throws: `StoreFailure`, naming the first thing that is wrong.
  @discardableResult
  public static func verify(_ source: String) throws -> BackupManifest {
    let manifest = try BackupManifest(readingFrom: source)
    guard manifest.files.contains(where: { $0.path == "journal.db" }) else {
      throw StoreFailure("\(source): the manifest names no journal.db")
    }
    for file in manifest.files {
      guard try Files.describe(file.path, in: source) == file else {
        throw StoreFailure("\(source)/\(file.path): not what the manifest says; the backup is damaged, use another")
      }
    }
    // Opening a database may write beside it, and a backup can be on a read-only disk: check a copy.
    let scratch = NSTemporaryDirectory() + "mainstay-verify-\(getpid())-\(UInt32.random(in: 0...(.max)))"
    try Files.make(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    guard try Files.copy("journal.db", from: source, to: scratch) else {
      throw StoreFailure("\(source)/journal.db: has gone")
    }
    try checkJournal(scratch + "/journal.db", named: source + "/journal.db", against: manifest)
    return manifest
  }

  private static func checkJournal(_ path: String, named name: String, against manifest: BackupManifest) throws {
    let problems = JournalCheck.problems(of: path)
    if let first = problems.first { throw StoreFailure("\(name): \(first)") }
    let summary = try JournalCheck.summary(of: path)
    guard summary.identifier == manifest.journal, summary.lastSequence == manifest.lastSequence else {
      throw StoreFailure("\(name): not the journal that the manifest describes")
    }
  }

  /// Puts a backup in place of a data directory's content, after it has been verified as a whole.
  ///
  /// A directory that holds anything is refused unless forced; what it held is then kept in `replaced-N` within it. No
  /// server may be using it.
  ///
  /// - Throws: `StoreFailure`.
  @discardableResult
  public static func restore(from source: String, to target: DataDirectory, force: Bool = false) throws
    -> BackupManifest
  {
    let manifest = try verify(source)
    try target.create()
    let lock = try DirectoryLock(target)
    defer { lock.release() }
    let present = try Files.entries(of: target.path).filter { $0 != "lock" && $0 != "secret.key" }
    guard present.isEmpty || force else {
      throw StoreFailure("\(target.path): not empty; restore into a new directory, or replace this one with --force")
    }
    let staging = target.path + "/restore.staging"
    try? FileManager.default.removeItem(atPath: staging)
    try Files.make(staging)
    for file in manifest.files {
      guard try Files.copy(file.path, from: source, to: staging), try Files.describe(file.path, in: staging) == file
      else { throw StoreFailure("\(target.path): \(file.path) was not copied whole; is the disk full?") }
    }
    try moveIntoPlace(staging, in: target)
    return manifest
  }

  /// From here on the directory is not to be opened until the marker has gone.
  private static func moveIntoPlace(_ staging: String, in target: DataDirectory) throws {
    try Data().write(to: URL(fileURLWithPath: target.restoreMarker))
    try FileSync.directory(target.path)
    let keep: Set<String> = ["lock", "secret.key", "restore.staging", "restore.incomplete"]
    let old = try Files.entries(of: target.path).filter { !keep.contains($0) && !$0.hasPrefix("replaced-") }
    if !old.isEmpty {
      var number = 1
      while FileManager.default.fileExists(atPath: "\(target.path)/replaced-\(number)") { number += 1 }
      try Files.make("\(target.path)/replaced-\(number)")
      for name in old { try Files.move("\(target.path)/\(name)", to: "\(target.path)/replaced-\(number)/\(name)") }
    }
    for name in try Files.entries(of: staging) { try Files.move("\(staging)/\(name)", to: "\(target.path)/\(name)") }
    try FileManager.default.removeItem(atPath: staging)
    for directory in try Files.directories(target.path) { try FileSync.directory(directory) }
    try FileManager.default.removeItem(atPath: target.restoreMarker)
    try FileSync.directory(target.path)
  }
}
