/// A mail address with an optional name (RFC 5322, section 3.4).
public struct Mailbox: Sendable, Hashable {
  public var name: String?
  public var address: String

  public init(name: String? = nil, address: String) {
    self.name = name
    self.address = address
  }

  /// Reads `ana@example.com` or `Ana Example <ana@example.com>`; `nil` where no address stands.
  public init?(_ text: String) {
    var rest = text[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    guard rest.last == ">", let open = rest.lastIndex(of: "<") else {
      guard Self.isAddress(String(rest)) else { return nil }
      self.init(address: String(rest))
      return
    }
    let address = String(rest[rest.index(after: open)...].dropLast())
    guard Self.isAddress(address) else { return nil }
    var name = rest[..<open]
    while name.last?.isWhitespace == true { name.removeLast() }
    if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
    guard !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return nil }
    self.init(name: name.isEmpty ? nil : String(name), address: address)
  }

  /// The part after the at sign.
  var domain: String { address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? "localhost" }

  /// Something with an at sign that fits between angle brackets of a command and a header. Whether the mailbox
  /// exists is the server's to say. Quoted local parts are not taken: nobody has one, and they can hold anything.
  static func isAddress(_ text: String) -> Bool {
    guard text.utf8.count <= 254, let at = text.lastIndex(of: "@"), at != text.startIndex else { return false }
    guard text.index(after: at) != text.endIndex else { return false }
    return text.unicodeScalars.allSatisfy {
      $0.value > 32 && $0.value != 127 && !"<>()[],;:\\\" ".unicodeScalars.contains($0)
        && $0.properties.generalCategory != .control && !$0.properties.isWhitespace
    } && !text[..<at].contains("@")
  }
}
