import Base

/// What people answer to a text message: `ACK 1234`, `RES 1234`, or the field's `4` and `6`.
public struct ShortReply: Sendable, Hashable {
  public enum Action: Sendable, Hashable { case acknowledge, resolve }

  public var action: Action
  /// Which alert; `nil` where only the verb was written.
  public var code: String?
  /// Every alert that the person was paged for.
  public var all: Bool

  public init(action: Action, code: String? = nil, all: Bool = false) {
    self.action = action
    self.code = code
    self.all = all
  }

  /// Reads a message of any length; `nil` where it is none of these.
  public init?(_ text: String) {
    let words = text.prefix(200).split { !($0.isLetter || $0.isNumber) }.map { $0.lowercased() }
    guard let verb = words.first, words.count <= 2 else { return nil }
    switch verb {
    case "ack", "acknowledge", "acked", "4": action = .acknowledge
    case "res", "resolve", "resolved", "6": action = .resolve
    default: return nil
    }
    let rest = words.dropFirst().first
    all = rest == "all"
    code = all ? nil : rest
    if let code, !(code.utf8.count == Self.digits && code.utf8.allSatisfy { (48...57).contains($0) }) { return nil }
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
