/// A mention of a time zone. Whether it exists is for the one who has the system's zone files to say.
public struct TimeZoneMention: Hashable, Sendable {
  /// The field that holds it, such as `spec.timeZone`.
  public var field: String
  /// The IANA name as written.
  public var name: String
  public var position: Position

  public init(field: String, name: String, position: Position) {
    self.field = field
    self.name = name
    self.position = position
  }
}

extension Fields {
  /// The IANA name of a time zone, which must be there.
  func timeZone(_ key: String) -> String {
    if has(key) { return timeZone(ifPresent: key) ?? "" }
    missing(key, "an IANA name such as Europe/Lisbon")
    return ""
  }

  func timeZone(ifPresent key: String) -> String? {
    guard let name = string(ifPresent: key) else { return nil }
    let isName =
      !name.hasPrefix("/") && !name.contains("//")
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || [0x2F, 0x5F, 0x2B, 0x2D].contains(byte)
      }
    guard isName else {
      error(key, "\(quoted(name)) is not a time zone; write its IANA name, such as Europe/Lisbon")
      return nil
    }
    context.timeZones.append(TimeZoneMention(field: path(of: key), name: name, position: place(of: key)))
    return name
  }
}
