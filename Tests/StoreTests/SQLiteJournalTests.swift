import Foundation
import Simulation
import Testing

@testable import Store

@Suite struct SQLiteJournalTests {
  let temporary = TemporaryDirectory()

  @Test func keepsTheContract() {
    var count = 0
    let violations = JournalStorageContract.violations {
      count += 1
      return try SQLiteJournal(
        directory: temporary.data("\(count)"), upcasters: JournalStorageContract.upcasters)
    }
    #expect(violations == [])
    #expect(count == 9)
  }

  @Test(arguments: [
    ("/a/b", "/a/b", "/a"), ("/a//b/", "/a/b", "/a"), ("/a", "/a", "/"), ("/", "/", "/"), ("/a/./b", "/a/b", "/a"),
  ])
  func pathsAreMadeWhole(path: String, whole: String, parent: String) {
    #expect(DataDirectory(path).path == whole)
    #expect(Files.parent(of: whole) == parent)
  }

  @Test func aRelativePathCountsFromTheCurrentDirectory() {
    #expect(DataDirectory("d").path == FileManager.default.currentDirectoryPath + "/d")
  }
}
