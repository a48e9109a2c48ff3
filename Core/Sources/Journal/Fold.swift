import Base

/// State that is nothing but a fold over the journal. A snapshot of it is a cache, keyed by name, version and
/// sequence: raise `version` whenever `apply` or the encoded shape changes, and it is rebuilt from the events.
///
/// `apply` reads the event and the state, nothing else: no definitions, no clock, no zone data.
public protocol Fold: Sendable {
  static var name: String { get }
  static var version: Int { get }
  init()
  mutating func apply(_ event: Event) throws
  /// The state as JSON.
  func snapshot() throws -> JSON
  /// The compact text of `snapshot`, as UTF-8. A fold that grows large writes it without making the value.
  func snapshotText() throws -> [UInt8]
  init(snapshot: JSON) throws
}

extension Fold {
  public func snapshotText() throws -> [UInt8] { try snapshot().bytes }
}

extension Fold where Self: Codable {
  public func snapshot() throws -> JSON { try JSON(encoding: self) }
  public init(snapshot: JSON) throws { self = try snapshot.decode(Self.self) }
}
