import Base

/// What people answer to a text message: `ACK 1234`, `RES 1234`, `RES 1234 no`, or the field's `4` and `6`; and when
/// they are asked whether there was something to do, `YES 1234`.
public struct ShortReply: Sendable, Hashable {
  public enum Action: Sendable, Hashable {
    case acknowledge, resolve
    /// Only says whether there was something to do.
    case judge
  }

  public var action: Action
  /// Which alert; `nil` where only the verb was written.
  public var code: String?
  /// Every alert that the person was paged for.
  public var all: Bool

  /// Whether there was something to do, where they say.
  public var actionable: Bool?

  public init(action: Action, code: String? = nil, all: Bool = false, actionable: Bool? = nil) {
    self.action = action
    self.code = code
    self.all = all
    self.actionable = actionable
  }

  /// Reads a message of any length; `nil` where it is none of these.
  public init?(_ text: String) {
    let words = text.prefix(200).split { !($0.isLetter || $0.isNumber) }.map { $0.lowercased() }
    guard let verb = words.first, words.count <= 3 else { return nil }
    var rest = words.dropFirst()
    switch verb {
    case "ack", "acknowledge", "acked", "4": action = .acknowledge
    case "res", "resolve", "resolved", "6":
      action = .resolve
      actionable = rest.last.flatMap(Self.answer)
      if actionable != nil { rest = rest.dropLast() }
    default:
      guard let said = Self.answer(verb) else { return nil }
      action = .judge
      actionable = said
    }
    guard rest.count <= 1 else { return nil }
    all = rest.first == "all" && action != .judge
    code = all ? nil : rest.first
    if let code, !(code.utf8.count == Self.digits && code.utf8.allSatisfy { (48...57).contains($0) }) { return nil }
  }

  private static func answer(_ word: String) -> Bool? {
    switch word {
    case "yes", "y": true
    case "no", "n": false
    default: nil
    }
  }

  private static let digits = 4

  /// Four digits that stand for an alert among those that a person was paged for. Two of a person's alerts may share
  /// them once in ten thousand pairs; the answer then asks which.
  public static func code(of alert: ULID) -> String {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in alert.description.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let number = String(value % 10_000)
    return String(repeating: "0", count: digits - number.utf8.count) + number
  }
}
