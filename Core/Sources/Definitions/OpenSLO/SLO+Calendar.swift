import Base

extension SLOSpec {
  /// `calendar`: when the first period began, and in which zone.
  static func calendar(_ fields: Fields) -> (CivilDateTime, String)? {
    fields.object(ifPresent: "calendar") { fields -> (CivilDateTime, String) in
      let text = fields.string("startTime")
      let start = CivilDateTime(openSLO: text)
      if !text.isEmpty, start == nil {
        fields.error("startTime", "\(quoted(text)) is not a time; write it as 2026-01-31 09:00:00")
      }
      return (start ?? .placeholder, fields.timeZone("timeZone"))
    }
  }
}

extension CivilDateTime {
  /// Reads `YYYY-MM-DD hh:mm:ss`, the form of OpenSLO's `startTime`.
  init?(openSLO text: String) {
    guard text.utf8.count == 19, text.dropFirst(10).first == " ", let date = CivilDate(isoText: text.prefix(10)),
      let time = CivilTime(isoText: text.dropFirst(11))
    else { return nil }
    self.init(date: date, time: time)
  }
}
