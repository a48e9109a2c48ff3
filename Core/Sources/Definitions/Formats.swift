/// The text formats of names, labels and the like, which Backstage and OpenSLO took over from Kubernetes.
public enum Formats {
  /// A DNS label of RFC 1123: 1 to 63 of `a-z 0-9 -`, starting and ending with a letter or digit.
  public static func isDNSLabel(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
    return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
      && bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == 0x2D }
  }

  /// DNS labels joined by dots, at most 253 bytes.
  public static func isDNSSubdomain(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isDNSLabel($0) }
  }

  /// 1 to 63 of `a-z A-Z 0-9 - _ .`, starting and ending with a letter or digit.
  public static func isObjectName(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
  }

  /// `[prefix/]name` with a DNS subdomain as prefix and an object name: keys of labels and annotations.
  public static func isPrefixedName(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return switch parts.count {
    case 1: isObjectName(parts[0])
    case 2: isDNSSubdomain(parts[0]) && isObjectName(parts[1])
    default: false
    }
  }

  /// A label's value: empty or an object name.
  public static func isLabelValue(_ text: some StringProtocol) -> Bool { text.isEmpty || isObjectName(text) }

  /// A tag: 1 to 63 of `a-z 0-9 : + #`, in groups joined by single hyphens.
  public static func isTag(_ text: some StringProtocol) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 63 else { return false }
    return text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { group in
      !group.isEmpty
        && group.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == 0x3A || $0 == 0x2B || $0 == 0x23 }
    }
  }

  /// A kind: a letter, then letters and digits, at most 63.
  public static func isKind(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, bytes.count <= 63 else { return false }
    return isLetter(first) && bytes.allSatisfy(isAlphanumeric)
  }

  /// `[group/]version`, as in `openslo/v1` or `v1`.
  public static func isAPIVersion(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let version = parts.last, (1...63).contains(version.utf8.count),
      version.utf8.allSatisfy({
        isAlphanumeric($0) || $0 == 0x2E
      })
    else { return false }
    // Without a group the text must at least look like a version: `v1`, `v1beta1`, `1.0`.
    if parts.count == 1 { return looksLikeVersion(version) }
    return parts.count == 2 && isDNSSubdomain(parts[0])
  }

  private static func looksLikeVersion(_ text: some StringProtocol) -> Bool {
    let digits = text.hasPrefix("v") || text.hasPrefix("V") ? text.dropFirst() : text[...]
    guard let first = digits.utf8.first else { return false }
    return isDigit(first)
  }

  /// A URL with a scheme, such as `https://example.org/a` or `mailto:sre@example.org`.
  public static func isURL(_ text: some StringProtocol) -> Bool {
    guard let colon = text.utf8.firstIndex(of: 0x3A) else { return false }
    let scheme = Array(text.utf8[..<colon])
    let rest = text.utf8[text.utf8.index(after: colon)...]
    guard let first = scheme.first, isLetter(first), !rest.isEmpty,
      scheme.allSatisfy({ isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E }),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else { return false }
    guard ["http", "https", "ws", "wss", "ftp"].contains(String(decoding: scheme, as: UTF8.self).lowercased()) else {
      return true
    }
    // These need a host.
    let host = rest.drop(while: { $0 == 0x2F }).prefix(while: { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 })
    return !host.isEmpty
  }

  /// An address for mail, as far as it can be told without asking its server: one `@` with text on both sides.
  public static func isMailAddress(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && text.utf8.allSatisfy { $0 > 0x20 }
  }

  /// A number in international form: `+` and 7 to 15 digits, the first not 0 (E.164).
  public static func isPhoneNumber(_ text: some StringProtocol) -> Bool {
    let digits = text.utf8.dropFirst()
    return text.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count) && digits.allSatisfy(isDigit)
      && digits.first != UInt8(ascii: "0")
  }

  /// A topic of an ntfy server.
  public static func isTopic(_ text: some StringProtocol) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte) }
}
