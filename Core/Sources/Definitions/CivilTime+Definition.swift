import Base

/// Local times as definitions write them: to the minute.
extension CivilTime {
  /// Reads `hh:mm`, with seconds where they are zero; `24:00` is not a time.
  init?(definition text: some StringProtocol) {
    guard let time = CivilTime(isoText: text), time.second == 0 else { return nil }
    self = time
  }
}

extension CivilDateTime {
  /// Reads `YYYY-MM-DDThh:mm`, with a blank in place of the `T` too, and with seconds where they are zero.
  init?(definition text: some StringProtocol) {
    guard let separator = text.dropFirst(10).first, separator == "T" || separator == " ",
      let date = CivilDate(isoText: text.prefix(10)), let time = CivilTime(definition: text.dropFirst(11))
    else { return nil }
    self.init(date: date, time: time)
  }

  /// Stands where a time could not be read.
  static let placeholder = CivilDateTime(date: CivilDate(dayNumber: 0), time: .midnight)
}

extension Fields {
  func localTime(_ key: String) -> CivilTime? {
    let text = string(key)
    if text.isEmpty { return nil }
    guard let time = CivilTime(definition: text) else {
      error(key, "\(quoted(text)) is not a time of day; write it as \"09:00\"")
      return nil
    }
    return time
  }

  func localDateTime(_ key: String) -> CivilDateTime? {
    if has(key) { return localDateTime(ifPresent: key) }
    missing(key, "a local time such as 2026-01-05T09:00")
    return nil
  }

  func localDateTime(ifPresent key: String) -> CivilDateTime? {
    guard let text = string(ifPresent: key) else { return nil }
    guard let value = CivilDateTime(definition: text) else {
      error(key, "\(quoted(text)) is not a local time; write it without a zone, as 2026-01-05T09:00")
      return nil
    }
    return value
  }
}
