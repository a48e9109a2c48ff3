import Base
import Events
import Journal

/// What somebody types after `/incident` in a chat.
///
///     declare [private] [SEV-2] [playback:] what is wrong
///     list · show N · ack N · update N text · resolve N [why]
public enum SlashCommand: Equatable, Sendable {
  case declare(severity: IncidentSeverity, service: String?, title: String, isPrivate: Bool)
  case list
  case show(Int)
  case acknowledge(Int)
  case update(Int, String)
  case resolve(Int, String?)

  public static let usage =
    "/incident declare SEV-2 playback: what is wrong · list · show 12 · ack 12 · update 12 what is known · "
    + "resolve 12 why"

  public static let example = "/incident declare SEV-2 playback: no video starts"

  /// Whether somebody typed no more than that they want to declare: a dialog can ask for the rest.
  public static func asksForDialog(_ text: String) -> Bool {
    var words = Words(text)
    guard let first = words.next()?.lowercased() else { return true }
    return ["declare", "open", "new"].contains(first) && words.text.isEmpty
  }

  /// Who is unsure takes the higher; between the middle two that is this one.
  public static let unsure = IncidentSeverity.sev2

  /// - Parameter services: the names in the catalog; what stands before a colon and is none of them belongs to the
  ///   title.
  public init(parsing text: String, services: Set<String>) throws(Refusal) {
    var rest = Words(text)
    switch rest.next()?.lowercased() {
    case "declare", "open", "new": self = try Self.declaration(&rest, services)
    case "list": self = .list
    case "show", "status": self = .show(try rest.number())
    case "ack", "acknowledge", "take": self = .acknowledge(try rest.number())
    case "update":
      let number = try rest.number()
      guard !rest.text.isEmpty else { throw Refusal(.invalid, "Say what is known: /incident update \(number) text") }
      self = .update(number, rest.text)
    case "resolve", "close":
      let number = try rest.number()
      self = .resolve(number, rest.text.isEmpty ? nil : rest.text)
    default: throw Refusal(.invalid, "I understand: \(Self.usage)")
    }
  }

  private static func declaration(_ rest: inout Words, _ services: Set<String>) throws(Refusal) -> SlashCommand {
    var severity: IncidentSeverity?
    var isPrivate = false
    while let word = rest.peek()?.uppercased() {
      if word == "PRIVATE", !isPrivate {
        isPrivate = true
      } else if severity == nil, let named = Self.severity(word) {
        severity = named
      } else {
        break
      }
      _ = rest.next()
    }
    var service: String?
    if let word = rest.peek(), word.hasSuffix(":"), services.contains(String(word.dropLast())) {
      service = String(word.dropLast())
      _ = rest.next()
    }
    guard !rest.text.isEmpty else {
      throw Refusal(.invalid, "Say what is wrong: \(example)")
    }
    return .declare(severity: severity ?? unsure, service: service, title: rest.text, isPrivate: isPrivate)
  }

  /// `SEV-2` and `sev2` are the same.
  static func severity(_ word: String) -> IncidentSeverity? {
    let digits = word.filter { $0.isASCII && $0.isNumber }
    guard ["SEV-\(digits)", "SEV\(digits)"].contains(word) else { return nil }
    return IncidentSeverity(rawValue: "SEV-\(digits)")
  }

  /// Reads word by word and leaves the rest as it was written.
  private struct Words {
    private var rest: Substring

    init(_ text: String) {
      rest = text[...]
      trim()
    }

    var text: String {
      var text = rest
      while text.last?.isWhitespace == true { text.removeLast() }
      return String(text)
    }

    func peek() -> String? {
      let word = rest.prefix { !$0.isWhitespace }
      return word.isEmpty ? nil : String(word)
    }

    mutating func next() -> String? {
      guard let word = peek() else { return nil }
      rest = rest.dropFirst(word.count)
      trim()
      return word
    }

    mutating func number() throws(Refusal) -> Int {
      let word = next() ?? ""
      guard let number = Int(word.hasPrefix("#") ? String(word.dropFirst()) : word), number > 0 else {
        throw Refusal(.invalid, "Name the incident by its number, for example 12; I understand: \(SlashCommand.usage)")
      }
      return number
    }

    private mutating func trim() { rest = rest.drop { $0.isWhitespace } }
  }
}
