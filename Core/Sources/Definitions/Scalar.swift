import Base

/// A single value as it was written, and what it means under the core schema of YAML 1.2.
public struct Scalar: Hashable, Sendable {
  public enum Meaning: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case float(Double)
    case string
  }

  /// The characters of the value, quotes and escapes resolved.
  public var text: String
  public var meaning: Meaning

  public init(text: String, meaning: Meaning) {
    self.text = text
    self.meaning = meaning
  }

  /// A quoted or block scalar: always text.
  public static func quoted(_ text: String) -> Scalar { Scalar(text: text, meaning: .string) }

  /// A plain scalar, resolved by the core schema (YAML 1.2.2, 10.3.2). `yes`, `on` and `2026-01-01` are text;
  /// `010` is ten; an integer beyond 64 bits is a float.
  public static func plain(_ text: String) -> Scalar { Scalar(text: text, meaning: resolve(text)) }

  private static func resolve(_ text: String) -> Meaning {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: break
    }
    guard let first = text.utf8.first, isDigit(first) || first == 0x2B || first == 0x2D || first == 0x2E else {
      return .string
    }
    return number(text) ?? .string
  }

  private static func number(_ text: String) -> Meaning? {
    if text.hasPrefix("0x") { return Int64(text.dropFirst(2), radix: 16, digits: isHexDigit).map { .int($0) } }
    if text.hasPrefix("0o") { return Int64(text.dropFirst(2), radix: 8, digits: isDigit).map { .int($0) } }
    var rest = text.utf8[...]
    if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    if rest.isEmpty, !whole.isEmpty {
      if let value = Int64(text) { return .int(value) }
      return Double(text).map { .float($0) }
    }
    var fraction = 0
    if rest.first == 0x2E {
      rest = rest.dropFirst()
      let digits = rest.prefix(while: isDigit)
      fraction = digits.count
      rest = rest.dropFirst(digits.count)
    }
    guard !whole.isEmpty || fraction > 0 else { return nil }
    if rest.first == 0x65 || rest.first == 0x45 {
      rest = rest.dropFirst()
      if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
      let digits = rest.prefix(while: isDigit)
      guard !digits.isEmpty else { return nil }
      rest = rest.dropFirst(digits.count)
    }
    guard rest.isEmpty else { return nil }
    return parseDouble(text).map { .float($0) }
  }

  /// `Double` refuses `.5` and `5.`, which YAML allows.
  private static func parseDouble(_ text: String) -> Double? {
    var text = text
    if text.hasSuffix(".") { text += "0" }
    if text.hasPrefix(".") { text = "0" + text }
    for sign in ["+.", "-."] where text.hasPrefix(sign) { text = String(text.first ?? "+") + "0" + text.dropFirst() }
    if let dot = text.firstIndex(of: "."), let next = text[dot...].dropFirst().first, next == "e" || next == "E" {
      text.insert("0", at: text.index(after: dot))
    }
    return Double(text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
  }

  var json: JSON {
    switch meaning {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .float(let value): value.isFinite ? .double(value) : .string(text)
    case .string: .string(text)
    }
  }
}

extension Int64 {
  /// Digits only: the initialiser of the standard library also takes a sign, which `0x-1` must not have.
  fileprivate init?(_ text: Substring, radix: Int, digits isDigit: (UInt8) -> Bool) {
    guard !text.isEmpty, text.utf8.allSatisfy(isDigit) else { return nil }
    self.init(text, radix: radix)
  }
}
