import Base
import Ledger

/// A body of Datadog's metric intake as JSON: `/api/v1/series`, `/api/v2/series` or `/api/v1/distribution_points`
/// (docs.datadoghq.com/api/latest/metrics). Read without a tree, so that it costs no more than its own size.
public struct DatadogSeries: Sendable {
  public enum Form: Hashable, Sendable {
    case v1
    case v2
    case distributions

    /// Of a body as it arrives, and unpacked.
    public var bodyBytesMax: Int { self == .v2 ? 512_000 : 3_200_000 }
    public var unpackedBytesMax: Int { self == .v2 ? 5 << 20 : 62_914_560 }
  }

  public struct Limits: Sendable {
    public var samples = 1_000_000
    public var tags = 128

    public init() {}
  }

  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(byte: Int)
    case noSeries
    case tooManySamples(Int)

    public var description: String {
      switch self {
      case .malformed(let byte): "Payload is not in the expected format: byte \(byte) of the JSON"
      case .noSeries: "Payload is not in the expected format: there is no list `series`"
      case .tooManySamples(let limit): "Payload has more than \(limit) points; send less at once"
      }
    }
  }

  private struct Series: Sendable {
    var key: Range<Int>
    var samples: Range<Int>
  }

  private var keys: [UInt8] = []
  private var series: [Series] = []
  private var samples: [CounterSample] = []
  /// Points as the sender counts them.
  public private(set) var points = 0
  /// What was left out, a line for each of the first few.
  public private(set) var errors: [String] = []
  public private(set) var rejected = 0

  static let errorsMax = 20

  /// Reads an unpacked body.
  public init(_ body: [UInt8], form: Form, limits: Limits = Limits()) throws(Problem) {
    var own = Self.init()
    let problem: Problem? = body.withUnsafeBufferPointer { base in
      do throws(Problem) {
        try own.read(base, form, limits)
        return nil
      } catch {
        return error
      }
    }
    if let problem { throw problem }
    self = own
  }

  private init() {}

  private static func problem(_ problem: JSONScanner.Problem) -> Problem {
    switch problem {
    case .malformed(let byte), .tooDeep(let byte): .malformed(byte: byte)
    }
  }

  private mutating func read(
    _ base: UnsafeBufferPointer<UInt8>, _ form: Form, _ limits: Limits
  ) throws(Problem) {
    var scanner = JSONScanner(base, 0..<base.count)
    var found = false
    try scanner.object(refusal: Self.problem) { (scanner, key) throws(Problem) in
      guard scanner.equals(key, "series") else { return try Self.skip(&scanner) }
      found = true
      var number = 0
      try scanner.array(refusal: Self.problem) { (scanner) throws(Problem) in
        var entry = DatadogEntry()
        do throws(JSONScanner.Problem) { try entry.read(&scanner, form, limits) } catch { throw Self.problem(error) }
        take(entry, base, number, form, limits)
        number += 1
        guard samples.count <= limits.samples, !entry.isTooLong else { throw .tooManySamples(limits.samples) }
      }
    }
    do throws(JSONScanner.Problem) { try scanner.finish() } catch { throw Self.problem(error) }
    if !found { throw .noSeries }
  }

  private static func skip(_ scanner: inout JSONScanner) throws(Problem) {
    do throws(JSONScanner.Problem) { try scanner.skip() } catch { throw problem(error) }
  }

  private mutating func reject(_ count: Int, _ number: Int, _ what: String) {
    rejected += count
    if errors.count < Self.errorsMax { errors.append("series \(number): \(what)") }
  }

  private mutating func take(
    _ entry: DatadogEntry, _ base: UnsafeBufferPointer<UInt8>, _ number: Int, _ form: Form, _ limits: Limits
  ) {
    points += entry.pointCount
    guard !entry.metric.isEmpty else { return reject(max(1, entry.pointCount), number, "it has no metric") }
    guard entry.tagCount <= limits.tags else {
      return reject(entry.pointCount, number, "more than \(limits.tags) tags")
    }
    if entry.badPoints > 0 { reject(entry.badPoints, number, "points without a time or a value") }
    if form == .distributions {
      let values = entry.points.map { CounterSample(time: $0.time, value: $0.value, kind: .events) }
      append(entry, base, part: .value, values)
      var counts: [CounterSample] = []
      for sample in values {
        if counts.last?.time == sample.time {
          counts[counts.count - 1].value += 1
        } else {
          counts.append(CounterSample(time: sample.time, value: 1, kind: .events))
        }
      }
      return append(entry, base, part: .count, counts)
    }
    switch entry.type {
    case .gauge: append(entry, base, part: .value, entry.points.map { sample($0, .gauge) })
    case .count: append(entry, base, part: .value, entry.points.map { sample($0, .delta) })
    case .rate:
      guard entry.interval > 0 else { return reject(entry.points.count, number, "a rate without an interval") }
      append(
        entry, base, part: .value,
        entry.points.map { CounterSample(time: $0.time, value: $0.value * entry.interval, kind: .delta) })
    }
  }

  private func sample(_ point: DatadogEntry.Point, _ kind: SampleKind) -> CounterSample {
    CounterSample(time: point.time, value: point.value, kind: kind)
  }

  // MARK: Keys

  enum Part: UInt8 { case value = 0, count = 1 }

  /// The part, then metric, host, device, resources and tags, each as a length and the JSON that was sent.
  private mutating func append(
    _ entry: DatadogEntry, _ base: UnsafeBufferPointer<UInt8>, part: Part, _ own: [CounterSample]
  ) {
    guard !own.isEmpty else { return }
    let start = keys.count
    keys.append(part.rawValue)
    for range in [entry.metric, entry.host, entry.device, entry.resources, entry.tags] {
      withUnsafeBytes(of: UInt32(range.count).littleEndian) { keys.append(contentsOf: $0) }
      keys.append(contentsOf: base[range])
    }
    series.append(Series(key: start..<keys.count, samples: samples.count..<(samples.count + own.count)))
    samples += own
  }

  /// The samples for the ledger.
  public var telemetry: [TelemetrySeries] {
    series.map { TelemetrySeries(key: keys[$0.key], samples: samples[$0.samples]) }
  }

  /// The labels behind a key: tags, `host` and `device`.
  public static func labels(_ key: ArraySlice<UInt8>) -> LabelSet {
    key.withUnsafeBufferPointer { base in
      do throws(JSONScanner.Problem) {
        return try labels(base)
      } catch {
        return LabelSet([])
      }
    }
  }

  private static func labels(_ base: UnsafeBufferPointer<UInt8>) throws(JSONScanner.Problem) -> LabelSet {
    guard let part = base.first.flatMap(Part.init(rawValue:)) else { return LabelSet([]) }
    var position = 1
    func next() throws(JSONScanner.Problem) -> JSONScanner? {
      guard position + 4 <= base.count else { throw .malformed(at: position) }
      var length = 0
      for index in 0..<4 { length |= Int(base[position + index]) << (8 * index) }
      position += 4
      guard length <= base.count - position else { throw .malformed(at: position) }
      defer { position += length }
      return length == 0 ? nil : JSONScanner(base, position..<(position + length))
    }
    func text() throws(JSONScanner.Problem) -> [UInt8] {
      guard var scanner = try next(), scanner.next() == UInt8(ascii: "\"") else { return [] }
      return try scanner.bytes(scanner.string())
    }
    let metric = DatadogNames.metric(try text())
    var labels = DatadogLabels()
    for name in ["host", "device"] { labels.add(name, String(decoding: try text(), as: UTF8.self)) }
    if var scanner = try next() { try resources(&scanner, &labels) }
    if var scanner = try next() {
      try scanner.array(refusal: { $0 }) { (scanner) throws(JSONScanner.Problem) in
        guard scanner.next() == UInt8(ascii: "\"") else {
          try scanner.skip()
          return
        }
        labels.add(tag: try scanner.bytes(scanner.string()))
      }
    }
    return labels.set(part == .count && !metric.isEmpty ? metric + "_count" : metric)
  }

  /// `[{"type": "host", "name": "web-1"}]`.
  private static func resources(
    _ scanner: inout JSONScanner, _ labels: inout DatadogLabels
  ) throws(JSONScanner.Problem) {
    try scanner.array(refusal: { $0 }) { (scanner) throws(JSONScanner.Problem) in
      var (type, name): ([UInt8], [UInt8]) = ([], [])
      try scanner.object(refusal: { $0 }) { (scanner, key) throws(JSONScanner.Problem) in
        guard scanner.next() == UInt8(ascii: "\"") else {
          try scanner.skip()
          return
        }
        let value = try scanner.bytes(scanner.string())
        if scanner.equals(key, "type") { type = value }
        if scanner.equals(key, "name") { name = value }
      }
      labels.add(DatadogNames.label(type), String(decoding: name, as: UTF8.self))
    }
  }
}

/// One element of `series`.
struct DatadogEntry {
  typealias Problem = JSONScanner.Problem

  struct Point {
    var time: Instant
    var value: Double
  }

  enum Kind { case gauge, count, rate }

  var metric = 0..<0
  var host = 0..<0
  var device = 0..<0
  var resources = 0..<0
  var tags = 0..<0
  var tagCount = 0
  var type = Kind.gauge
  var interval = 0.0
  var points: [Point] = []
  var pointCount = 0
  var badPoints = 0
  /// Past the bound on samples; the rest was not kept.
  var isTooLong = false

  mutating func read(
    _ scanner: inout JSONScanner, _ form: DatadogSeries.Form, _ limits: DatadogSeries.Limits
  ) throws(Problem) {
    try scanner.object(refusal: { $0 }) { (scanner, key) throws(Problem) in
      if try scanner.null() { return }
      if scanner.equals(key, "metric") {
        metric = try Self.text(&scanner)
      } else if scanner.equals(key, "host") {
        host = try Self.text(&scanner)
      } else if scanner.equals(key, "device") {
        device = try Self.text(&scanner)
      } else if scanner.equals(key, "resources") {
        resources = try scanner.skip()
      } else if scanner.equals(key, "tags") {
        tags = try list(&scanner)
      } else if scanner.equals(key, "interval") {
        interval = try scanner.double()
      } else if scanner.equals(key, "type") {
        type = try Self.kind(&scanner)
      } else if scanner.equals(key, "points") {
        try scanner.array(refusal: { $0 }) { (scanner) throws(Problem) in try point(&scanner, form, limits) }
      } else {
        try scanner.skip()
      }
    }
  }

  /// Where a text stands, quotes and all; an empty text is none.
  private static func text(_ scanner: inout JSONScanner) throws(Problem) -> Range<Int> {
    let text = try scanner.string()
    return text.range.isEmpty ? 0..<0 : (text.range.lowerBound - 1)..<(text.range.upperBound + 1)
  }

  private mutating func list(_ scanner: inout JSONScanner) throws(Problem) -> Range<Int> {
    _ = scanner.next()
    let start = scanner.position
    var count = 0
    try scanner.array(refusal: { $0 }) { (scanner) throws(Problem) in
      try scanner.skip()
      count += 1
    }
    tagCount = count
    return start..<scanner.position
  }

  /// A word in v1, a number in v2: 1 count, 2 rate, 3 gauge, 0 not said.
  private static func kind(_ scanner: inout JSONScanner) throws(Problem) -> Kind {
    if scanner.next() == UInt8(ascii: "\"") {
      switch try scanner.text(scanner.string()) {
      case "count", "counter": return .count
      case "rate": return .rate
      default: return .gauge
      }
    }
    switch try scanner.integer() {
    case 1: return .count
    case 2: return .rate
    default: return .gauge
    }
  }

  private mutating func point(
    _ scanner: inout JSONScanner, _ form: DatadogSeries.Form, _ limits: DatadogSeries.Limits
  ) throws(Problem) {
    pointCount += 1
    var time: Double?
    var values: [Double] = []
    if form == .v2 {
      try scanner.object(refusal: { $0 }) { (scanner, key) throws(Problem) in
        if try scanner.null() { return }
        if scanner.equals(key, "timestamp") {
          time = try scanner.double()
        } else if scanner.equals(key, "value") {
          values = [try scanner.double()]
        } else {
          try scanner.skip()
        }
      }
    } else {
      var place = 0
      try scanner.array(refusal: { $0 }) { (scanner) throws(Problem) in
        defer { place += 1 }
        if try scanner.null() { return }
        if place == 0 {
          time = try scanner.double()
        } else if scanner.next() == UInt8(ascii: "[") {
          try scanner.array(refusal: { $0 }) { (scanner) throws(Problem) in
            let value = try scanner.double()
            if points.count + values.count < limits.samples { values.append(value) } else { isTooLong = true }
          }
        } else {
          values.append(try scanner.double())
        }
      }
      if form == .v1, values.count > 1 { values = [] }
    }
    guard let time, time.isFinite, time > 0, time < 9_223_372_036, !values.isEmpty else {
      badPoints += 1
      return
    }
    let instant = Instant(nanoseconds: Int64((time * 1_000).rounded()) * 1_000_000)
    guard points.count + values.count <= limits.samples else {
      isTooLong = true
      return
    }
    points += values.map { Point(time: instant, value: $0) }
  }
}
