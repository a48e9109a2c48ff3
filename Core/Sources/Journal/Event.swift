import Base

/// One entry of the journal: something that happened, with CloudEvents attributes.
///
/// An event carries everything that `apply` needs; it is never changed once it has a sequence number.
public struct Event: Sendable {
  /// Position in the journal: 1, 2, 3 … without gaps. Assigned by the writer alone.
  public let sequence: Int64
  public let id: ULID
  /// When the writer decided it.
  public let time: Instant
  public let type: EventType
  /// The version of the payload's shape; older ones are upcast when they are read.
  public let typeVersion: Int
  /// What it is about: `alert/01J…`, `service/checkout`.
  public let subject: Subject
  /// Who caused it: `user/ana`, `system/slo`, `token/ci`.
  public let actor: Actor
  /// The event that led to this one.
  public let cause: ULID?
  public let data: JSON
  /// The payload that `data` was encoded from, kept so that folding a fresh event does not decode it again.
  @usableFromInline let payload: (any EventPayload)?

  public init(
    sequence: Int64, id: ULID, time: Instant, type: EventType, typeVersion: Int, subject: Subject, actor: Actor,
    cause: ULID?, data: JSON, payload: (any EventPayload)? = nil
  ) {
    self.sequence = sequence
    self.id = id
    self.time = time
    self.type = type
    self.typeVersion = typeVersion
    self.subject = subject
    self.actor = actor
    self.cause = cause
    self.data = data
    self.payload = payload
  }

  /// The payload when this event is of its type, `nil` when it is of another.
  ///
  /// - Throws: `DecodingError` where the data does not have the payload's shape.
  @inlinable public func payload<Payload: EventPayload>(_: Payload.Type) throws -> Payload? {
    if let payload { return Swift.type(of: payload) == Payload.self ? payload as? Payload : nil }
    return type == Payload.type ? try Payload(json: data) : nil
  }
}

/// The data of one type of event. The type's name is `noun.verb_past`.
public protocol EventPayload: Codable, Sendable {
  static var type: EventType { get }
  static var version: Int { get }
  init(json: JSON) throws
  var json: JSON { get throws }
}

extension EventPayload {
  public static var version: Int { 1 }
  public init(json: JSON) throws { self = try json.decode(Self.self) }
  public var json: JSON { get throws { try JSON(encoding: self) } }
}

/// An event that has been decided but has no place in the journal yet.
public struct Draft: Sendable {
  public var payload: any EventPayload
  public var subject: Subject
  /// `nil`: the actor of the command, or of the event reacted to.
  public var actor: Actor?

  public init(_ payload: any EventPayload, subject: Subject, actor: Actor? = nil) {
    self.payload = payload
    self.subject = subject
    self.actor = actor
  }
}
