import Foundation
import Testing

@testable import Store

@Suite struct SealedFileTests {
  @Test func contentsAreReplacedWholeAndDamageIsSeen() throws {
    let directory = TemporaryDirectory()
    let file = SealedFile(directory.path + "/evidence", magic: "MSEVIDE1")
    #expect(try file.read() == nil)
    for contents in [[1, 2, 3], [], [UInt8](repeating: 7, count: 100_000)] as [[UInt8]] {
      try file.write(contents)
      #expect(try file.read() == contents)
    }
    #expect(throws: StoreFailure.self) { try SealedFile(file.path, magic: "MSOTHER1").read() }
    var bytes = try #require(FileManager.default.contents(atPath: file.path))
    bytes[5_000] ^= 1
    try bytes.write(to: URL(fileURLWithPath: file.path))
    #expect(throws: StoreFailure.self) { try file.read() }
  }

  @Test func whatCannotBeWrittenSaysSo() {
    let file = SealedFile("/nowhere/evidence", magic: "MSEVIDE1")
    #expect(throws: StoreFailure.self) { try file.write([1]) }
  }
}
