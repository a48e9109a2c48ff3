import Base
import Foundation
import Logging

/// Logs as a JSON object a line on standard error: `time`, `level`, `label`, `message`, then the metadata.
///
/// A metadata value whose key speaks of a secret is replaced, and so is a password within a URL: what reaches the log
/// by mistake does not leave it in clear.
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let now: @Sendable () -> Instant
  private let write: @Sendable (String) -> Void

  /// - Parameter level: events below it are dropped.
  public init(label: String, level: Logger.Level) {
    self.init(label: label, level: level, now: Self.clock) { line in
      Self.put(line, to: STDERR_FILENO)
    }
  }

  /// Writes a line in one go, so that lines of several threads do not mix. What cannot be written is dropped: a server
  /// does not end because the disk of its log is full, which `FileHandle` would have it do.
  static func put(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      written += count
    }
  }

  init(
    label: String, level: Logger.Level, now: @escaping @Sendable () -> Instant,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.label = label
    self.now = now
    self.write = write
    logLevel = level
  }

  private static let clock: @Sendable () -> Instant = {
    Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { _, new in new }
    all.merge(event.metadata ?? [:]) { _, new in new }
    var line: JSONObject = [
      "time": .string(now().rfc3339), "level": .string(event.level.rawValue), "label": .string(label),
      "message": .string(Self.withoutPassword("\(event.message)")),
    ]
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      let name = ["time", "level", "label", "message"].contains(key) ? "meta.\(key)" : key
      line.members.append(.init(key: name, value: Self.json(value, key: key)))
    }
    write(JSON.object(line).text)
  }

  private static func json(_ value: Logger.MetadataValue, key: String) -> JSON {
    if isSecret(key) { return "(secret)" }
    return switch value {
    case .string(let text): .string(withoutPassword(text))
    case .stringConvertible(let value): .string(withoutPassword(value.description))
    case .array(let values): .array(values.map { json($0, key: key) })
    case .dictionary(let members):
      .object(
        JSONObject(members.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: json($0.value, key: $0.key)) }))
    }
  }

  private static let secretWords = ["token", "password", "secret", "authorization", "cookie", "credential"]

  private static func isSecret(_ key: String) -> Bool {
    let key = key.lowercased()
    return secretWords.contains { key.contains($0) }
  }

  /// `https://user:word@host` → `https://(secret)@host`, and a bearer token likewise.
  static func withoutPassword(_ text: String) -> String {
    guard text.contains("://") || text.contains("mst_") else { return text }
    return
      text
      .replacing(/:\/\/[^\/\s@]+@/, with: "://(secret)@")
      .replacing(/mst_[A-Za-z0-9_\-]{8,}/, with: "mst_(secret)")
  }
}
