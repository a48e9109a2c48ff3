import Base

/// How old events are read: for each type, steps that turn the data of one version into the next one's.
///
/// Events are never rewritten; the steps run each time an old one is read. A step is pure and total over the data that
/// its version ever had.
public struct Upcasters: Sendable {
  public typealias Step = @Sendable (JSON) throws -> JSON

  private struct Key: Hashable {
    let type: EventType
    let version: Int
  }

  private var steps: [Key: Step] = [:]
  private var current: [EventType: Int] = [:]

  public init() {}

  /// The version of the type this program writes. An event of a later version, left by a newer program, is then
  /// refused with a message instead of being misread.
  public mutating func declare(_ type: EventType, version: Int) { current[type] = version }

  public mutating func declare<Payload: EventPayload>(_: Payload.Type) {
    declare(Payload.type, version: Payload.version)
  }

  /// Registers the step from one version to the next.
  public mutating func add(_ type: EventType, from version: Int, step: @escaping Step) {
    precondition(steps.updateValue(step, forKey: Key(type: type, version: version)) == nil, "two steps for \(type)")
  }

  /// The declared types whose versions are not all reachable: a defect that a test should find.
  public func gaps() -> [String] {
    current.sorted { $0.key < $1.key }.flatMap { type, version in
      (1..<max(version, 1)).filter { steps[Key(type: type, version: $0)] == nil }.map {
        "\(type): no step from version \($0) to \($0 + 1)"
      }
    }
  }

  /// The event with its data in the newest version's shape.
  ///
  /// - Throws: `UnreadableEvent` where the event is of a later version than this program knows, or a step fails.
  public func upcast(_ event: Event) throws -> Event {
    if let known = current[event.type], event.typeVersion > known {
      throw UnreadableEvent(
        sequence: event.sequence, type: event.type,
        reason: "version \(event.typeVersion) is newer than this program's \(known); run the newer program")
    }
    guard !steps.isEmpty, var step = steps[Key(type: event.type, version: event.typeVersion)] else { return event }
    var (data, version) = (event.data, event.typeVersion)
    while true {
      do { data = try step(data) } catch {
        throw UnreadableEvent(
          sequence: event.sequence, type: event.type, reason: "cannot be read as version \(version + 1): \(error)")
      }
      version += 1
      guard let next = steps[Key(type: event.type, version: version)] else { break }
      step = next
    }
    return event.with(data: data, typeVersion: version)
  }
}

/// An event in the journal that this program cannot read.
public struct UnreadableEvent: Error, CustomStringConvertible {
  public let sequence: Int64
  public let type: EventType
  public let reason: String

  public init(sequence: Int64, type: EventType, reason: String) {
    self.sequence = sequence
    self.type = type
    self.reason = reason
  }

  public var description: String { "event \(sequence) (\(type)) \(reason)" }
}

extension Event {
  /// The same event with other data: upcast, or with personal data resolved.
  func with(data: JSON, typeVersion: Int) -> Event {
    Event(
      sequence: sequence, id: id, time: time, type: type, typeVersion: typeVersion, subject: subject, actor: actor,
      cause: cause, data: data)
  }
}
