import Foundation
import Store

/// A directory of a test's own, removed with it.
final class TemporaryDirectory {
  let path: String

  init() {
    path =
      NSTemporaryDirectory()
      + "/mainstay-store-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...(.max)))"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func data(_ name: String = "data") -> DataDirectory { DataDirectory(path + "/" + name) }
}
