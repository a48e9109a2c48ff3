import Ledger
import Synchronization

/// Hears of what is counted, beside the ledger: what tells apart whose failures they were. Called under the ledger's
/// lock, so both are to be short, and neither may call the engine.
public struct CountedSamples: Sendable {
  /// A series is seen for the first time, or its index stands for another one now. Answers whether its samples are
  /// wanted.
  public var watch: @Sendable (_ series: Int32, _ labels: LabelSet, _ targets: [SLITarget]) -> Bool
  /// A sample of a wanted series was counted.
  public var note: @Sendable (_ series: Int32, _ sample: CounterSample) -> Void

  public init(
    watch: @escaping @Sendable (Int32, LabelSet, [SLITarget]) -> Bool,
    note: @escaping @Sendable (Int32, CounterSample) -> Void
  ) {
    self.watch = watch
    self.note = note
  }
}

extension LedgerEngine {
  /// Tells a listener of what is counted from now on.
  public func tell(_ listener: CountedSamples) {
    contents.withLock { $0.listener = listener }
  }
}

extension LedgerEngine.Contents {
  mutating func hear(of id: SeriesID, set: LabelSet, _ targets: [SLITarget]) {
    guard let listener else { return }
    let index = Int(id.index)
    while isHeard.count <= index { isHeard.append(false) }
    isHeard[index] = listener.watch(id.index, set, targets)
  }

  func tell(_ entry: LedgerFrame.Entry) {
    let index = Int(entry.series)
    if index < isHeard.count, isHeard[index] { listener?.note(entry.series, entry.sample) }
  }
}
