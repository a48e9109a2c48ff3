import Base
import Foundation
import Journal
import Simulation
import Testing

@testable import Store

/// A file system of a few megabytes, in memory, that can really be filled.
private final class SmallDisk {
  let path: String

  /// `nil` where mounting is not permitted.
  init?(at path: String, megabytes: Int) {
    self.path = path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { return nil }
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }

  /// Writes until nothing more fits.
  func fill() { writeFile("filler", bytes: 1 << 30) }

  func writeFile(_ name: String, bytes: Int) {
    let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    let block = [UInt8](repeating: 1, count: 4_096)
    var written = 0
    while written < bytes {
      let count = write(descriptor, block, block.count)
      guard count > 0 else { return }
      written += count
    }
  }

  func empty() { unlink(path + "/filler") }

  static let isPermitted: Bool = {
    let probe = NSTemporaryDirectory() + "mainstay-mount-\(ProcessInfo.processInfo.processIdentifier)"
    defer { rmdir(probe) }
    return SmallDisk(at: probe, megabytes: 1) != nil
  }()
}

@Suite(.serialized) struct FullDiskTests {
  let temporary = TemporaryDirectory()

  private func events(_ range: ClosedRange<Int64>) -> [Event] {
    range.map {
      JournalStorageContract.event($0, data: ["n": .int($0), "text": .string(String(repeating: "x", count: 200))])
    }
  }

  /// The story of a full disk, on a real file system: intake is refused, paging goes on in the ballast's space, nothing
  /// acknowledged is lost, and all comes back by itself.
  @Test(.enabled(if: SmallDisk.isPermitted, "mounting a small file system needs root"))
  func pagingGoesOnInTheBallastsSpace() throws {
    let disk = try #require(SmallDisk(at: temporary.path + "/disk", megabytes: 24))
    let directory = DataDirectory(disk.path + "/data")
    let journal = try SQLiteJournal(directory: directory)
    let reserve = DiskReserve(directory: directory, size: 8 << 20, floor: 1 << 20)
    #expect(reserve.state == .normal)
    try journal.append(events(1...100))

    disk.fill()
    var last = journal.lastSequence()
    let failure = commitUntilFull(journal, last: &last)
    guard case .full = failure else {
      Issue.record("expected a full disk: \(String(describing: failure))")
      return
    }
    #expect(journal.lastSequence() == last)

    #expect(reserve.release(), "the ballast is given up")
    #expect(!reserve.admits(urgent: false) && reserve.admits(urgent: true))
    for sequence in last + 1...last + 2_000 { try journal.append(events(sequence...sequence)) }
    last += 2_000
    #expect(!reserve.check(), "it stays a reserve while the disk is full")

    disk.empty()
    #expect(reserve.check(), "space has returned")
    #expect(reserve.state == .normal)
    #expect(FileManager.default.fileExists(atPath: directory.ballast))
    try journal.append(events(last + 1...last + 10))
    try journal.close()

    var sequences: [Int64] = []
    let again = try SQLiteJournal(directory: directory, readers: 1)
    while case let page = try again.events(after: sequences.last ?? 0, limit: 5_000), !page.isEmpty {
      sequences += page.map(\.sequence)
    }
    #expect(sequences == Array(1...last + 10), "nothing that was acknowledged is lost")
  }

  private func commitUntilFull(_ journal: SQLiteJournal, last: inout Int64) -> JournalFailure? {
    for _ in 0..<20_000 {
      do throws(JournalFailure) {
        try journal.append(events(last + 1...last + 20))
        last += 20
      } catch { return error }
    }
    return nil
  }

  @Test(.enabled(if: SmallDisk.isPermitted, "mounting a small file system needs root"))
  func theBallastIsGivenUpBeforeTheDiskIsFull() throws {
    let disk = try #require(SmallDisk(at: temporary.path + "/disk", megabytes: 16))
    let directory = DataDirectory(disk.path + "/data")
    try directory.create()
    let reserve = DiskReserve(directory: directory, size: 4 << 20, floor: 1 << 20)
    #expect(reserve.check())
    disk.fill()
    #expect(!reserve.check())
    #expect(reserve.state == .reserve)
    #expect(!FileManager.default.fileExists(atPath: directory.ballast))
    #expect(FreeSpace.bytes(at: disk.path) ?? 0 >= 4 << 20)
    disk.empty()
    #expect(reserve.check())
  }

  @Test func theBallastIsReallyAllocated() throws {
    try temporary.data().create()
    let ballast = Ballast(path: temporary.data().ballast, size: 1 << 20)
    #expect(!ballast.isHeld)
    #expect(ballast.make())
    #expect(ballast.isHeld)
    truncate(ballast.path, 0)
    truncate(ballast.path, 1 << 20)
    #expect(!ballast.isHeld, "a hole holds nothing back")
    #expect(ballast.make())
    #expect(ballast.release())
    #expect(!ballast.release())
  }
}
