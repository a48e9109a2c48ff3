import Base

/// Times, lengths and shares as readers anywhere understand them.
enum StatusWords {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `21 Nov 2026`
  static func date(_ date: CivilDate) -> String { "\(date.day) \(months[date.month - 1]) \(date.year)" }

  /// `Nov 2026`
  static func month(_ date: CivilDate) -> String { "\(months[date.month - 1]) \(date.year)" }

  /// `21 Nov 2026, 14:02 UTC`
  static func time(_ instant: Instant) -> String {
    let (date, clock) = parts(instant)
    return "\(Self.date(date)), \(clock.prefix(5)) UTC"
  }

  /// To the second, in UTC: `2026-11-21T14:02:11Z`.
  static func stamp(_ instant: Instant) -> String { instant.floored(to: .seconds(1)).rfc3339 }

  /// As RSS 2.0 takes it from RFC 822: `Sat, 21 Nov 2026 14:02:11 +0000`.
  static func rfc822(_ instant: Instant) -> String {
    let (date, clock) = parts(instant)
    let day = date.weekday.rawValue
    let number = date.day < 10 ? "0\(date.day)" : "\(date.day)"
    return "\(day.prefix(1).uppercased())\(day.dropFirst().prefix(2)), \(number) \(months[date.month - 1]) "
      + "\(date.year) \(clock) +0000"
  }

  /// `3 min`, `2 h 5 min`, `4 d 1 h`.
  static func length(_ length: Interval) -> String {
    let minutes = Int64((length.seconds / 60).rounded(.up))
    if minutes < 60 { return "\(minutes) min" }
    if minutes < 48 * 60 { return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min" }
    let hours = minutes / 60
    return hours % 24 == 0 ? "\(hours / 24) d" : "\(hours / 24) d \(hours % 24) h"
  }

  /// `99.98 %`, rounded down: only what was never down reads 100 %.
  static func percent(_ share: Double) -> String {
    let share = share.isFinite ? min(1, max(0, share)) : 0
    let thousandths = Int((share * 100_000 + 1e-6).rounded(.down))
    guard thousandths < 100_000 else { return "100 %" }
    let fraction = String(thousandths % 1_000)
    return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) %"
  }

  private static func parts(_ instant: Instant) -> (CivilDate, String) {
    let civil = CivilDateTime(clockSeconds: Int(instant.seconds))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return (civil.date, "\(two(civil.time.hour)):\(two(civil.time.minute)):\(two(civil.time.second))")
  }
}
