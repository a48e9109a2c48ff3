import Base
import Ledger

/// The answer of the Prometheus HTTP API (prometheus.io/docs/prometheus/latest/querying/api) to `query` and
/// `query_range`: `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{…},"values":[[t,"v"],…]}]}}`.
///
/// Read straight from the bytes, for a month of one counter is a million values. Members that are not needed are
/// stepped over; native histograms are.
public struct PrometheusAnswer: Sendable {
  public struct Series: Sendable {
    public var labels: LabelSet
    /// In order of time.
    public var samples: [CounterSample]
  }

  public struct Limits: Sendable {
    public var series = 20_000
    public var samples = 5_000_000
    /// Values inside one another.
    public var depth = 32

    public init() {}
  }

  /// What is wrong with an answer.
  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(at: Int)
    case tooManySeries(Int)
    case tooManySamples(Int)
    /// `status` is `error`: the server's own words.
    case refused(String)

    public var description: String {
      switch self {
      case .malformed(let place): "byte \(place): not an answer of the Prometheus API; does the URL end before /api/v1?"
      case .tooManySeries(let limit): "more than \(limit) series; write a narrower selector"
      case .tooManySamples(let limit): "more than \(limit) samples in one answer"
      case .refused(let text): text
      }
    }
  }

  public private(set) var series: [Series] = []
  /// What the server warns of, such as a store of Thanos that did not answer: then the answer is not whole.
  public private(set) var warnings: [String] = []

  public var sampleCount: Int { series.reduce(0) { $0 + $1.samples.count } }

  /// - Parameter kind: what the samples are counted as.
  public init(_ bytes: [UInt8], kind: SampleKind = .cumulative, limits: Limits = Limits()) throws(Problem) {
    var reader = AnswerReader(bytes: bytes, kind: kind, limits: limits)
    try reader.read()
    series = reader.series
    warnings = reader.warnings
    if let error = reader.error { throw .refused(error) }
  }

  /// What the server says is wrong, from the body of an answer with an error status; `nil` where it is no such body.
  public static func error(in bytes: [UInt8]) -> String? {
    var reader = AnswerReader(bytes: bytes, kind: .cumulative, limits: Limits())
    guard (try? reader.read()) != nil else { return nil }
    return reader.error
  }
}

/// A reader of JSON that keeps the series of an answer.
struct AnswerReader {
  private let bytes: [UInt8]
  private let kind: SampleKind
  private let limits: PrometheusAnswer.Limits
  private var position = 0
  private var samples = 0
  var series: [PrometheusAnswer.Series] = []
  var warnings: [String] = []
  var error: String?

  init(bytes: [UInt8], kind: SampleKind, limits: PrometheusAnswer.Limits) {
    self.bytes = bytes
    self.kind = kind
    self.limits = limits
  }

  typealias Problem = PrometheusAnswer.Problem

  mutating func read() throws(Problem) {
    var status = ""
    var words: [String] = []
    try object { reader, key throws(Problem) in
      switch key {
      case "status": status = try reader.string()
      case "errorType", "error": words.append(try reader.string())
      case "warnings", "infos":
        guard reader.peek() == UInt8(ascii: "[") else { return try reader.skip(depth: 0) }
        let isWarning = key == "warnings"
        try reader.array { reader throws(Problem) in
          let text = try reader.string()
          if isWarning, reader.warnings.count < 10 { reader.warnings.append(text) }
        }
      case "data": try reader.data()
      default: try reader.skip(depth: 0)
      }
    }
    skipSpace()
    guard position == bytes.count else { throw malformed() }
    if status == "error" {
      error = words.isEmpty ? "the server gives no reason" : words.joined(separator: ": ")
    } else if status != "success" {
      throw malformed()
    }
  }

  private mutating func data() throws(Problem) {
    guard peek() == UInt8(ascii: "{") else { return try skip(depth: 0) }
    try object { reader, key throws(Problem) in
      guard key == "result", reader.peek() == UInt8(ascii: "[") else { return try reader.skip(depth: 0) }
      try reader.array { reader throws(Problem) in
        // A scalar's result is a bare pair: it has no series.
        guard reader.peek() == UInt8(ascii: "{") else { return try reader.skip(depth: 0) }
        try reader.one()
      }
    }
  }

  private mutating func one() throws(Problem) {
    var one = PrometheusAnswer.Series(labels: LabelSet([]), samples: [])
    guard series.count < limits.series else { throw .tooManySeries(limits.series) }
    try object { reader, key throws(Problem) in
      switch key {
      case "metric":
        var labels: [Label] = []
        try reader.object { reader, name throws(Problem) in labels.append(Label(name, try reader.string())) }
        one.labels = LabelSet(labels)
      case "values":
        try reader.array { reader throws(Problem) in one.samples.append(try reader.sample()) }
      case "value": one.samples.append(try reader.sample())
      default: try reader.skip(depth: 0)
      }
    }
    series.append(one)
  }

  /// `[1435781430.781,"1"]`.
  private mutating func sample() throws(Problem) -> CounterSample {
    samples += 1
    guard samples <= limits.samples else { throw .tooManySamples(limits.samples) }
    try expect("[")
    skipSpace()
    guard let time = Double(String(decoding: try number(), as: UTF8.self)), time.magnitude < 9e9 else {
      throw malformed()
    }
    try expect(",")
    let text = try string()
    try expect("]")
    guard let value = Self.value(text) else { throw malformed() }
    return CounterSample(time: Instant(milliseconds: Int64((time * 1_000).rounded())), value: value, kind: kind)
  }

  private static func value(_ text: String) -> Double? {
    switch text {
    case "NaN": .nan
    case "+Inf", "Inf": .infinity
    case "-Inf": -.infinity
    default: Double(text)
    }
  }

  // MARK: JSON

  private func malformed() -> Problem { .malformed(at: position) }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
  }

  private mutating func peek() -> UInt8? {
    skipSpace()
    return position < bytes.count ? bytes[position] : nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
    guard take(character) else { throw malformed() }
  }

  private mutating func object(_ member: (inout AnswerReader, String) throws(Problem) -> Void) throws(Problem) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  private mutating func array(_ element: (inout AnswerReader) throws(Problem) -> Void) throws(Problem) {
    try expect("[")
    if take("]") { return }
    repeat { try element(&self) } while take(",")
    try expect("]")
  }

  private mutating func number() throws(Problem) -> ArraySlice<UInt8> {
    let start = position
    while position < bytes.count, Self.isNumeric(bytes[position]) { position += 1 }
    guard position > start else { throw malformed() }
    return bytes[start..<position]
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x2D || byte == 0x2B || byte | 0x20 == 0x65
  }

  private mutating func string() throws(Problem) -> String {
    try expect("\"")
    let start = position
    while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C { position += 1 }
    guard position < bytes.count else { throw malformed() }
    if bytes[position] == 0x22 {
      position += 1
      return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
    // With escapes: rare, so the whole is left to the JSON reader.
    while position < bytes.count, bytes[position] != 0x22 { position += bytes[position] == 0x5C ? 2 : 1 }
    guard position < bytes.count else { throw malformed() }
    position += 1
    guard let text = try? JSON(parsing: Array(bytes[(start - 1)..<position])).string else { throw malformed() }
    return text
  }

  /// Steps over a value of any kind.
  private mutating func skip(depth: Int) throws(Problem) {
    guard depth < limits.depth else { throw malformed() }
    switch peek() {
    case UInt8(ascii: "{"): try object { reader, _ throws(Problem) in try reader.skip(depth: depth + 1) }
    case UInt8(ascii: "["): try array { reader throws(Problem) in try reader.skip(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    case .some(let byte) where (0x61...0x7A).contains(byte):
      for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return
      }
      throw malformed()
    default: _ = try number()
    }
  }
}
