import Base

/// A time of day on a clock, to the minute.
public struct LocalTime: Hashable, Sendable, Comparable {
  public var hour: Int
  public var minute: Int

  public init(hour: Int, minute: Int) {
    self.hour = hour
    self.minute = minute
  }

  /// Reads `hh:mm`; `24:00` is not a time.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || (parts.count == 3 && parts[2] == "00"),
      parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
    else { return nil }
    self.init(hour: hour, minute: minute)
  }

  public static let midnight = LocalTime(hour: 0, minute: 0)

  public static func < (lhs: LocalTime, rhs: LocalTime) -> Bool {
    (lhs.hour, lhs.minute) < (rhs.hour, rhs.minute)
  }
}

/// A date and a time of day without a zone.
public struct LocalDateTime: Hashable, Sendable {
  public var date: CivilDate
  public var time: LocalTime

  public init(date: CivilDate, time: LocalTime) {
    self.date = date
    self.time = time
  }

  /// Reads `YYYY-MM-DDThh:mm`, with a blank in place of the `T` too, and with seconds where they are zero.
  public init?(_ text: some StringProtocol) {
    guard text.utf8.count >= 16, let separator = text.dropFirst(10).first, separator == "T" || separator == " ",
      let date = CivilDate(isoText: text.prefix(10)), let time = LocalTime(text.dropFirst(11))
    else { return nil }
    self.init(date: date, time: time)
  }

  static let placeholder = LocalDateTime(date: CivilDate(dayNumber: 0), time: .midnight)
}

extension Fields {
  func localTime(_ key: String) -> LocalTime? {
    let text = string(key)
    if text.isEmpty { return nil }
    guard let time = LocalTime(text) else {
      error(key, "\(quoted(text)) is not a time of day; write it as \"09:00\"")
      return nil
    }
    return time
  }

  func localDateTime(_ key: String) -> LocalDateTime? {
    if has(key) { return localDateTime(ifPresent: key) }
    missing(key, "a local time such as 2026-01-05T09:00")
    return nil
  }

  func localDateTime(ifPresent key: String) -> LocalDateTime? {
    guard let text = string(ifPresent: key) else { return nil }
    guard let value = LocalDateTime(text) else {
      error(key, "\(quoted(text)) is not a local time; write it without a zone, as 2026-01-05T09:00")
      return nil
    }
    return value
  }
}

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
