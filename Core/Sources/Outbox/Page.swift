import Base
import Events
import Journal

/// A message to one person over one channel, and what became of it.
public struct Page: Codable, Sendable {
  public enum Status: String, Codable, Sendable {
    /// Waits to go out, for the first time or again.
    case pending
    /// One attempt is under way.
    case claimed
    case sent
    /// A dead letter: the last attempt failed.
    case failed
    case cancelled
  }

  public struct Attempt: Codable, Sendable {
    public var number: Int
    public var at: Instant
    public var result: String?
  }

  public let id: ULID
  public let subject: Subject
  public let request: PageRequested
  public let requestedAt: Instant
  public internal(set) var status: Status = .pending
  /// When it may go out next, or when its claim runs out.
  public internal(set) var due: Instant?
  public internal(set) var attempts: [Attempt] = []
  public internal(set) var note: String?

  /// The same for every attempt, and after a crash.
  public var key: String { id.description }

  /// So many attempts have failed that nobody should wait for it any longer, though it is tried further.
  public var isHopeless: Bool { status == .failed || (status == .pending && attempts.count >= 3) }

  /// Whether it reached somebody or may still do so.
  public var mayHaveLanded: Bool { status == .sent || status == .claimed }
}
