/// The messages of OTLP (open-telemetry/opentelemetry-proto v1) as far as their JSON form has to be read: for each
/// field its lowerCamelCase name, number and type.
struct OTLPSchema: Sendable {
  enum Kind: Sendable {
    case string, bool, varint, zigzag, fixed32, fixed64, double
    /// Trace and span ids: OTLP writes them in hexadecimal, unlike protobuf's own JSON.
    case hex
    case base64
    case packedVarint, packedFixed64, packedDouble
    /// One message, or a list of them where the JSON has a list.
    case message(@Sendable () -> OTLPSchema)
  }

  struct Field: Sendable {
    var name: StaticString
    var number: UInt64
    var kind: Kind
  }

  var fields: [Field]

  init(_ fields: [(StaticString, UInt64, Kind)]) {
    self.fields = fields.map { Field(name: $0.0, number: $0.1, kind: $0.2) }
  }

  // MARK: common.proto, resource.proto

  static let anyValue: OTLPSchema = OTLPSchema([
    ("stringValue", 1, .string), ("boolValue", 2, .bool), ("intValue", 3, .varint), ("doubleValue", 4, .double),
    ("arrayValue", 5, .message { arrayValue }), ("kvlistValue", 6, .message { keyValueList }),
    ("bytesValue", 7, .base64),
  ])
  static let arrayValue: OTLPSchema = OTLPSchema([("values", 1, .message { anyValue })])
  static let keyValueList: OTLPSchema = OTLPSchema([("values", 1, .message { keyValue })])
  static let keyValue: OTLPSchema = OTLPSchema([("key", 1, .string), ("value", 2, .message { anyValue })])
  static let scope: OTLPSchema = OTLPSchema([
    ("name", 1, .string), ("version", 2, .string), ("attributes", 3, .message { keyValue }),
  ])
  static let resource: OTLPSchema = OTLPSchema([("attributes", 1, .message { keyValue })])

  // MARK: metrics.proto

  static let metrics: OTLPSchema = OTLPSchema([("resourceMetrics", 1, .message { resourceMetrics })])
  static let resourceMetrics: OTLPSchema = OTLPSchema([
    ("resource", 1, .message { resource }), ("scopeMetrics", 2, .message { scopeMetrics }),
  ])
  static let scopeMetrics: OTLPSchema = OTLPSchema([
    ("scope", 1, .message { scope }), ("metrics", 2, .message { metric }),
  ])
  static let metric: OTLPSchema = OTLPSchema([
    ("name", 1, .string), ("unit", 3, .string), ("gauge", 5, .message { numbers }), ("sum", 7, .message { numbers }),
    ("histogram", 9, .message { histogram }), ("exponentialHistogram", 10, .message { exponentialHistogram }),
    ("summary", 11, .message { summary }),
  ])
  static let numbers: OTLPSchema = OTLPSchema([
    ("dataPoints", 1, .message { numberPoint }), ("aggregationTemporality", 2, .varint), ("isMonotonic", 3, .bool),
  ])
  static let numberPoint: OTLPSchema = OTLPSchema([
    ("startTimeUnixNano", 2, .fixed64), ("timeUnixNano", 3, .fixed64), ("asDouble", 4, .double),
    ("asInt", 6, .fixed64), ("attributes", 7, .message { keyValue }), ("flags", 8, .varint),
  ])
  static let histogram: OTLPSchema = OTLPSchema([
    ("dataPoints", 1, .message { histogramPoint }), ("aggregationTemporality", 2, .varint),
  ])
  static let histogramPoint: OTLPSchema = OTLPSchema([
    ("startTimeUnixNano", 2, .fixed64), ("timeUnixNano", 3, .fixed64), ("count", 4, .fixed64), ("sum", 5, .double),
    ("bucketCounts", 6, .packedFixed64), ("explicitBounds", 7, .packedDouble),
    ("attributes", 9, .message { keyValue }), ("flags", 10, .varint), ("min", 11, .double), ("max", 12, .double),
  ])
  static let exponentialHistogram: OTLPSchema = OTLPSchema([
    ("dataPoints", 1, .message { exponentialPoint }), ("aggregationTemporality", 2, .varint),
  ])
  static let exponentialPoint: OTLPSchema = OTLPSchema([
    ("attributes", 1, .message { keyValue }), ("startTimeUnixNano", 2, .fixed64), ("timeUnixNano", 3, .fixed64),
    ("count", 4, .fixed64), ("sum", 5, .double), ("scale", 6, .zigzag), ("zeroCount", 7, .fixed64),
    ("positive", 8, .message { exponentialBuckets }), ("negative", 9, .message { exponentialBuckets }),
    ("flags", 10, .varint), ("min", 12, .double), ("max", 13, .double), ("zeroThreshold", 14, .double),
  ])
  static let exponentialBuckets: OTLPSchema = OTLPSchema([("offset", 1, .zigzag), ("bucketCounts", 2, .packedVarint)])
  static let summary: OTLPSchema = OTLPSchema([("dataPoints", 1, .message { summaryPoint })])
  static let summaryPoint: OTLPSchema = OTLPSchema([
    ("startTimeUnixNano", 2, .fixed64), ("timeUnixNano", 3, .fixed64), ("count", 4, .fixed64), ("sum", 5, .double),
    ("quantileValues", 6, .message { quantile }), ("attributes", 7, .message { keyValue }), ("flags", 8, .varint),
  ])
  static let quantile: OTLPSchema = OTLPSchema([("quantile", 1, .double), ("value", 2, .double)])

  // MARK: trace.proto

  static let traces: OTLPSchema = OTLPSchema([("resourceSpans", 1, .message { resourceSpans })])
  static let resourceSpans: OTLPSchema = OTLPSchema([
    ("resource", 1, .message { resource }), ("scopeSpans", 2, .message { scopeSpans }),
  ])
  static let scopeSpans: OTLPSchema = OTLPSchema([("scope", 1, .message { scope }), ("spans", 2, .message { span })])
  static let span: OTLPSchema = OTLPSchema([
    ("traceId", 1, .hex), ("spanId", 2, .hex), ("traceState", 3, .string), ("parentSpanId", 4, .hex),
    ("name", 5, .string), ("kind", 6, .varint), ("startTimeUnixNano", 7, .fixed64), ("endTimeUnixNano", 8, .fixed64),
    ("attributes", 9, .message { keyValue }), ("events", 11, .message { spanEvent }),
    ("links", 13, .message { spanLink }), ("status", 15, .message { status }), ("flags", 16, .fixed32),
  ])
  static let spanEvent: OTLPSchema = OTLPSchema([
    ("timeUnixNano", 1, .fixed64), ("name", 2, .string), ("attributes", 3, .message { keyValue }),
  ])
  static let spanLink: OTLPSchema = OTLPSchema([
    ("traceId", 1, .hex), ("spanId", 2, .hex), ("traceState", 3, .string), ("attributes", 4, .message { keyValue }),
    ("flags", 6, .fixed32),
  ])
  static let status: OTLPSchema = OTLPSchema([("message", 2, .string), ("code", 3, .varint)])

  // MARK: logs.proto

  static let logs: OTLPSchema = OTLPSchema([("resourceLogs", 1, .message { resourceLogs })])
  static let resourceLogs: OTLPSchema = OTLPSchema([
    ("resource", 1, .message { resource }), ("scopeLogs", 2, .message { scopeLogs }),
  ])
  static let scopeLogs: OTLPSchema = OTLPSchema([
    ("scope", 1, .message { scope }), ("logRecords", 2, .message { logRecord }),
  ])
  static let logRecord: OTLPSchema = OTLPSchema([
    ("timeUnixNano", 1, .fixed64), ("severityNumber", 2, .varint), ("severityText", 3, .string),
    ("body", 5, .message { anyValue }), ("attributes", 6, .message { keyValue }), ("flags", 8, .fixed32),
    ("traceId", 9, .hex), ("spanId", 10, .hex), ("observedTimeUnixNano", 11, .fixed64), ("eventName", 12, .string),
  ])
}
