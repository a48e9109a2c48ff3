import Base
import Ledger

/// Prometheus remote write 1.0 (prometheus.io/docs/specs/prw/remote_write_spec): a snappy block of a protobuf
/// `prometheus.WriteRequest { repeated TimeSeries timeseries = 1; }`, `TimeSeries { repeated Label labels = 1;
/// repeated Sample samples = 2; }`, `Label { string name = 1; string value = 2; }`, `Sample { double value = 1;
/// int64 timestamp = 2; }`. Metadata, exemplars and histograms are skipped.
public struct WriteRequest: Sendable {
  public struct Series: Sendable {
    /// The labels as they came: the same bytes for a series in every request of one sender, so they serve as a key.
    public var labels: Range<Int>
    /// Its samples, in `WriteRequest.samples`.
    public var samples: Range<Int>
  }

  /// The unpacked body.
  public let bytes: [UInt8]
  public private(set) var series: [Series] = []
  public private(set) var samples: [CounterSample] = []

  public struct Limits: Sendable {
    /// Of the body once unpacked.
    public var bytes = 64 << 20
    public var samples = 1_000_000
    public var labelsPerSeries = 128

    public init() {}
  }

  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case snappy(Snappy.Problem)
    case malformed
    case tooManySamples(Int)
    case tooManyLabels(Int)

    public var description: String {
      switch self {
      case .snappy(let problem): problem.description
      case .malformed: "the body is not a protobuf prometheus.WriteRequest"
      case .tooManySamples(let limit): "the request has more than \(limit) samples; lower max_samples_per_send"
      case .tooManyLabels(let limit): "a series has more than \(limit) labels"
      }
    }
  }

  /// Unpacks and reads a body.
  public init(compressed body: [UInt8], limits: Limits = Limits()) throws(Problem) {
    let bytes: [UInt8]
    do { bytes = try Snappy.decode(body, limit: limits.bytes) } catch { throw .snappy(error) }
    try self.init(bytes, limits: limits)
  }

  /// Reads an unpacked body.
  public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(Problem) {
    self.bytes = bytes
    var series: [Series] = []
    var samples: [CounterSample] = []
    let problem: Problem? = bytes.withUnsafeBufferPointer { base in
      do throws(ProtobufReader.Problem) {
        return try Self.read(base, limits, &series, &samples)
      } catch {
        return .malformed
      }
    }
    if let problem { throw problem }
    self.series = series
    self.samples = samples
  }

  private static func read(
    _ base: UnsafeBufferPointer<UInt8>, _ limits: Limits, _ series: inout [Series], _ samples: inout [CounterSample]
  ) throws(ProtobufReader.Problem) -> Problem? {
    var reader = ProtobufReader(base, 0..<base.count)
    while let (number, type) = try reader.field() {
      guard number == 1, type == .bytes else {
        try reader.skip(type)
        continue
      }
      if let problem = try readSeries(base, try reader.bytes(), limits, &series, &samples) { return problem }
    }
    return nil
  }

  private static func readSeries(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ limits: Limits, _ series: inout [Series],
    _ samples: inout [CounterSample]
  ) throws(ProtobufReader.Problem) -> Problem? {
    var reader = ProtobufReader(base, range)
    let first = samples.count
    var labels = range.lowerBound..<range.lowerBound
    var count = 0
    while true {
      let start = reader.position
      guard let (number, type) = try reader.field() else { break }
      if number == 1, type == .bytes {
        _ = try reader.bytes()
        // Senders write labels first and together; where they do not, what lies between becomes part of the key.
        labels = (count == 0 ? start : labels.lowerBound)..<reader.position
        count += 1
        if count > limits.labelsPerSeries { return .tooManyLabels(limits.labelsPerSeries) }
      } else if number == 2, type == .bytes {
        samples.append(try readSample(base, try reader.bytes()))
        if samples.count > limits.samples { return .tooManySamples(limits.samples) }
      } else {
        try reader.skip(type)
      }
    }
    series.append(Series(labels: labels, samples: first..<samples.count))
    return nil
  }

  private static func readSample(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufReader.Problem) -> CounterSample {
    var reader = ProtobufReader(base, range)
    var sample = CounterSample(time: .epoch, value: 0)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .fixed64): sample.value = Double(bitPattern: try reader.fixed64())
      case (2, .varint): sample.time = Instant(milliseconds: Int64(bitPattern: try reader.varint()))
      default: try reader.skip(type)
      }
    }
    return sample
  }

  /// A series' labels as bytes.
  public func key(of series: Series) -> ArraySlice<UInt8> { bytes[series.labels] }

  /// A series' labels as a set.
  public func labels(of series: Series) -> LabelSet { Self.labels(bytes[series.labels]) }

  /// The samples for the ledger.
  public var telemetry: [TelemetrySeries] {
    series.map { TelemetrySeries(key: bytes[$0.labels], samples: samples[$0.samples]) }
  }

  /// The labels behind a series' bytes.
  public static func labels(_ key: ArraySlice<UInt8>) -> LabelSet {
    var labels: [Label] = []
    key.withUnsafeBufferPointer { base in
      var reader = ProtobufReader(base, 0..<base.count)
      do throws(ProtobufReader.Problem) {
        while let (number, type) = try reader.field() {
          guard number == 1, type == .bytes else {
            try reader.skip(type)
            continue
          }
          labels.append(try label(base, try reader.bytes()))
        }
      } catch {
        labels = []
      }
    }
    return LabelSet(labels)
  }

  private static func label(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufReader.Problem) -> Label {
    var reader = ProtobufReader(base, range)
    var label = Label("", "")
    while let (number, type) = try reader.field() {
      guard number <= 2, type == .bytes else {
        try reader.skip(type)
        continue
      }
      let text = String(decoding: base[try reader.bytes()], as: UTF8.self)
      if number == 1 { label.name = text } else { label.value = text }
    }
    return label
  }

  /// A compressed request of these series. For tests and small senders.
  public static func encode(_ series: [(labels: LabelSet, samples: [CounterSample])]) -> [UInt8] {
    var request = ProtobufWriter()
    for (labels, samples) in series {
      var message = ProtobufWriter()
      for label in labels.labels {
        var inner = ProtobufWriter()
        inner.bytes(1, Array(label.name.utf8))
        inner.bytes(2, Array(label.value.utf8))
        message.bytes(1, inner.bytes)
      }
      for sample in samples {
        var inner = ProtobufWriter()
        inner.double(1, sample.value)
        inner.integer(2, sample.time.milliseconds)
        message.bytes(2, inner.bytes)
      }
      request.bytes(1, message.bytes)
    }
    return Snappy.encode(request.bytes)
  }
}
