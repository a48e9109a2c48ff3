import Base
import Ledger
import Synchronization

/// Hears of what is counted, beside the ledger: what tells apart whose failures they were. Called under the ledger's
/// lock, so both are to be short, and neither may call the engine.
public struct CountedSamples: Sendable {
  /// A series is seen for the first time, or its index stands for another one now. `last` is the newest sample of
  /// it. Answers whether its samples are wanted.
  public var watch:
    @Sendable (_ series: Int32, _ labels: LabelSet, _ targets: [SLITarget], _ last: CounterSample?) -> Bool
  /// A sample of a wanted series was counted.
  public var note: @Sendable (_ series: Int32, _ sample: CounterSample) -> Void

  public init(
    watch: @escaping @Sendable (Int32, LabelSet, [SLITarget], CounterSample?) -> Bool,
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
    while watched.count <= index { watched.append(false) }
    // What a counter grew by in a long silence happened at no time that could be told.
    let last = ledger.newest(of: id).flatMap { $0.time > intake.now - ledger.limits.horizon ? $0 : nil }
    watched[index] = listener.watch(id.index, set, targets, last)
  }

  func tell(_ entry: LedgerFrame.Entry) {
    let index = Int(entry.series)
    if index < watched.count, watched[index] { listener?.note(entry.series, entry.sample) }
  }
}
