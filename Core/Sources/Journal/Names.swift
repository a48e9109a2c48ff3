/// A name in the form the journal stores: a thin wrapper over a string that keeps the kinds apart.
public protocol JournalName: Hashable, Comparable, Sendable, Codable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  var text: String { get }
  init(_ text: String)
}

extension JournalName {
  public var description: String { text }
  public init(stringLiteral value: String) { self.init(value) }
  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// The type of an event: `alert.fired`.
public struct EventType: JournalName {
  public let text: String
  public init(_ text: String) { self.text = text }
}

/// What an event is about: a kind and an id, `alert/01J9…`.
public struct Subject: JournalName {
  public let text: String
  /// The bytes before the first slash. Every fold asks for the kind of every event, so it is looked for once.
  private let kindLength: Int

  public init(_ text: String) {
    self.text = text
    kindLength =
      text.utf8.firstIndex(of: UInt8(ascii: "/")).map { text.utf8.distance(from: text.startIndex, to: $0) } ?? -1
  }

  public init(_ kind: String, _ id: some CustomStringConvertible) { self.init("\(kind)/\(id)") }

  /// The part before the first slash.
  public var kind: Substring { kindLength < 0 ? text[...] : text[..<place(kindLength)] }

  /// The part after the first slash.
  public var id: Substring { kindLength < 0 ? text[text.endIndex...] : text[place(kindLength + 1)...] }

  private func place(_ bytes: Int) -> String.Index { text.utf8.index(text.startIndex, offsetBy: bytes) }
}

/// Who did something: `user/ana`, `system/slo`, `token/ci`.
public struct Actor: JournalName {
  public let text: String
  public init(_ text: String) { self.text = text }
  public static func user(_ name: String) -> Actor { Actor("user/\(name)") }
  public static func system(_ part: String) -> Actor { Actor("system/\(part)") }
}
