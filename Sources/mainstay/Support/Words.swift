import Base

/// Times, shares and lengths as a terminal shows them.
enum Words {
  /// `3 min ago`; on a wide terminal followed by the absolute time.
  static func time(_ time: Instant?, now: Instant, wide: Bool = Terminal.width >= 140) -> String? {
    guard let time else { return nil }
    let distance = now - time
    let words = distance < .zero ? "in \(length(.zero - distance))" : "\(length(distance)) ago"
    return wide ? "\(words) (\(stamp(time)))" : words
  }

  /// To the second, in UTC.
  static func stamp(_ time: Instant) -> String { time.floored(to: .seconds(1)).rfc3339 }

  /// In its largest unit: `45 s`, `3 min`, `5 h`, `12 d`.
  static func length(_ length: Interval) -> String {
    let seconds = Int64(length.seconds)
    return switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7_200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3_600) h"
    default: "\(seconds / 86_400) d"
    }
  }

  /// `99.95%` of 0.9995.
  static func percent(_ share: Double?, digits: Int = 2) -> String? {
    share.map { "\(decimal($0 * 100, digits))%" }
  }

  /// With so many digits after the point.
  static func decimal(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale: Int64 = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int64((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }

  /// `atRisk` → `at risk`, as the pages say it.
  static func state(_ word: String?) -> String? {
    guard let word else { return nil }
    var result = ""
    for character in word {
      if character.isUppercase { result += " " }
      result += character.lowercased()
    }
    return result
  }
}

extension JSON {
  /// A time member.
  func time(_ key: String) -> Instant? { self[key]?.string.flatMap { Instant(rfc3339: $0) } }
  func text(_ key: String) -> String? { self[key]?.string }
  func number(_ key: String) -> Double? { self[key]?.double }
  /// A length written as text, such as `5m`.
  func length(_ key: String) -> Interval? { self[key]?.string.flatMap { Interval(text: $0) } }
}
