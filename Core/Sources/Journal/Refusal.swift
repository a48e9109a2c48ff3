/// Why a command was not carried out. Nothing has been journalled when one is thrown.
public struct Refusal: Error, Hashable, Sendable {
  public enum Kind: String, Sendable {
    /// The thing named does not exist.
    case notFound
    /// The thing is not in a state that allows it.
    case conflict
    /// The command itself is malformed.
    case invalid
    /// The actor may not do it.
    case forbidden
    /// Not now: the disk is full, the queue is full, the server is stopping.
    case unavailable
  }

  public var kind: Kind
  /// One sentence for a person: the thing, the place, the remedy.
  public var message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
