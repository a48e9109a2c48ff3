import Foundation
import Store

/// A directory of a test's own, removed with it.
final class TemporaryDirectory {
  /// As the kernel names it: what a descriptor's link says.
  let path: String

  init() {
    let name = "mainstay-store-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...(.max)))"
    let wanted = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(name).path
    try? FileManager.default.createDirectory(atPath: wanted, withIntermediateDirectories: true)
    path = URL(fileURLWithPath: wanted).resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func data(_ name: String = "data") -> DataDirectory { DataDirectory(path + "/" + name) }
}
