import Base
import Ledger

/// The text formats in which metrics are exposed.
public enum ExpositionFormat: Hashable, Sendable {
  /// Prometheus text 0.0.4 and 1.0.0: forgiving about white space, times in milliseconds.
  case prometheus
  /// OpenMetrics 1.0, as strictly as its specification asks: one mistake refuses the whole exposition.
  case openMetrics
  /// OpenMetrics lines without the rules on families, groups and histograms, as Prometheus itself reads them.
  case openMetricsLenient

  /// The format that a `Content-Type` names. What is not OpenMetrics is read as Prometheus text.
  public init(contentType: String) {
    let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    self = type == "application/openmetrics-text" ? .openMetricsLenient : .prometheus
  }
}

/// What is wrong with an exposition, and on which line (from 1).
public struct ExpositionError: Error, Hashable, Sendable, CustomStringConvertible {
  public var line: Int
  public var message: String

  public var description: String { "line \(line): \(message)" }
}

/// The bounds of an exposition.
public struct ExpositionLimits: Sendable {
  public var bytes = 64 << 20
  public var samples = 1_000_000
  public var labels = 128
  public var lineBytes = 64 << 10

  public init() {}
}

/// The samples of one exposition. Names and labels stay bytes until somebody asks for them.
public struct Exposition: Sendable {
  public struct Sample: Sendable {
    /// Where name and labels stand, `http_requests_total{code="200"}`: the same for a series in every exposition of
    /// one process, so it serves as a key.
    public var series: Range<Int>
    public var name: Range<Int>
    public var value: Double
    /// The time written beside the value, seldom there.
    public var time: Instant?
    /// When the counter began (`_created`).
    public var created: Instant?
  }

  public let bytes: [UInt8]
  public internal(set) var samples: [Sample] = []
  /// The names that were declared counters, histograms or summaries; `nil` type means not declared.
  public internal(set) var exemplars = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an exposition.
  public init(
    _ bytes: [UInt8], format: ExpositionFormat, limits: ExpositionLimits = ExpositionLimits()
  ) throws(ExpositionError) {
    guard bytes.count <= limits.bytes else {
      throw ExpositionError(line: 1, message: "the exposition is larger than \(limits.bytes) bytes")
    }
    var parser = ExpositionParser(bytes: bytes, format: format, limits: limits)
    self = try parser.parse()
  }

  /// The series' text as bytes.
  public func key(of sample: Sample) -> ArraySlice<UInt8> { bytes[sample.series] }

  public func name(of sample: Sample) -> String { String(decoding: bytes[sample.name], as: UTF8.self) }

  /// Name and labels as a set.
  public func labels(of sample: Sample) -> LabelSet { Self.labels(bytes[sample.series]) }

  /// Name and labels behind a series' text.
  public static func labels(_ key: ArraySlice<UInt8>) -> LabelSet {
    var scanner = LineScanner(bytes: key, range: key.startIndex..<key.endIndex, strict: false)
    guard let line = try? scanner.series() else { return LabelSet([]) }
    return LabelSet([Label("__name__", scanner.text(line.name))] + line.labels.map { scanner.label($0) })
  }

  /// The samples for the ledger. Those without a time of their own were taken at `time`; all were, where times are not
  /// honoured.
  public func telemetry(at time: Instant, honoringTimes: Bool = true) -> [TelemetrySeries] {
    let counters = samples.map { sample in
      CounterSample(
        time: honoringTimes ? sample.time ?? time : time, value: sample.value, created: sample.created)
    }
    return samples.enumerated().map { index, sample in
      TelemetrySeries(key: bytes[sample.series], samples: counters[index...index])
    }
  }
}
