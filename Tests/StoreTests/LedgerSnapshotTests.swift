import Base
import Foundation
import Ledger
import Testing

@testable import Store

/// Snapshots that are written while samples come in.
///
///     sender                    snapshot
///     write to log 1, count
///                               begin log 2, take a copy   (under the lock)
///     write to log 2, count     write the copy             (side by side)
///     killed at any place: the copy and log 2, or the old snapshot and both logs
@Suite struct LedgerSnapshotTests {
  typealias Restart = LedgerRestartTests

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func aRestartFromASnapshotUnderLoadIsTheSameLedger(
    seed: UInt64
  ) async throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let straight = try Restart.open(nil)
    let engine = try Restart.open(directory.path)
    var sender = Restart.Sender(random: SeededGenerator(seed: seed))
    let written = try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        var count = 0
        while !Task.isCancelled {
          try engine.snapshot(at: Restart.start)
          count += 1
          await Task.yield()
        }
        return count
      }
      for step in 0..<1_500 {
        let batch = sender.next()
        let counts = try [straight, engine].map { try Restart.send($0, batch) }
        #expect(counts[0] == counts[1])
        guard step % 250 == 249 else { continue }
        // What lies on the disk now is what a kill would leave.
        let copy = TemporaryDirectory()
        defer { withExtendedLifetime(copy) {} }
        try Self.copy(directory.path, to: copy.path)
        try #require(
          Restart.figures(Restart.open(copy.path), batch.now) == Restart.figures(straight, batch.now), "step \(step)")
        await Task.yield()
      }
      group.cancelAll()
      return try await group.next() ?? 0
    }
    #expect(written >= 3)
    let end = Restart.start + .seconds(sender.second)
    #expect(try Restart.figures(Restart.open(directory.path), end) == Restart.figures(straight, end))
  }

  /// Files go and are renamed meanwhile, so a copy is tried until nothing of it changed: the order in which they are
  /// read is that of a restart, and a log that went belongs to a snapshot that is there by then.
  private static func copy(_ from: String, to: String) throws {
    let files = FileManager.default
    for _ in 0..<1_000 {
      let names = try files.contentsOfDirectory(atPath: from).sorted()
      for name in try files.contentsOfDirectory(atPath: to) { try files.removeItem(atPath: "\(to)/\(name)") }
      let snapshot = files.contents(atPath: "\(from)/snapshot")
      let isWhole = names.allSatisfy { name in
        guard let bytes = files.contents(atPath: "\(from)/\(name)") else { return false }
        return files.createFile(atPath: "\(to)/\(name)", contents: bytes)
      }
      let after = try files.contentsOfDirectory(atPath: from).sorted()
      if isWhole, names == after, snapshot == files.contents(atPath: "\(from)/snapshot") { return }
    }
    Issue.record("the files never stood still")
  }

  @Test func whoWaitsForWritesIsWokenByThem() async throws {
    let directory = TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let engine = try Restart.open(directory.path)
    // The new log.
    await engine.written()
    try engine.sync()
    var sender = Restart.Sender(random: SeededGenerator(seed: 1))
    for _ in 0..<5 {
      // Two before anybody looks are one.
      _ = try Restart.send(engine, sender.next())
      _ = try Restart.send(engine, sender.next())
      await engine.written()
      try engine.sync()
    }
    engine.remind()
    await engine.written()
    let waiting = Task { await engine.written() }
    waiting.cancel()
    await waiting.value
  }
}
