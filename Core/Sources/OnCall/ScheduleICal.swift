import Base

/// Shifts as an iCalendar feed (RFC 5545), for calendars that people subscribe to.
public enum ScheduleICal {
  /// The calendar's text, lines ended by CRLF. Times are in UTC, so that no calendar needs our zone. An event keeps
  /// its UID as long as its shift keeps its schedule, source and start.
  ///
  /// - Parameters:
  ///   - name: whose shifts they are, a schedule's or a person's.
  ///   - now: when the feed is made; calendars compare it.
  ///   - title: how a person is written, by default their name in the catalog.
  public static func text(
    of name: String, shifts: [ScheduledShift], now: Instant, title: (_ user: String) -> String = { $0 }
  ) -> String {
    var lines = ICalLines()
    lines.add("BEGIN", "VCALENDAR")
    lines.add("VERSION", "2.0")
    lines.add("PRODID", "-//Mainstay//On call//EN")
    lines.add("CALSCALE", "GREGORIAN")
    lines.add("METHOD", "PUBLISH")
    lines.add("NAME", escaped("On call: \(name)"))
    lines.add("X-WR-CALNAME", escaped("On call: \(name)"))
    lines.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
    lines.add("X-PUBLISHED-TTL", "PT1H")
    for entry in shifts {
      let (schedule, shift) = (entry.schedule, entry.shift)
      lines.add("BEGIN", "VEVENT")
      lines.add("UID", uid(of: shift, schedule: schedule))
      lines.add("DTSTAMP", time(now))
      lines.add("DTSTART", time(shift.start))
      lines.add("DTEND", time(shift.end))
      lines.add("SUMMARY", escaped("\(title(shift.user)) on call: \(schedule)"))
      lines.add("DESCRIPTION", escaped(reason(shift.source)))
      // Being on call does not make one busy.
      lines.add("TRANSP", "TRANSPARENT")
      lines.add("END", "VEVENT")
    }
    lines.add("END", "VCALENDAR")
    return lines.text
  }

  private static func reason(_ source: Shift.Source) -> String {
    switch source {
    case .layer(let name): "Layer: \(name)"
    case .override(let id): "Override: \(id)"
    }
  }

  private static func uid(of shift: Shift, schedule: String) -> String {
    let key: JSON = [.string(schedule), .string(reason(shift.source)), .int(shift.start.nanoseconds)]
    return SHA256.hex(key.text).prefix(32) + "@mainstay"
  }

  /// `20261121T032625Z`
  private static func time(_ instant: Instant) -> String {
    String(Instant(seconds: instant.seconds).rfc3339.filter { $0 != "-" && $0 != ":" })
  }

  /// RFC 5545, 3.3.11. Control characters have no place in a text.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", ";", ",":
        escaped.unicodeScalars.append("\\")
        escaped.unicodeScalars.append(scalar)
      case "\n": escaped += "\\n"
      default:
        if scalar.value >= 0x20 && scalar.value != 0x7F { escaped.unicodeScalars.append(scalar) }
      }
    }
    return escaped
  }
}

/// Content lines, folded so that none is longer than 75 octets and no character is cut (RFC 5545, 3.1).
private struct ICalLines {
  private(set) var text = ""

  mutating func add(_ name: String, _ value: String) {
    var octets = 0
    for scalar in "\(name):\(value)".unicodeScalars {
      let width = UTF8.width(scalar)
      if octets + width > 75 {
        text += "\r\n "
        octets = 1
      }
      text.unicodeScalars.append(scalar)
      octets += width
    }
    text += "\r\n"
  }
}
