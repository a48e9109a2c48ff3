import Foundation
import Testing

@testable import Runtime

@Suite struct TreeStampTests {
  @Test func changesWithEveryFileAndNothingElse() throws {
    let files = FileManager.default
    let root = files.temporaryDirectory.appendingPathComponent("tree-\(UUID())").path
    defer { try? files.removeItem(atPath: root) }
    try files.createDirectory(atPath: "\(root)/a/b", withIntermediateDirectories: true)
    try files.createDirectory(atPath: "\(root)/.git", withIntermediateDirectories: true)
    var last = TreeStamp(of: root)
    func changes(_ expected: Bool, _ what: Comment, _ work: () throws -> Void) rethrows {
      try work()
      let now = TreeStamp(of: root)
      #expect((now != last) == expected, what)
      last = now
    }
    try changes(true, "a new file") { try write("one", "\(root)/a/b/x.yaml") }
    changes(false, "nothing") {}
    try changes(true, "another size") { try write("longer", "\(root)/a/b/x.yaml") }
    try changes(true, "the same size at another time") {
      try files.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000)], ofItemAtPath: "\(root)/a/b/x.yaml")
    }
    try changes(true, "another name") { try files.moveItem(atPath: "\(root)/a/b/x.yaml", toPath: "\(root)/a/y.yaml") }
    try changes(false, "a hidden file") { try write("x", "\(root)/.git/index") }
    try changes(false, "an empty directory") {
      try files.createDirectory(atPath: "\(root)/c", withIntermediateDirectories: false)
    }
    try changes(true, "a file that goes") { try files.removeItem(atPath: "\(root)/a/y.yaml") }
    #expect(TreeStamp(of: "\(root)/nowhere") == TreeStamp(of: "\(root)/c"))
  }

  private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
}
