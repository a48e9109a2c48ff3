import Base
import Synchronization
import Wire

/// Bodies that were counted lately: a sender that heard no answer sends the same one again, and spans stand for
/// themselves, so that nothing else would tell.
public final class RepeatedBodies: Sendable {
  /// What is to be done with a body.
  public enum Turn: Sendable, Equatable {
    /// Count it, then say how that ended.
    case first
    /// It was counted; answer as if it had just been.
    case counted
    /// The same body is being counted at this moment.
    case underWay
  }

  private struct Entry {
    var at: Instant
    var isCounted: Bool
  }

  private struct Memory {
    var entries: [Hash128: Entry] = [:]
    /// In order of their times; the front ones may be gone from `entries`.
    var order: [(hash: Hash128, at: Instant)] = []
    var first = 0
  }

  /// For how long a body is remembered, and how many are.
  public static let length = Interval.minutes(5)
  public static let limit = 20_000

  private let memory = Mutex(Memory())

  public init() {}

  public func begin(_ hash: Hash128, at now: Instant) -> Turn {
    memory.withLock { memory in
      Self.forget(&memory, now)
      if let entry = memory.entries[hash] { return entry.isCounted ? .counted : .underWay }
      memory.entries[hash] = Entry(at: now, isCounted: false)
      memory.order.append((hash, now))
      return .first
    }
  }

  /// - Parameter isCounted: `false` lets the sender try again.
  public func end(_ hash: Hash128, isCounted: Bool) {
    memory.withLock { memory in
      if isCounted { memory.entries[hash]?.isCounted = true } else { memory.entries[hash] = nil }
    }
  }

  private static func forget(_ memory: inout Memory, _ now: Instant) {
    while memory.first < memory.order.count {
      let (hash, at) = memory.order[memory.first]
      guard now - at > length || memory.order.count - memory.first >= limit else { break }
      // One that failed and came again has a newer place behind this one.
      if memory.entries[hash]?.at == at { memory.entries[hash] = nil }
      memory.first += 1
    }
    if memory.first > limit {
      memory.order.removeFirst(memory.first)
      memory.first = 0
    }
  }
}
