import Ledger

/// The labels of a series from the fields that remote write 1.0 encodes them as.
enum WriteLabels {
  case labels(LabelSet)
  /// They are protobuf, but name no series.
  case invalid(String)

  /// Throws where a label is cut off or no message at all.
  init(_ key: UnsafeRawBufferPointer) throws(ProtobufReader.Problem) {
    let base = key.bindMemory(to: UInt8.self)
    var reader = ProtobufReader(base, 0..<base.count)
    var labels: [Label] = []
    var problem: String?
    while let (number, type) = try reader.field() {
      guard number == 1, type == .bytes else { throw .malformed }
      let (name, value) = try Self.label(base, try reader.bytes())
      guard let name = String(validating: base[name], as: UTF8.self),
        let value = String(validating: base[value], as: UTF8.self)
      else {
        problem = problem ?? "a label is not UTF-8"
        continue
      }
      if name.isEmpty { problem = problem ?? "a label has no name" }
      if labels.contains(where: { $0.name == name }) { problem = problem ?? "the label '\(name)' comes twice" }
      labels.append(Label(name, value))
    }
    let set = LabelSet(labels)
    if set.metric.isEmpty { problem = problem ?? "a series has no name (__name__)" }
    self = problem.map { .invalid("\($0): \(String("\(set)".prefix(200)))") } ?? .labels(set)
  }

  private static func label(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufReader.Problem) -> (name: Range<Int>, value: Range<Int>) {
    var reader = ProtobufReader(base, range)
    var (name, value) = (0..<0, 0..<0)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .bytes): name = try reader.bytes()
      case (2, .bytes): value = try reader.bytes()
      default: try reader.skip(type)
      }
    }
    return (name, value)
  }
}

extension TelemetrySink {
  /// What a series' label bytes stand for, learnt where they are new.
  @inline(__always)
  mutating func verdict(of key: UnsafeRawBufferPointer, _ tally: inout WriteTally) throws -> SeriesVerdict {
    let verdict = find(key)
    guard verdict == .unknown || verdict == .invalid else { return verdict }
    return try judge(key, verdict, &tally)
  }

  private mutating func judge(
    _ key: UnsafeRawBufferPointer, _ known: SeriesVerdict, _ tally: inout WriteTally
  ) throws -> SeriesVerdict {
    switch try WriteLabels(key) {
    case .labels(let set): return known == .unknown ? learn(key, set) : known
    case .invalid(let problem):
      tally.note(problem)
      if known == .unknown { _ = learn(key, nil) }
      return .invalid
    }
  }
}
