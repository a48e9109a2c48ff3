import Base

/// Numbers as text, without locale: a decimal point, and spaces between thousands.
enum Format {
  /// With exactly `digits` after the point. Not a number and infinities become a dash.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    let whole = (scaled / scale).rounded(.down)
    var text = value < 0 && scaled > 0 ? "−" : ""
    text += grouped(Int64(whole))
    guard digits > 0 else { return text }
    let fraction = String(Int64(scaled - whole * scale))
    return text + "." + String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
  }

  /// At most two digits after the point, none that are zero; for coordinates.
  static func short(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "0" }
    let hundredths = Int64((value * 100).rounded())
    var text = hundredths < 0 ? "-" : ""
    let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
    text += String(whole)
    if rest == 0 { return text }
    text += rest < 10 ? ".0" : "."
    return text + String(rest % 10 == 0 && rest >= 10 ? rest / 10 : rest)
  }

  /// A count: `1 234`, `12.3 k`, `4.56 M` from ten thousand on.
  static func count(_ value: Double) -> String {
    switch abs(value) {
    case ..<10_000: value == value.rounded() ? fixed(value, 0) : fixed(value, 1)
    case ..<1_000_000: fixed(value / 1_000, 1) + " k"
    case ..<1_000_000_000: fixed(value / 1_000_000, 2) + " M"
    default: fixed(value / 1_000_000_000, 2) + " G"
    }
  }

  /// A share as percent: `99.95 %`. As many digits as the objective needs to be told from 100.
  static func percent(_ share: Double, digits: Int = 1) -> String { fixed(share * 100, digits) + " %" }

  /// The share of good events, with enough digits that 0.99994 is not written as 100.
  static func ratio(_ share: Double) -> String {
    for digits in 2...5 {
      let text = fixed(share * 100, digits)
      if share == 1 || !text.hasPrefix("100") { return text + " %" }
    }
    return "99.99999 %"
  }

  /// An objective as it was written: `99.9 %`.
  static func objective(_ share: Double) -> String {
    var text = fixed(share * 100, 4)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text + " %"
  }

  /// A burn rate: `14.4×`.
  static func burn(_ rate: Double) -> String { fixed(rate, rate < 10 ? 2 : 1) + "×" }

  /// `1 alert`, `3 alerts`.
  static func plural(_ count: Int, _ word: String, _ plural: String? = nil) -> String {
    "\(grouped(Int64(count))) \(count == 1 ? word : plural ?? word + "s")"
  }

  /// `a`, `a and b`, `a, b and 3 more`.
  static func list(_ words: [String], showing limit: Int = 3) -> String {
    switch words.count {
    case 0: return ""
    case 1: return words[0]
    case ...limit: return words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    default:
      return words.prefix(limit - 1).joined(separator: ", ") + " and \(words.count - limit + 1) more"
    }
  }

  /// Thin spaces between groups of three.
  static func grouped(_ value: Int64) -> String {
    let digits = Array(String(value.magnitude))
    guard digits.count > 4 else { return (value < 0 ? "−" : "") + String(digits) }
    var text = value < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "\u{202F}" }
      text.append(digit)
    }
    return text
  }

  /// A length of time in at most two units: `3 d 4 h`, `12 min`, `45 s`.
  static func length(_ interval: Interval) -> String {
    let seconds = abs(interval.nanoseconds) / 1_000_000_000
    let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
    guard let first = units.firstIndex(where: { seconds >= $0.0 }) else {
      return interval.nanoseconds == 0 ? "0 s" : "\(abs(interval.nanoseconds) / 1_000_000) ms"
    }
    let major = seconds / units[first].0
    let text = "\(major) \(units[first].1)"
    guard first + 1 < units.count, major < 10 else { return text }
    let minor = seconds % units[first].0 / units[first + 1].0
    return minor == 0 ? text : "\(text) \(minor) \(units[first + 1].1)"
  }

  /// How long a request took: `31 ms`, `2.14 s`, `1 min 5 s`.
  static func took(_ interval: Interval) -> String {
    let seconds = interval.seconds
    if seconds >= 60 { return length(interval) }
    return seconds >= 1 ? "\(short(seconds)) s" : "\(short((seconds * 1_000).rounded())) ms"
  }

  /// A clock time's distance from now in one unit: `3 min ago`, `in 2 h`, `now`.
  static func relative(_ time: Instant, to now: Instant) -> String {
    let seconds = (time - now).nanoseconds / 1_000_000_000
    let size = abs(seconds)
    let words: String
    switch size {
    case ..<5: return "now"
    case ..<60: words = "\(size) s"
    case ..<5_400: words = "\((size + 30) / 60) min"
    case ..<129_600: words = "\((size + 1_800) / 3_600) h"
    default: words = "\((size + 43_200) / 86_400) d"
    }
    return seconds < 0 ? words + " ago" : "in " + words
  }
}
