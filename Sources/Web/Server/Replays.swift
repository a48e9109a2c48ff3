import Base
import Synchronization

/// The answers to requests with an idempotency key, kept for a day, a few thousand at most.
final class Replays: Sendable {
  enum Outcome {
    case first
    case running
    /// The key came with another body before.
    case different
    case answered(WebResponse)
  }

  private struct Entry {
    var body: [UInt8]
    var at: Instant
    var response: WebResponse?
  }

  private let entries = Mutex<[String: Entry]>([:])
  private let entriesMax = 4_096

  func begin(_ name: String, body: [UInt8], at now: Instant) -> Outcome {
    entries.withLock { entries in
      if let entry = entries[name], now - entry.at < .days(1) {
        if entry.body != body { return .different }
        return entry.response.map(Outcome.answered) ?? .running
      }
      if entries.count >= entriesMax {
        let cut = entries.values.map(\.at).sorted()[entriesMax / 2]
        entries = entries.filter { $0.value.at > cut }
      }
      entries[name] = Entry(body: body, at: now)
      return .first
    }
  }

  /// Keeps the answer; a failure is not kept, so that the request may be tried again.
  func end(_ name: String, _ response: WebResponse?) {
    entries.withLock { entries in
      if let response { entries[name]?.response = response } else { entries[name] = nil }
    }
  }
}
