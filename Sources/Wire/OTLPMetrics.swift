import Base
import Ledger

/// The metrics of one OTLP request, `ExportMetricsServiceRequest` (opentelemetry-proto v1), as series.
///
/// Sums and gauges give one series a point, explicit-bucket histograms `_bucket{le}`, `_count` and `_sum`, summaries
/// their quantiles, `_count` and `_sum`. No string is made here: a series' key is a hash of what its points share and
/// the bytes of its attributes; `labels(of:)` reads the names for a key that is new.
public struct OTLPMetrics: Sendable {
  /// Which of a point's series a sample is of.
  enum Part: UInt8 { case value = 0, bucket = 1, count = 2, sum = 3, quantile = 4 }

  struct Series: Sendable {
    var key: Range<Int>
    var sample: CounterSample
  }

  /// What the points of a metric share.
  struct Header: Sendable {
    var resource: Range<Int>
    var scope: Range<Int>
    var name: Range<Int>
    var unit: Range<Int>
    var kind: OTLPNames.MetricKind
  }

  public struct Limits: Sendable {
    public var samples = 1_000_000
    /// Of a histogram.
    public var buckets = 1_000
    /// Of a point with its resource and scope.
    public var labels = 128
    /// Of all keys together: attributes are repeated for each bucket.
    public var keyBytes = 128 << 20

    public init() {}
  }

  /// Why points were not taken; each is told to the sender.
  public enum Rejection: String, Hashable, Sendable, CaseIterable {
    case exponentialHistogram = "exponential histograms are not counted; use explicit buckets"
    case noTemporality = "a sum or histogram without aggregation temporality"
    case noTime = "points without a time"
    case noValue = "points without a value"
    case badBuckets = "histograms whose buckets do not fit their bounds, or with too many of them"
    case tooManyAttributes = "points with more than 128 attributes"
    case noName = "metrics without a usable name"
  }

  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed
    case json(JSONPlace)
    case tooMany(String)

    public var description: String {
      switch self {
      case .malformed: "the body is not the protobuf message that this path takes"
      case .json(let place): "the body is not the JSON that this path takes: byte \(place.byte)"
      case .tooMany(let what): "the request has \(what); send smaller batches"
      }
    }
  }

  /// Where JSON went wrong, from 0.
  public struct JSONPlace: Hashable, Sendable { public var byte: Int }

  public let bytes: [UInt8]
  public internal(set) var points = 0
  public internal(set) var rejected: [Rejection: Int] = [:]
  var headers: [Hash128: Header] = [:]
  var keys: [UInt8] = []
  var series: [Series] = []

  /// Reads a body of JSON.
  public init(json: [UInt8], limits: Limits = Limits()) throws(Problem) {
    try self.init(try Self.protobuf(json, .metrics), limits: limits)
  }

  /// Reads a body of protobuf.
  public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(Problem) {
    self.bytes = bytes
    var reader = OTLPMetricsReader(limits: limits)
    let problem: Problem? = bytes.withUnsafeBufferPointer { base in
      do throws(ProtobufReader.Problem) {
        return try reader.read(base)
      } catch {
        return .malformed
      }
    }
    if let problem { throw problem }
    (points, rejected, headers) = (reader.points, reader.rejected, reader.headers)
    (keys, series) = (reader.keys, reader.series)
  }

  static func protobuf(_ json: [UInt8], _ schema: OTLPSchema) throws(Problem) -> [UInt8] {
    do throws(JSONScanner.Problem) {
      return try OTLPJSON.protobuf(json, schema)
    } catch {
      switch error {
      case .malformed(let byte), .tooDeep(let byte): throw .json(JSONPlace(byte: byte))
      }
    }
  }

  public var rejectedCount: Int { rejected.values.reduce(0, +) }

  /// The samples for the ledger.
  public var telemetry: [TelemetrySeries] {
    let samples = series.map(\.sample)
    return series.enumerated().map { index, one in
      TelemetrySeries(key: keys[one.key], samples: samples[index...index])
    }
  }

  // MARK: Labels

  /// The labels behind a key of this request: the metric's name as Prometheus has it, the attributes of the point, the
  /// scope's name and version, and those of the resource, `service.name` as `job` and `service.instance.id` as
  /// `instance` too.
  public func labels(of key: ArraySlice<UInt8>) -> LabelSet {
    bytes.withUnsafeBufferPointer { base in
      key.withUnsafeBufferPointer { key in
        do throws(ProtobufReader.Problem) {
          return try labels(base, key)
        } catch {
          return LabelSet([])
        }
      }
    }
  }

  private func labels(
    _ base: UnsafeBufferPointer<UInt8>, _ key: UnsafeBufferPointer<UInt8>
  ) throws(ProtobufReader.Problem) -> LabelSet {
    var start = ProtobufReader(key, 0..<key.count)
    let hash = Hash128(high: try start.fixed64(), low: try start.fixed64())
    guard let header = headers[hash], start.position < key.count, let part = Part(rawValue: key[start.position]) else {
      return LabelSet([])
    }
    start = ProtobufReader(key, (start.position + 1)..<key.count)
    var collected = OTLPLabels()
    var own = ""
    if part == .bucket || part == .quantile {
      let value = Double(bitPattern: try start.fixed64())
      own = value == .infinity ? "+Inf" : OTLPValue.decimal(value)
    }
    try collected.add(key, start.position..<key.count, field: nil)
    try collected.addScope(base, header.scope)
    try collected.addResource(base, header.resource)
    let name = OTLPNames.metric(
      String(decoding: base[header.name], as: UTF8.self), unit: String(decoding: base[header.unit], as: UTF8.self),
      kind: header.kind)
    switch part {
    case .value: return collected.set(name)
    case .bucket: return collected.set(name + "_bucket", Label("le", own))
    case .quantile: return collected.set(name, Label("quantile", own))
    case .count: return collected.set(name + "_count")
    case .sum: return collected.set(name + "_sum")
    }
  }
}

/// Collects labels from attributes, the most specific first.
struct OTLPLabels {
  private var labels: [Label] = []

  /// Adds all attributes of a message. `field` is the number of its `KeyValue` fields; `nil` takes every field.
  mutating func add(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, field: UInt64?
  ) throws(ProtobufReader.Problem) {
    var found: [(key: String, value: String)] = []
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      guard type == .bytes, field == nil || number == field else {
        try reader.skip(type)
        continue
      }
      let (key, value) = try OTLPValue.pair(base, try reader.bytes())
      found.append((String(decoding: base[key], as: UTF8.self), try OTLPValue.text(base, value)))
    }
    add(found)
  }

  /// Attributes whose names become the same label share it, values joined by `;` in the order of their names.
  private mutating func add(_ attributes: [(key: String, value: String)]) {
    let taken = Set(labels.map(\.name))
    var places: [String: Int] = [:]
    for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
      let name = OTLPNames.label(key)
      guard !name.isEmpty, name != "__name__", !taken.contains(name) else { continue }
      if let place = places[name] {
        labels[place].value += ";" + value
      } else {
        places[name] = labels.count
        labels.append(Label(name, value))
      }
    }
  }

  mutating func addScope(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufReader.Problem) {
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      guard type == .bytes, number <= 2 else {
        try reader.skip(type)
        continue
      }
      let text = String(decoding: base[try reader.bytes()], as: UTF8.self)
      labels.append(Label(number == 1 ? "otel_scope_name" : "otel_scope_version", text))
    }
  }

  /// `service.namespace` goes before `service.name` in `job`, as in Prometheus.
  mutating func addResource(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufReader.Problem) {
    let before = labels.count
    try add(base, range, field: 1)
    let own = labels[before...]
    func value(_ name: String) -> String { own.first { $0.name == name }?.value ?? "" }
    let (service, space, instance) = (value("service_name"), value("service_namespace"), value("service_instance_id"))
    let known = Set(labels.map(\.name))
    if !service.isEmpty, !known.contains("job") {
      labels.append(Label("job", space.isEmpty ? service : space + "/" + service))
    }
    if !instance.isEmpty, !known.contains("instance") { labels.append(Label("instance", instance)) }
  }

  func set(_ metric: String, _ own: Label? = nil) -> LabelSet {
    guard !metric.isEmpty else { return LabelSet([]) }
    return LabelSet([Label("__name__", metric)] + (own.map { [$0] } ?? []) + labels)
  }
}
