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
  /// The type of the payload that the data was encoded from. Every fold asks for the payloads it knows, so that saying
  /// no has to cost nothing.
  @usableFromInline let payloadType: ObjectIdentifier?
  /// That payload, a `Kept` of the type: folding a fresh event does not decode it again.
  @usableFromInline let payload: (any AnyObject & Sendable)?

  @usableFromInline final class Kept<Payload: EventPayload>: Sendable {
    @usableFromInline let payload: Payload
    init(_ payload: Payload) { self.payload = payload }
  }

  /// Data that came from a payload which writes its own text is kept as that: few ask for the value.
  private enum Content: Sendable {
    case value(JSON)
    case text([UInt8])
  }

  private let content: Content

  public var data: JSON {
    switch content {
    case .value(let data): data
    // Written by `JSONObjectText`, which a test holds against the parser.
    case .text(let bytes): (try? JSON(parsing: bytes, limits: .own)) ?? .null
    }
  }

  /// The compact text of the data, as UTF-8.
  public var dataText: [UInt8] {
    switch content {
    case .value(let data): data.bytes
    case .text(let bytes): bytes
    }
  }

  /// An event that has just been decided.
  ///
  /// - Throws: `EncodingError` where the payload has no JSON.
  init(
    _ payload: some EventPayload, sequence: Int64, id: ULID, time: Instant, subject: Subject, actor: Actor, cause: ULID?
  ) throws {
    self.sequence = sequence
    self.id = id
    self.time = time
    type = Swift.type(of: payload).type
    typeVersion = Swift.type(of: payload).version
    self.subject = subject
    self.actor = actor
    self.cause = cause
    content = if let text = payload.jsonText { .text(text) } else { .value(try payload.json) }
    (payloadType, self.payload) = Self.keep(payload)
  }

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
    content = .value(data)
    (payloadType, self.payload) = payload.map { Self.keep($0) } ?? (nil, nil)
  }

  private static func keep<Payload: EventPayload>(
    _ payload: Payload
  ) -> (ObjectIdentifier?, (any AnyObject & Sendable)?) {
    (ObjectIdentifier(Payload.self), Kept(payload))
  }

  /// The payload when this event is of its type, `nil` when it is of another.
  ///
  /// - Throws: `DecodingError` where the data does not have the payload's shape.
  @inlinable public func payload<Payload: EventPayload>(_: Payload.Type) throws -> Payload? {
    if let payload {
      guard payloadType == ObjectIdentifier(Payload.self) else { return nil }
      return unsafeDowncast(payload, to: Kept<Payload>.self).payload
    }
    return type == Payload.type ? try Payload(json: data) : nil
  }
}

/// The data of one type of event. The type's name is `noun.verb_past`.
public protocol EventPayload: Codable, Sendable {
  static var type: EventType { get }
  static var version: Int { get }
  init(json: JSON) throws
  var json: JSON { get throws }
  /// The text of `json` where the payload writes it without making the value; `nil` for all others.
  var jsonText: [UInt8]? { get }
}

extension EventPayload {
  public static var version: Int { 1 }
  public init(json: JSON) throws { self = try json.decode(Self.self) }
  public var json: JSON { get throws { try JSON(encoding: self) } }
  public var jsonText: [UInt8]? { nil }
}

/// An event that has been decided but has no place in the journal yet.
public struct Draft: Sendable {
  public var payload: any EventPayload
  public var subject: Subject
  /// `nil`: the actor of the command, or of the event reacted to.
  public var actor: Actor?
  /// Whether it happens only after all that follows from the drafts before it; see `Emitter.divide`.
  var isApart: Bool

  init(_ payload: any EventPayload, subject: Subject, actor: Actor?, isApart: Bool) {
    self.payload = payload
    self.subject = subject
    self.actor = actor
    self.isApart = isApart
  }
}
