import Base
import Ledger

/// Reads `prometheus.WriteRequest { repeated TimeSeries timeseries = 1; }` with `TimeSeries { repeated Label labels =
/// 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4; }`,
/// `Label { string name = 1; string value = 2; }`, `Sample { double value = 1; int64 timestamp = 2; }`.
struct WriteReader1 {
  private let base: UnsafeBufferPointer<UInt8>
  private let limits: WriteRequest.Limits

  init(_ base: UnsafeBufferPointer<UInt8>, _ limits: WriteRequest.Limits) {
    self.base = base
    self.limits = limits
  }

  func read(into sink: inout some TelemetrySink, _ tally: inout WriteTally) throws {
    var reader = ProtobufReader(base, 0..<base.count)
    while let (number, type) = try reader.field() {
      if number == 1, type == .bytes {
        try series(try reader.bytes(), &sink, &tally)
      } else {
        try reader.skip(type)
      }
    }
  }

  private func series(
    _ range: Range<Int>, _ sink: inout some TelemetrySink, _ tally: inout WriteTally
  ) throws {
    var reader = ProtobufReader(base, range)
    // Senders write labels first and together.
    var (count, end) = (0, range.lowerBound)
    while end < range.upperBound, base[end] == 0x0A {
      guard try reader.field() != nil else { break }
      _ = try reader.bytes()
      end = reader.position
      count += 1
    }
    let (isTogether, contents) = try measure(&reader, count)
    guard tally.samples + contents.samples <= limits.samples else {
      throw WriteRequest.Problem.tooManySamples(limits.samples)
    }
    let verdict: SeriesVerdict
    if isTogether {
      let key = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(base)[range.lowerBound..<end])
      guard key.count <= limits.labelBytes else { throw WriteRequest.Problem.tooManyLabelBytes(limits.labelBytes) }
      verdict = try sink.verdict(of: key, &tally)
    } else {
      let key = try gathered(range)
      verdict = try key.withUnsafeBytes { key in try sink.verdict(of: key, &tally) }
    }
    tally.add(contents, verdict)
    if case .counted(let number) = verdict {
      try samples(isTogether ? end..<range.upperBound : range, number, &sink)
    } else if verdict != .ignored {
      sink.skip(contents.samples, verdict)
    }
  }

  /// Steps over what follows the labels; says whether no label is among it.
  @inline(__always)
  private func measure(
    _ reader: inout ProtobufReader, _ labels: Int
  ) throws -> (isTogether: Bool, contents: WriteContents) {
    var contents = WriteContents()
    var (isTogether, labels) = (true, labels)
    while let (number, type) = try reader.field() {
      try reader.skip(type)
      guard type == .bytes else { continue }
      switch number {
      case 1: (isTogether, labels) = (false, labels + 1)
      case 2: contents.samples += 1
      case 3: contents.exemplars += 1
      case 4: contents.histograms += 1
      default: break
      }
    }
    guard labels <= limits.labelsPerSeries else { throw WriteRequest.Problem.tooManyLabels(limits.labelsPerSeries) }
    return (isTogether, contents)
  }

  /// The label fields of a series alone, where a sender wrote something between them.
  private func gathered(_ range: Range<Int>) throws -> [UInt8] {
    var reader = ProtobufReader(base, range)
    var key: [UInt8] = []
    var start = range.lowerBound
    while let (number, type) = try reader.field() {
      try reader.skip(type)
      if number == 1, type == .bytes { key += base[start..<reader.position] }
      start = reader.position
    }
    guard key.count <= limits.labelBytes else { throw WriteRequest.Problem.tooManyLabelBytes(limits.labelBytes) }
    return key
  }

  private func samples(_ range: Range<Int>, _ series: Int32, _ sink: inout some TelemetrySink) throws {
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      if number == 2, type == .bytes {
        sink.add(try WriteSample.read(base, try reader.bytes()), to: series)
      } else {
        try reader.skip(type)
      }
    }
  }
}

/// Reads a sample of either version; only 2.0 has the third field.
enum WriteSample {
  @inline(__always)
  static func read(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws -> CounterSample {
    var reader = ProtobufReader(base, range)
    var sample = CounterSample(time: .epoch, value: 0)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .fixed64): sample.value = Double(bitPattern: try reader.fixed64())
      case (2, .varint): sample.time = Instant(milliseconds: Int64(bitPattern: try reader.varint()))
      case (3, .varint): sample.created = created(Int64(bitPattern: try reader.varint()))
      default: try reader.skip(type)
      }
    }
    return sample
  }

  /// Zero says that the sender does not know.
  static func created(_ milliseconds: Int64) -> Instant? {
    milliseconds == 0 ? nil : Instant(milliseconds: milliseconds)
  }
}
