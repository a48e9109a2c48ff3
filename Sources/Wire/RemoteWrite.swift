import Base
import Ledger

/// A body of Prometheus remote write, read straight into a `TelemetrySink`: label bytes are looked up as they stand,
/// and the samples of a series that nobody counts are stepped over.
///
/// - 1.0 (prometheus.io/docs/specs/prw/remote_write_spec): a snappy block of `prometheus.WriteRequest`.
/// - 2.0 (prometheus.io/docs/specs/prw/remote_write_spec_2_0): a snappy block of `io.prometheus.write.v2.Request`,
///   whose labels are numbers of strings in a table.
public struct WriteRequest: TelemetryBody, Sendable {
  /// Which message a body holds.
  public enum Version: Hashable, Sendable { case v1, v2 }

  public struct Limits: Sendable {
    /// Of the body once unpacked.
    public var bytes = 64 << 20
    public var samples = 1_000_000
    public var labelsPerSeries = 128
    /// Of the labels of a series, as 1.0 encodes them.
    public var labelBytes = 1 << 16

    public init() {}
  }

  /// Why a whole body is refused: nothing of it counts.
  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case snappy(Snappy.Problem)
    case malformed(Version)
    case tooManySamples(Int)
    case tooManyLabels(Int)
    case tooManyLabelBytes(Int)

    public var description: String {
      switch self {
      case .snappy(let problem): problem.description
      case .malformed(.v1): "the body is not a protobuf prometheus.WriteRequest"
      case .malformed(.v2): "the body is not a protobuf io.prometheus.write.v2.Request"
      case .tooManySamples(let limit): "the request has more than \(limit) samples; lower max_samples_per_send"
      case .tooManyLabels(let limit): "a series has more than \(limit) labels; drop some with write_relabel_configs"
      case .tooManyLabelBytes(let limit):
        "a series has more than \(limit) bytes of labels; drop some with write_relabel_configs"
      }
    }
  }

  /// The unpacked body.
  let bytes: [UInt8]
  let version: Version
  let limits: Limits
  /// What was in the body; complete after `read(into:)`.
  public private(set) var tally = WriteTally()

  /// Unpacks a body.
  public init(compressed body: [UInt8], version: Version = .v1, limits: Limits = Limits()) throws(Problem) {
    do { bytes = try Snappy.decode(body, limit: limits.bytes) } catch { throw .snappy(error) }
    self.version = version
    self.limits = limits
  }

  /// An unpacked body.
  public init(_ bytes: [UInt8], version: Version = .v1, limits: Limits = Limits()) {
    self.bytes = bytes
    self.version = version
    self.limits = limits
  }

  /// Reads everything; throws a `Problem` with the whole body.
  public mutating func read(into sink: inout some TelemetrySink) throws {
    var tally = WriteTally()
    let (version, limits) = (version, limits)
    do {
      try bytes.withUnsafeBufferPointer { base in
        switch version {
        case .v1: try WriteReader1(base, limits).read(into: &sink, &tally)
        case .v2: try WriteReader2(base, limits).read(into: &sink, &tally)
        }
      }
    } catch is ProtobufReader.Problem {
      throw Problem.malformed(version)
    }
    self.tally = tally
  }

  /// The labels behind a series' bytes, which are fields as 1.0 encodes them; `nil` where they are no labels or name no
  /// series.
  public static func labels(_ key: ArraySlice<UInt8>) -> LabelSet? {
    key.withUnsafeBytes { key in
      guard case .labels(let set)? = try? WriteLabels(key) else { return nil }
      return set
    }
  }
}

/// What a body held, and what became of what the ledger never sees.
public struct WriteTally: Hashable, Sendable {
  /// What was sent.
  public var samples = 0
  public var histograms = 0
  public var exemplars = 0
  /// Samples of series that nobody counts: filtered on purpose.
  public var ignored = 0
  /// Samples of the standby of a pair: filtered on purpose.
  public var standby = 0
  /// Samples past the bound on series.
  public var refused = 0
  /// Samples, histograms and exemplars of series whose labels name none.
  public var invalidSamples = 0
  public var invalidHistograms = 0
  public var invalidExemplars = 0
  /// Native histograms of series that some SLI counts: this version cannot read them.
  public var unsupportedHistograms = 0
  /// What was wrong with series, a few of them, in words.
  public var problems: [String] = []

  static let problemsMax = 3

  mutating func note(_ problem: String) {
    if problems.count < Self.problemsMax, !problems.contains(problem) { problems.append(problem) }
  }

  /// Counts what one series held.
  mutating func add(_ series: WriteContents, _ verdict: SeriesVerdict) {
    samples += series.samples
    histograms += series.histograms
    exemplars += series.exemplars
    switch verdict {
    case .counted: unsupportedHistograms += series.histograms
    case .ignored, .unknown: ignored += series.samples
    case .standby: standby += series.samples
    case .refused: refused += series.samples
    case .invalid:
      invalidSamples += series.samples
      invalidHistograms += series.histograms
      invalidExemplars += series.exemplars
    }
  }
}

/// What one series of a body held.
struct WriteContents {
  var samples = 0
  var histograms = 0
  var exemplars = 0
}
