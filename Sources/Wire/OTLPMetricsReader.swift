import Base
import Ledger

/// Walks through the messages of a metrics request.
struct OTLPMetricsReader {
  typealias Problem = OTLPMetrics.Problem
  typealias Malformed = ProtobufReader.Problem

  let limits: OTLPMetrics.Limits
  var points = 0
  var rejected: [OTLPMetrics.Rejection: Int] = [:]
  var headers: [Hash128: OTLPMetrics.Header] = [:]
  var keys: [UInt8] = []
  var series: [OTLPMetrics.Series] = []
  private var problem: Problem?
  /// How many labels resource and scope have.
  private var shared = 0

  init(limits: OTLPMetrics.Limits) { self.limits = limits }

  mutating func read(_ base: UnsafeBufferPointer<UInt8>) throws(Malformed) -> Problem? {
    var reader = ProtobufReader(base, 0..<base.count)
    while problem == nil, let (number, type) = try reader.field() {
      if number == 1, type == .bytes {
        try resourceMetrics(base, try reader.bytes())
      } else {
        try reader.skip(type)
      }
    }
    return problem
  }

  /// Where the one message in this field stands; empty where there is none.
  static func one(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, field: UInt64
  ) throws(Malformed) -> Range<Int> {
    var reader = ProtobufReader(base, range)
    var found = range.lowerBound..<range.lowerBound
    while let (number, type) = try reader.field() {
      if number == field, type == .bytes { found = try reader.bytes() } else { try reader.skip(type) }
    }
    return found
  }

  private static func count(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, field: UInt64
  ) throws(Malformed) -> Int {
    var reader = ProtobufReader(base, range)
    var count = 0
    while let (number, type) = try reader.field() {
      if number == field { count += 1 }
      try reader.skip(type)
    }
    return count
  }

  // A field may come before those that it depends on, so what is shared is looked for first.

  private mutating func resourceMetrics(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(Malformed) {
    let resource = try Self.one(base, range, field: 1)
    let labels = try Self.count(base, resource, field: 1)
    var hash = Hash128()
    hash.combine(base, resource)
    var reader = ProtobufReader(base, range)
    while problem == nil, let (number, type) = try reader.field() {
      guard number == 2, type == .bytes else {
        try reader.skip(type)
        continue
      }
      let scopeRange = try reader.bytes()
      let scope = try Self.one(base, scopeRange, field: 1)
      var own = hash
      own.combine(base, scope)
      shared = labels
      try scopeMetrics(base, scopeRange, resource, scope, own)
    }
  }

  private mutating func scopeMetrics(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ resource: Range<Int>, _ scope: Range<Int>,
    _ hash: Hash128
  ) throws(Malformed) {
    var reader = ProtobufReader(base, range)
    while problem == nil, let (number, type) = try reader.field() {
      if number == 2, type == .bytes {
        try metric(base, try reader.bytes(), resource, scope, hash)
      } else {
        try reader.skip(type)
      }
    }
  }

  private mutating func metric(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ resource: Range<Int>, _ scope: Range<Int>,
    _ hash: Hash128
  ) throws(Malformed) {
    var reader = ProtobufReader(base, range)
    var (name, unit) = (range.lowerBound..<range.lowerBound, range.lowerBound..<range.lowerBound)
    var data: (number: UInt64, range: Range<Int>)?
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .bytes): name = try reader.bytes()
      case (3, .bytes): unit = try reader.bytes()
      case (5, .bytes), (7, .bytes), (9, .bytes), (10, .bytes), (11, .bytes): data = (number, try reader.bytes())
      default: try reader.skip(type)
      }
    }
    guard let data else { return }
    let (temporality, isMonotonic) = try aggregation(base, data.range)
    let count = try Self.count(base, data.range, field: 1)
    points += count
    func refuse(_ reason: OTLPMetrics.Rejection) { rejected[reason, default: 0] += count }
    guard base[name].contains(where: { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 >= 0x30 && $0 <= 0x3A }) else {
      return refuse(.noName)
    }
    guard data.number != 10 else { return refuse(.exponentialHistogram) }
    let needsTemporality = data.number == 7 || data.number == 9
    guard !needsTemporality || temporality == 1 || temporality == 2 else { return refuse(.noTemporality) }
    let kind: OTLPNames.MetricKind =
      switch data.number {
      case 5: .gauge
      case 7: isMonotonic ? .counter : .upDownCounter
      case 9: .histogram
      default: .summary
      }
    let counting: SampleKind =
      switch kind {
      case .gauge: .gauge
      case .upDownCounter: temporality == 1 ? .delta : .gauge
      case .counter, .histogram: temporality == 1 ? .delta : .cumulative
      case .summary: .cumulative
      }
    var own = hash
    own.combine(base, name)
    own.combine(base, unit)
    own.combine(UInt64(kind.rawValue))
    headers[own] = OTLPMetrics.Header(resource: resource, scope: scope, name: name, unit: unit, kind: kind)
    var list = ProtobufReader(base, data.range)
    while problem == nil, let (number, type) = try list.field() {
      guard number == 1, type == .bytes else {
        try list.skip(type)
        continue
      }
      try point(base, try list.bytes(), kind, counting, own)
    }
  }

  private func aggregation(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(Malformed) -> (temporality: UInt64, isMonotonic: Bool) {
    var reader = ProtobufReader(base, range)
    var (temporality, isMonotonic): (UInt64, Bool) = (0, false)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (2, .varint): temporality = try reader.varint()
      case (3, .varint): isMonotonic = try reader.varint() != 0
      default: try reader.skip(type)
      }
    }
    return (temporality, isMonotonic)
  }

  // MARK: Points

  private mutating func point(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ kind: OTLPNames.MetricKind, _ counting: SampleKind,
    _ hash: Hash128
  ) throws(Malformed) {
    var point = OTLPPoint()
    try point.read(kind, base, range)
    if let reason = point.rejection(kind, limits, shared: shared) {
      rejected[reason, default: 0] += 1
      return
    }
    let created = counting == .cumulative && point.start > 0 && point.start < point.time ? point.start : nil
    var sample = CounterSample(
      time: Instant(nanoseconds: Int64(point.time)), value: 0,
      created: created.map { Instant(nanoseconds: Int64($0)) }, kind: counting)
    func add(_ part: OTLPMetrics.Part, _ value: Double, _ own: Double? = nil, as kind: SampleKind? = nil) {
      sample.value = point.hasNoValue ? CounterSample.staleMarker : value
      sample.kind = kind ?? counting
      append(base, point, part, own, sample, hash)
    }
    switch kind {
    case .gauge, .counter, .upDownCounter: add(.value, point.value)
    case .histogram:
      var total: UInt64 = 0
      for (index, count) in point.buckets.enumerated() {
        total &+= count
        let isLast = index == point.bounds.count
        if !isLast { add(.bucket, Double(total), point.bounds[index]) }
      }
      // The last bucket is the count itself, also where a sender leaves the buckets out.
      add(.bucket, Double(point.count), .infinity)
      add(.count, Double(point.count))
      if let sum = point.sum { add(.sum, sum) }
    case .summary:
      for (quantile, value) in point.quantiles { add(.quantile, value, quantile, as: .gauge) }
      add(.count, Double(point.count))
      if let sum = point.sum { add(.sum, sum) }
    }
  }

  private mutating func append(
    _ base: UnsafeBufferPointer<UInt8>, _ point: OTLPPoint, _ part: OTLPMetrics.Part, _ own: Double?,
    _ sample: CounterSample, _ hash: Hash128
  ) {
    guard problem == nil else { return }
    let start = keys.count
    append(hash.high)
    append(hash.low)
    keys.append(part.rawValue)
    if let own { append(own.bitPattern) }
    for attribute in point.attributes { keys.append(contentsOf: base[attribute]) }
    series.append(OTLPMetrics.Series(key: start..<keys.count, sample: sample))
    if series.count > limits.samples { problem = .tooMany("more than \(limits.samples) samples") }
    if keys.count > limits.keyBytes { problem = .tooMany("more than \(limits.keyBytes) bytes of attributes") }
  }

  private mutating func append(_ word: UInt64) {
    withUnsafeBytes(of: word.littleEndian) { keys.append(contentsOf: $0) }
  }
}

/// One point of a metric.
struct OTLPPoint {
  typealias Malformed = ProtobufReader.Problem

  var start: UInt64 = 0
  var time: UInt64 = 0
  var value = Double.nan
  var hasValue = false
  /// The sender says that there is none: a gap, or the end of the series.
  var hasNoValue = false
  var count: UInt64 = 0
  var sum: Double?
  var buckets: [UInt64] = []
  var bounds: [Double] = []
  var quantiles: [(quantile: Double, value: Double)] = []
  /// The `KeyValue` fields with their tags; one range while they stand together.
  var attributes: [Range<Int>] = []
  private var attributeCount = 0

  func rejection(
    _ kind: OTLPNames.MetricKind, _ limits: OTLPMetrics.Limits, shared: Int
  ) -> OTLPMetrics.Rejection? {
    // The ledger's times end in the year 2262.
    guard time > 0, time <= UInt64(Int64.max) else { return .noTime }
    guard attributeCount + shared <= limits.labels else { return .tooManyAttributes }
    switch kind {
    case .gauge, .counter, .upDownCounter: return hasValue || hasNoValue ? nil : .noValue
    case .summary: return quantiles.count <= limits.buckets ? nil : .badBuckets
    case .histogram:
      guard !buckets.isEmpty || !bounds.isEmpty else { return nil }
      guard buckets.count == bounds.count + 1, bounds.count < limits.buckets else { return .badBuckets }
      let isSorted = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
      return isSorted && bounds.allSatisfy { !$0.isNaN } ? nil : .badBuckets
    }
  }

  private mutating func attribute(from start: Int, to end: Int) {
    attributeCount += 1
    if let last = attributes.last, last.upperBound == start {
      attributes[attributes.count - 1] = last.lowerBound..<end
    } else {
      attributes.append(start..<end)
    }
  }

  /// Points of all kinds have their times, attributes and flags; only the numbers of two fields differ.
  mutating func read(
    _ kind: OTLPNames.MetricKind, _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(Malformed) {
    let (attributes, flags): (UInt64, UInt64) = kind == .histogram ? (9, 10) : (7, 8)
    var reader = ProtobufReader(base, range)
    while true {
      let place = reader.position
      guard let (number, type) = try reader.field() else { return }
      switch (number, type) {
      case (2, .fixed64): start = try reader.fixed64()
      case (3, .fixed64): time = try reader.fixed64()
      case (attributes, .bytes):
        _ = try reader.bytes()
        attribute(from: place, to: reader.position)
      case (flags, .varint): hasNoValue = try reader.varint() & 1 == 1
      default:
        switch kind {
        case .gauge, .counter, .upDownCounter: try readNumber(number, type, from: &reader)
        case .histogram: try readHistogram(base, number, type, from: &reader)
        case .summary: try readSummary(base, number, type, from: &reader)
        }
      }
    }
  }

  private mutating func readNumber(
    _ number: UInt64, _ type: ProtobufReader.WireType, from reader: inout ProtobufReader
  ) throws(Malformed) {
    switch (number, type) {
    case (4, .fixed64): (value, hasValue) = (Double(bitPattern: try reader.fixed64()), true)
    case (6, .fixed64): (value, hasValue) = (Double(Int64(bitPattern: try reader.fixed64())), true)
    default: try reader.skip(type)
    }
  }

  private mutating func readHistogram(
    _ base: UnsafeBufferPointer<UInt8>, _ number: UInt64, _ type: ProtobufReader.WireType,
    from reader: inout ProtobufReader
  ) throws(Malformed) {
    switch (number, type) {
    case (4, .fixed64): count = try reader.fixed64()
    case (5, .fixed64): sum = Double(bitPattern: try reader.fixed64())
    case (6, .bytes): try Self.words(base, try reader.bytes(), into: &buckets) { $0 }
    case (6, .fixed64): buckets.append(try reader.fixed64())
    case (7, .bytes): try Self.words(base, try reader.bytes(), into: &bounds) { Double(bitPattern: $0) }
    case (7, .fixed64): bounds.append(Double(bitPattern: try reader.fixed64()))
    default: try reader.skip(type)
    }
  }

  private mutating func readSummary(
    _ base: UnsafeBufferPointer<UInt8>, _ number: UInt64, _ type: ProtobufReader.WireType,
    from reader: inout ProtobufReader
  ) throws(Malformed) {
    switch (number, type) {
    case (4, .fixed64): count = try reader.fixed64()
    case (5, .fixed64): sum = Double(bitPattern: try reader.fixed64())
    case (6, .bytes): try quantile(base, try reader.bytes())
    default: try reader.skip(type)
    }
  }

  private mutating func quantile(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws(Malformed) {
    var reader = ProtobufReader(base, range)
    var (quantile, value) = (0.0, 0.0)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .fixed64): quantile = Double(bitPattern: try reader.fixed64())
      case (2, .fixed64): value = Double(bitPattern: try reader.fixed64())
      default: try reader.skip(type)
      }
    }
    quantiles.append((quantile, value))
  }

  private static func words<Value>(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, into list: inout [Value], _ make: (UInt64) -> Value
  ) throws(Malformed) {
    guard range.count.isMultiple(of: 8) else { throw .malformed }
    var reader = ProtobufReader(base, range)
    while !reader.isAtEnd { list.append(make(try reader.fixed64())) }
  }
}
