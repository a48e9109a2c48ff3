/// One attribute. Names are literals of this program; values are escaped when they are written, and values of
/// attributes that name a resource are refused unless their scheme is harmless.
public struct Attribute: Sendable {
  let name: StaticString
  /// A suffix of the name for `data-` and `aria-`.
  let suffix: StaticString
  /// `nil` for a boolean attribute that is present.
  let value: String?

  init(_ name: StaticString, suffix: StaticString = "", value: String?) {
    self.name = name
    self.suffix = suffix
    self.value = value
  }

  /// An attribute by its name. There is no way to write an event handler or inline style: the content security
  /// policy would block both.
  public static func attr(_ name: StaticString, _ value: String) -> Attribute {
    Attribute(name, value: value)
  }

  /// A number, with at most two digits after the point: coordinates in SVG.
  public static func attr(_ name: StaticString, _ value: Double) -> Attribute {
    Attribute(name, value: Format.short(value))
  }

  public static func flag(_ name: StaticString, _ present: Bool = true) -> Attribute? {
    present ? Attribute(name, value: nil) : nil
  }

  public static func `class`(_ value: String) -> Attribute { Attribute("class", value: value) }
  public static func id(_ value: String) -> Attribute { Attribute("id", value: value) }
  public static func title(_ value: String) -> Attribute { Attribute("title", value: value) }
  public static func type(_ value: String) -> Attribute { Attribute("type", value: value) }
  public static func name(_ value: String) -> Attribute { Attribute("name", value: value) }
  public static func value(_ value: String) -> Attribute { Attribute("value", value: value) }
  public static func role(_ value: String) -> Attribute { Attribute("role", value: value) }
  public static func `for`(_ value: String) -> Attribute { Attribute("for", value: value) }
  public static func method(_ value: String) -> Attribute { Attribute("method", value: value) }
  public static func aria(_ name: StaticString, _ value: String) -> Attribute {
    Attribute("aria-", suffix: name, value: value)
  }
  public static func data(_ name: StaticString, _ value: String) -> Attribute {
    Attribute("data-", suffix: name, value: value)
  }

  public static func href(_ url: String) -> Attribute { Attribute("href", value: SafeURL.check(url)) }
  public static func src(_ url: String) -> Attribute { Attribute("src", value: SafeURL.check(url)) }
  public static func action(_ url: String) -> Attribute { Attribute("action", value: SafeURL.check(url)) }
}

/// Which addresses may stand in a page: a path of this server, `http`, `https` and `mailto`. Anything else
/// (`javascript:`, `data:`, a scheme hidden behind control characters, `//host` that looks like a path) becomes `#`.
enum SafeURL {
  static func check(_ url: String) -> String {
    if url.hasPrefix("//") || url.hasPrefix("/\\") { return "#" }
    var scheme = ""
    for byte in url.utf8 {
      switch byte {
      case 0...32, 127: return "#"
      case UInt8(ascii: ":"):
        return ["http", "https", "mailto"].contains(scheme.lowercased()) ? url : "#"
      case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return url
      default: scheme.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return url
  }

  /// A path segment or query value, percent-encoded except for unreserved characters.
  static func encode(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
