import Base

/// The samples of one series as they came in, before anybody knows whether they are counted.
public struct TelemetrySeries: Sendable {
  /// The series' labels in the bytes of the sender's format: the same for a series every time.
  public var key: ArraySlice<UInt8>
  public var samples: ArraySlice<CounterSample>

  public init(key: ArraySlice<UInt8>, samples: ArraySlice<CounterSample>) {
    self.key = key
    self.samples = samples
  }
}
