/// What is to become of the samples of a series, told by the bytes of its labels.
public enum SeriesVerdict: Hashable, Sendable {
  /// Some SLI counts it: the series' number for `TelemetrySink.add`.
  case counted(Int32)
  /// Nobody asked for it, so its samples need not be read.
  case ignored
  /// Of the standby of a pair of senders.
  case standby
  /// Past the bound on series.
  case refused
  /// Its labels name no series.
  case invalid
  /// Never seen: read its labels and `learn` it.
  case unknown
}

/// Takes what a decoder reads, series by series, so that nothing is built for a series that nobody asked for.
///
/// What is added counts only when the whole body was read: a decoder that throws leaves nothing behind but names.
public protocol TelemetrySink {
  /// What these label bytes stand for: the same bytes for a series in every body of one source.
  mutating func find(_ key: UnsafeRawBufferPointer) -> SeriesVerdict

  /// Remembers what label bytes stand for. Called once for a series.
  ///
  /// - Parameter labels: `nil` where they cannot name a series.
  mutating func learn(_ key: UnsafeRawBufferPointer, _ labels: LabelSet?) -> SeriesVerdict

  /// Takes a sample of a counted series.
  mutating func add(_ sample: CounterSample, to series: Int32)

  /// Hears of samples that were stepped over, and why.
  mutating func skip(_ samples: Int, _ verdict: SeriesVerdict)
}

/// Something that a sender sent, which can be read into a sink.
public protocol TelemetryBody {
  /// Reads everything, or throws what is wrong with it.
  mutating func read(into sink: inout some TelemetrySink) throws
}
