import Base
import Journal

/// Subject of all: `server/mainstay`.
public struct ServerStarted: EventPayload {
  public static let type: EventType = "server.started"
  public var version: String
  public init(version: String) { self.version = version }
}

/// The system's clock was set; Mainstay's own follows it slowly.
public struct ClockJumped: EventPayload {
  public static let type: EventType = "server.clock_jumped"
  /// How far the system's clock is ahead, negative when it is behind.
  public var by: Interval
  public init(by: Interval) { self.by = by }
}

/// Subject: `definitions/HASH`.
public struct DefinitionsChanged: EventPayload {
  public static let type: EventType = "definitions.changed"
  public var hash: String
  public var documents: Int
  public init(hash: String, documents: Int) {
    self.hash = hash
    self.documents = documents
  }
}

/// The newest definitions are bad; those before stay in force. Subject: `definitions/HASH` of those in force.
public struct DefinitionsRejected: EventPayload {
  public static let type: EventType = "definitions.rejected"
  public var errors: Int
  public var first: String
  public init(errors: Int, first: String) {
    self.errors = errors
    self.first = first
  }
}
