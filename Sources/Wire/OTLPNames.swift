/// Names of OpenTelemetry as Prometheus has them: the rules of its own OTLP receiver with its standard strategy,
/// `UnderscoreEscapingWithSuffixes` (opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics).
public enum OTLPNames {
  /// What decides on a metric's suffixes.
  public enum MetricKind: UInt8, Sendable { case gauge = 0, counter = 1, upDownCounter = 2, histogram = 3, summary = 4 }

  /// `http.server.request.duration` in `s` → `http_server_request_duration_seconds`; counters end in `_total`, gauges
  /// in the unit `1` in `_ratio`. Empty where the name has no letter or digit.
  public static func metric(_ name: String, unit: String, kind: MetricKind) -> String {
    var words = Self.words(name)
    guard !words.isEmpty else { return "" }
    let parts = unit.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
    let main = parts.first.map { unitWord($0, units) } ?? ""
    let per = parts.count > 1 ? unitWord(parts[1], perUnits) : ""
    if !main.isEmpty, !words.contains(main) { words.append(main) }
    if !per.isEmpty, !words.contains("per_" + per) { words.append("per_" + per) }
    if kind == .counter { words = words.filter { $0 != "total" } + ["total"] }
    if kind == .gauge, unit == "1" { words = words.filter { $0 != "ratio" } + ["ratio"] }
    let joined = words.joined(separator: "_")
    return joined.utf8.first.map(isDigit) == true ? "_" + joined : joined
  }

  /// `http.response.status_code` → `http_response_status_code`. A name that begins with a digit gets `key_` before it,
  /// one that begins with a single underscore `key`. Empty where only underscores are left.
  public static func label(_ name: String) -> String {
    let clean = String(
      decoding: name.unicodeScalars.map { scalar -> UInt8 in
        guard let byte = UInt8(exactly: scalar.value), isLetter(byte) || isDigit(byte) else { return 0x5F }
        return byte
      }, as: UTF8.self)
    guard clean.utf8.contains(where: { $0 != 0x5F }), let first = clean.utf8.first else { return "" }
    if isDigit(first) { return "key_" + clean }
    return clean.hasPrefix("_") && !clean.hasPrefix("__") ? "key" + clean : clean
  }

  private static func words(_ name: String) -> [String] {
    name.unicodeScalars.split { scalar in
      guard let byte = UInt8(exactly: scalar.value) else { return true }
      return !(isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: ":"))
    }.map(String.init)
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// Units in braces are annotations and say nothing.
  private static func unitWord(_ unit: String, _ table: [String: String]) -> String {
    guard !unit.contains("{"), !unit.contains("}") else { return "" }
    return words(table[unit] ?? unit).joined(separator: "_")
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static let units = [
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
    "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes",
    "TiBy": "tibibytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes",
    "m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams", "Cel": "celsius",
    "Hz": "hertz", "1": "", "%": "percent",
  ]
  private static let perUnits = [
    "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
  ]
}
