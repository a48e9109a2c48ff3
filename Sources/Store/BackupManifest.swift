import Base
import Foundation

/// `manifest.json` of a backup: what it holds, and how to tell whether it still does.
public struct BackupManifest: Codable, Hashable, Sendable {
  public struct File: Codable, Hashable, Sendable {
    /// Relative to the backup, parts separated by `/`.
    public var path: String
    public var bytes: Int64
    /// 64 lower-case hexadecimal digits.
    public var sha256: String
  }

  /// Raised when a reader of this one would misread it.
  public var format = 1
  public var created: Instant
  /// The journal's identifier.
  public var journal: String
  public var lastSequence: Int64
  public var files: [File]

  static let name = "manifest.json"

  init(created: Instant, journal: String, lastSequence: Int64, files: [File]) {
    self.created = created
    self.journal = journal
    self.lastSequence = lastSequence
    self.files = files
  }

  /// - Throws: `StoreFailure` where there is none, it cannot be read, or a path in it leads out of the backup.
  init(readingFrom directory: String) throws {
    let path = directory + "/" + Self.name
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StoreFailure("\(directory): no backup (it has no \(Self.name), which is written last)")
    }
    do {
      let json = try JSON(parsing: [UInt8](data))
      if let format = json["format"]?.int, format > 1 {
        throw StoreFailure("\(path): format \(format) of a newer version; restore with that one")
      }
      self = try json.decode(BackupManifest.self)
    } catch let failure as StoreFailure {
      throw failure
    } catch {
      throw StoreFailure("\(path): damaged: \(error)")
    }
    for file in files where !Self.isInside(file.path) {
      throw StoreFailure("\(path): '\(file.path)' leads out of the backup")
    }
  }

  private static func isInside(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return !parts.isEmpty && !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
  }

  func write(to directory: String) throws {
    let path = directory + "/" + Self.name
    try Data((JSON(encoding: self).prettyText + "\n").utf8).write(to: URL(fileURLWithPath: path))
    try FileSync.file(path)
  }
}
