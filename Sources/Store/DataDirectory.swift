import Foundation
import Synchronization

/// Where a server keeps its data, and what is called what in there. docs/formats/journal.md describes the files.
public struct DataDirectory: Hashable, Sendable {
  public let path: String

  /// A relative path counts from the current directory.
  public init(_ path: String) { self.path = Files.absolute(path) }

  public var journal: String { path + "/journal.db" }
  /// The ledger's write-ahead log and snapshots.
  public var ledger: String { path + "/ledger" }
  /// Exemplars of failures and their labels, which pages show; beside the ledger's files, so that a backup has it.
  public var evidence: String { ledger + "/evidence" }
  /// Rendered status pages. Not part of a backup: they are rendered again.
  public var statusPages: String { path + "/status" }
  public var ballast: String { path + "/ballast" }
  /// What signs sessions and links. Not part of a backup, and left where it is by a restore.
  public var secret: String { path + "/secret.key" }
  public var lock: String { path + "/lock" }
  /// Present while a restore is moving files into place: the directory is not to be opened then.
  var restoreMarker: String { path + "/restore.incomplete" }

  /// Makes the directory where it is missing, readable by its owner alone.
  public func create() throws {
    let manager = FileManager.default
    guard !manager.fileExists(atPath: path) else { return }
    do {
      try manager.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try FileSync.directory(Files.parent(of: path))
    } catch {
      throw StoreFailure("\(path): the data directory cannot be made: \(error)")
    }
  }

  /// Refuses a directory that a restore has not finished with.
  func checkIsComplete() throws {
    guard !FileManager.default.fileExists(atPath: restoreMarker) else {
      throw StoreFailure("\(path): a restore was cut short here; run `mainstay restore --force` again")
    }
  }
}

/// Holds a data directory for one process. Given up when released, or when the process ends however it ends.
final class DirectoryLock: Sendable {
  private let held: Mutex<Int32>

  init(_ directory: DataDirectory) throws {
    let descriptor = open(directory.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StoreFailure("\(directory.lock): cannot be opened: \(FileSync.errnoText)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw StoreFailure("\(directory.path): in use by another process; stop it, or choose another data directory")
    }
    held = Mutex(descriptor)
  }

  func release() {
    held.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }

  deinit { release() }
}

/// Makes writes outside the database durable.
enum FileSync {
  static var errnoText: String { String(cString: strerror(errno)) }

  /// Makes the entries of a directory durable: names made, renamed or removed in it.
  static func directory(_ path: String) throws { try file(path) }

  static func file(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreFailure("\(path): cannot be opened: \(errnoText)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StoreFailure("\(path): cannot be synced: \(errnoText)") }
  }
}
