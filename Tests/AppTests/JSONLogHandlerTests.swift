import Base
import Foundation
import Logging
import Synchronization
import Testing

@testable import App

@Suite struct JSONLogHandlerTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private func log(level: Logger.Level = .info, _ body: (Logger) -> Void) throws -> [JSON] {
    let lines = Lines()
    let logger = Logger(label: "test") { label in
      JSONLogHandler(label: label, level: level, now: { Instant(seconds: 1_800_000_000) }) { line in
        lines.all.withLock { $0.append(line) }
      }
    }
    body(logger)
    return try lines.all.withLock { try $0.map { try JSON(parsing: $0) } }
  }

  @Test func aLineIsAnObject() throws {
    let lines = try log { $0.info("a \"quoted\"\nmessage", metadata: ["b": "2", "a": ["x", "y"], "time": "mine"]) }
    #expect(
      lines == [
        [
          "time": "2027-01-15T08:00:00Z", "level": "info", "label": "test", "message": "a \"quoted\"\nmessage",
          "a": ["x", "y"], "b": "2", "meta.time": "mine",
        ]
      ])
  }

  @Test func lowerLevelsAreDropped() throws {
    #expect(try log(level: .warning) { $0.info("quiet") }.isEmpty)
  }

  @Test func secretsDoNotLeave() throws {
    let token = "mst_0123456789abcdefghijklmnopqrstuvwxyz"
    let lines = try log { logger in
      logger.info(
        "calling https://ana:hunter2@example.org with \(token)",
        metadata: ["apiToken": "\(token)", "request": ["Authorization": "Bearer x1y2"], "url": "http://u:p4ss@h/"])
    }
    let text = lines[0].text
    for secret in ["hunter2", "0123456789abcdef", "x1y2", "p4ss"] { #expect(!text.contains(secret), "\(text)") }
  }

  /// The device on which nothing fits: what ends a process with `FileHandle` is a dropped line here.
  @Test func aLogWithoutSpaceDropsLines() throws {
    let full = open("/dev/full", O_WRONLY)
    try #require(full >= 0)
    defer { close(full) }
    JSONLogHandler.put("dropped", to: full)
    let path = FileManager.default.temporaryDirectory.path + "/mainstay-log-\(getpid())"
    defer { unlink(path) }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(file >= 0)
    JSONLogHandler.put("kept", to: file)
    close(file)
    #expect(FileManager.default.contents(atPath: path) == Data("kept\n".utf8))
  }
}
