import Base

/// The spans of one OTLP request, `ExportTraceServiceRequest` (opentelemetry-proto v1), of the services that somebody
/// counts. Spans are places in the body; text is made of them when it is asked for.
public struct OTLPSpans: Sendable {
  /// One span; every range is a place in `bytes`.
  public struct Span: Sendable {
    var resource: Range<Int>
    var service: Range<Int>
    var message: Range<Int>
    var traceID: Range<Int>
    var spanID: Range<Int>
    var name: Range<Int>
    var statusMessage: Range<Int>
    public internal(set) var kind: SpanKind
    public internal(set) var status: SpanStatus
    public internal(set) var start: Instant
    /// A span counts at its end.
    public internal(set) var end: Instant

    /// Zero where the clock went back under it.
    public var duration: Interval { max(end - start, .zero) }
  }

  public struct Limits: Sendable {
    public var spans = 500_000

    public init() {}
  }

  public let bytes: [UInt8]
  /// Those of wanted services.
  public private(set) var spans: [Span] = []
  /// All that came, wanted or not.
  public private(set) var received = 0
  /// Spans without an end: nothing says when they count.
  public private(set) var rejected = 0

  public typealias Problem = OTLPMetrics.Problem

  /// Reads a body of JSON.
  public init(
    json: [UInt8], limits: Limits = Limits(), wants: (_ service: UnsafeBufferPointer<UInt8>) -> Bool = { _ in true }
  ) throws(Problem) {
    try self.init(try OTLPMetrics.protobuf(json, .traces), limits: limits, wants: wants)
  }

  /// Reads a body of protobuf. `wants` says by its name's bytes whether a service's spans are looked at.
  public init(
    _ bytes: [UInt8], limits: Limits = Limits(), wants: (_ service: UnsafeBufferPointer<UInt8>) -> Bool = { _ in true }
  ) throws(Problem) {
    self.bytes = bytes
    var (spans, received, rejected): ([Span], Int, Int) = ([], 0, 0)
    let problem: Problem? = bytes.withUnsafeBufferPointer { base in
      do throws(ProtobufReader.Problem) {
        var reader = ProtobufReader(base, 0..<base.count)
        while let (number, type) = try reader.field() {
          guard number == 1, type == .bytes else {
            try reader.skip(type)
            continue
          }
          try Self.resourceSpans(base, try reader.bytes(), wants, limits, &spans, &received, &rejected)
          if spans.count > limits.spans { return .tooMany("more than \(limits.spans) spans") }
        }
        return nil
      } catch {
        return .malformed
      }
    }
    if let problem { throw problem }
    (self.spans, self.received, self.rejected) = (spans, received, rejected)
  }

  private static func resourceSpans(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ wants: (UnsafeBufferPointer<UInt8>) -> Bool,
    _ limits: Limits, _ spans: inout [Span], _ received: inout Int, _ rejected: inout Int
  ) throws(ProtobufReader.Problem) {
    let resource = try OTLPMetricsReader.one(base, range, field: 1)
    let service =
      try attribute("service.name".utf8, base, resource, field: 1).flatMap { value throws(ProtobufReader.Problem) in
        try OTLPValue.string(base, value)
      } ?? resource.lowerBound..<resource.lowerBound
    let isWanted = wants(UnsafeBufferPointer(rebasing: base[service]))
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      guard number == 2, type == .bytes else {
        try reader.skip(type)
        continue
      }
      var scope = ProtobufReader(base, try reader.bytes())
      while let (number, type) = try scope.field() {
        guard number == 2, type == .bytes else {
          try scope.skip(type)
          continue
        }
        received += 1
        let message = try scope.bytes()
        guard isWanted else { continue }
        let span = try Self.span(base, message, resource, service)
        // The ledger's times end in the year 2262.
        if span.end > .epoch { spans.append(span) } else { rejected += 1 }
        if spans.count > limits.spans { return }
      }
    }
  }

  private static func span(
    _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ resource: Range<Int>, _ service: Range<Int>
  ) throws(ProtobufReader.Problem) -> Span {
    let none = range.lowerBound..<range.lowerBound
    var span = Span(
      resource: resource, service: service, message: range, traceID: none, spanID: none, name: none,
      statusMessage: none, kind: .unspecified, status: .unset, start: .epoch, end: .epoch)
    func instant(_ value: UInt64) -> Instant { Instant(nanoseconds: Int64(exactly: value) ?? 0) }
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      switch (number, type) {
      case (1, .bytes): span.traceID = try reader.bytes()
      case (2, .bytes): span.spanID = try reader.bytes()
      case (5, .bytes): span.name = try reader.bytes()
      case (6, .varint): span.kind = SpanKind(rawValue: UInt8(clamping: try reader.varint())) ?? .unspecified
      case (7, .fixed64): span.start = instant(try reader.fixed64())
      case (8, .fixed64): span.end = instant(try reader.fixed64())
      case (15, .bytes):
        var status = ProtobufReader(base, try reader.bytes())
        while let (number, type) = try status.field() {
          switch (number, type) {
          case (2, .bytes): span.statusMessage = try status.bytes()
          case (3, .varint): span.status = SpanStatus(rawValue: UInt8(clamping: try status.varint())) ?? .unset
          default: try status.skip(type)
          }
        }
      default: try reader.skip(type)
      }
    }
    return span
  }

  /// Where the value of an attribute stands. Compares bytes, makes no text.
  static func attribute(
    _ name: some Collection<UInt8>, _ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, field: UInt64
  ) throws(ProtobufReader.Problem) -> Range<Int>? {
    var reader = ProtobufReader(base, range)
    while let (number, type) = try reader.field() {
      guard number == field, type == .bytes else {
        try reader.skip(type)
        continue
      }
      let (key, value) = try OTLPValue.pair(base, try reader.bytes())
      if base[key].elementsEqual(name) { return value }
    }
    return nil
  }
}

/// `SpanKind` of trace.proto.
public enum SpanKind: UInt8, Hashable, Sendable, CaseIterable {
  case unspecified = 0, `internal` = 1, server = 2, client = 3, producer = 4, consumer = 5

  public var name: String {
    switch self {
    case .unspecified: "unspecified"
    case .internal: "internal"
    case .server: "server"
    case .client: "client"
    case .producer: "producer"
    case .consumer: "consumer"
    }
  }
}

/// `Status.StatusCode` of trace.proto.
public enum SpanStatus: UInt8, Hashable, Sendable, CaseIterable {
  case unset = 0, ok = 1, error = 2

  public var name: String {
    switch self {
    case .unset: "unset"
    case .ok: "ok"
    case .error: "error"
    }
  }
}
