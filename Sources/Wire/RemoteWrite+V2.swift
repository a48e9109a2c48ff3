import Base
import Ledger

/// Reads `io.prometheus.write.v2.Request { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }` with
/// `TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
/// repeated Exemplar exemplars = 4; Metadata metadata = 5; int64 created_timestamp = 6; }`. The last field became
/// `Sample.start_timestamp = 3` between two release candidates; both are read.
///
/// A series is looked up by its labels as 1.0 would write them, so that a sender which changes the version goes on
/// with the same series.
struct WriteReader2 {
  private let base: UnsafeBufferPointer<UInt8>
  private let limits: WriteRequest.Limits
  private var symbols: [Range<Int>] = []
  private var references: [Int] = []
  private var key: [UInt8] = []

  init(_ base: UnsafeBufferPointer<UInt8>, _ limits: WriteRequest.Limits) {
    self.base = base
    self.limits = limits
  }

  func read(into sink: inout some TelemetrySink, _ tally: inout WriteTally) throws {
    var reader = self
    try reader.readAll(&sink, &tally)
  }

  private mutating func readAll(_ sink: inout some TelemetrySink, _ tally: inout WriteTally) throws {
    var reader = ProtobufReader(base, 0..<base.count)
    // Fields may come in any order, and series need the whole table.
    var hasSeries = false
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (4, .bytes): symbols.append(try reader.bytes())
      case (5, .bytes):
        hasSeries = true
        _ = try reader.bytes()
      default: try reader.skip(type)
      }
    }
    // The specification wants the empty string first: it stands for what is not given.
    guard symbols.first.map(\.isEmpty) ?? !hasSeries else { throw ProtobufReader.Problem.malformed }
    reader = ProtobufReader(base, 0..<base.count)
    while let (number, type) = try reader.field() {
      if number == 5, type == .bytes {
        try series(try reader.bytes(), &sink, &tally)
      } else {
        try reader.skip(type)
      }
    }
  }

  private mutating func series(
    _ range: Range<Int>, _ sink: inout some TelemetrySink, _ tally: inout WriteTally
  ) throws {
    var reader = ProtobufReader(base, range)
    var contents = WriteContents()
    var created: Instant?
    var metadata = range.lowerBound..<range.lowerBound
    references.removeAll(keepingCapacity: true)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .bytes):
        let packed = try reader.bytes()
        var list = ProtobufReader(base, packed)
        while !list.isAtEnd { references.append(Int(truncatingIfNeeded: try list.varint())) }
      case (1, .varint): references.append(Int(truncatingIfNeeded: try reader.varint()))
      case (5, .bytes): metadata = try reader.bytes()
      case (6, .varint): created = WriteSample.created(Int64(bitPattern: try reader.varint()))
      case (_, .bytes):
        _ = try reader.bytes()
        if number == 2 { contents.samples += 1 }
        if number == 3 { contents.histograms += 1 }
        if number == 4 { contents.exemplars += 1 }
      default: try reader.skip(type)
      }
    }
    guard tally.samples + contents.samples <= limits.samples else {
      throw WriteRequest.Problem.tooManySamples(limits.samples)
    }
    guard references.count <= 2 * limits.labelsPerSeries else {
      throw WriteRequest.Problem.tooManyLabels(limits.labelsPerSeries)
    }
    var verdict = SeriesVerdict.invalid
    if let problem = try spell() {
      tally.note(problem)
    } else {
      verdict = try key.withUnsafeBytes { key in try sink.verdict(of: key, &tally) }
    }
    tally.add(contents, verdict)
    if case .counted(let number) = verdict {
      try samples(range, number, created, try kind(metadata), &sink)
    } else {
      sink.skip(contents.samples, verdict)
    }
  }

  /// Writes the label fields of the references into `key`; answers what is wrong with them.
  private mutating func spell() throws -> String? {
    key.removeAll(keepingCapacity: true)
    guard references.count.isMultiple(of: 2) else { return "a series has a label without a value (labels_refs is odd)" }
    for place in stride(from: 0, to: references.count, by: 2) {
      let (name, value) = (references[place], references[place + 1])
      guard symbols.indices.contains(name), symbols.indices.contains(value) else {
        return "a series refers to a symbol past the end of the table (\(symbols.count) symbols)"
      }
      let (nameLength, valueLength) = (symbols[name].count, symbols[value].count)
      let length = 2 + Self.varintLength(nameLength) + nameLength + Self.varintLength(valueLength) + valueLength
      guard key.count + length + 8 <= limits.labelBytes else {
        throw WriteRequest.Problem.tooManyLabelBytes(limits.labelBytes)
      }
      key.append(0x0A)
      append(varint: length)
      key.append(0x0A)
      append(varint: nameLength)
      key.append(contentsOf: base[symbols[name]])
      key.append(0x12)
      append(varint: valueLength)
      key.append(contentsOf: base[symbols[value]])
    }
    return nil
  }

  private static func varintLength(_ value: Int) -> Int {
    value < 0x80 ? 1 : value < 0x4000 ? 2 : 3
  }

  private mutating func append(varint value: Int) {
    var rest = value
    while rest >= 0x80 {
      key.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    key.append(UInt8(rest))
  }

  /// What `Metadata { MetricType type = 1; }` says of the samples.
  private func kind(_ metadata: Range<Int>) throws -> SampleKind {
    var reader = ProtobufReader(base, metadata)
    var kind = SampleKind.cumulative
    while let (number, type) = try reader.field() {
      if number == 1, type == .varint {
        // GAUGE is 2 and GAUGEHISTOGRAM 4.
        let value = try reader.varint()
        kind = value == 2 || value == 4 ? .gauge : .cumulative
      } else {
        try reader.skip(type)
      }
    }
    return kind
  }

  private func samples(
    _ range: Range<Int>, _ series: Int32, _ created: Instant?, _ kind: SampleKind, _ sink: inout some TelemetrySink
  ) throws {
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      guard number == 2, type == .bytes else {
        try reader.skip(type)
        continue
      }
      var sample = try WriteSample.read(base, try reader.bytes())
      sample.created = sample.created ?? created
      sample.kind = kind
      sink.add(sample, to: series)
    }
  }
}
