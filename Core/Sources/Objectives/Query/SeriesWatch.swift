import Base
import Ledger

/// What was seen of the series of a data source: which samples are new, and which series were born while we looked.
///
/// The Prometheus API does not say when a counter began. But all samples of one scrape carry one time: when a target
/// (`job` and `instance`) was seen at a time and this series was not, it began later, and its first value counts in
/// full, as in a scrape of our own. A series of a target that nobody saw before is a baseline.
public struct SeriesWatch: Sendable {
  struct Target: Hashable, Sendable {
    var job: String
    var instance: String

    init?(_ labels: LabelSet) {
      (job, instance) = (labels["job"], labels["instance"])
      if job.isEmpty && instance.isEmpty { return nil }
    }
  }

  private var last: [LabelSet: Instant] = [:]
  private var firstSeen: [Target: Instant] = [:]
  private let seriesMax: Int

  public init(seriesMax: Int = 500_000) { self.seriesMax = seriesMax }

  /// Learns which targets an answer speaks of. Before any series of the answer is taken.
  public mutating func see(_ series: some Sequence<(labels: LabelSet, samples: [CounterSample])>) {
    for (labels, samples) in series {
      guard let first = samples.first?.time, let target = Target(labels) else { continue }
      firstSeen[target] = min(firstSeen[target] ?? first, first)
    }
  }

  /// The samples of a series that were not taken before, and the time after which the series was born, where that is
  /// known.
  ///
  /// - Parameters:
  ///   - samples: in order of time.
  ///   - since: from when on a series that was there would have been seen.
  public mutating func take(
    _ labels: LabelSet, _ samples: [CounterSample], since: Instant
  ) -> (fresh: ArraySlice<CounterSample>, bornAfter: Instant?) {
    guard let newest = samples.last?.time else { return ([], nil) }
    if let known = last[labels] {
      last[labels] = max(known, newest)
      return (samples[(samples.firstIndex { $0.time > known } ?? samples.endIndex)...], nil)
    }
    // Sources with ever new series cannot grow it without end. The ledger knows its own series, so forgetting costs
    // duplicates that it drops.
    if last.count >= seriesMax { last = [:] }
    last[labels] = newest
    guard let first = samples.first?.time, first > since, let target = Target(labels), let seen = firstSeen[target],
      seen < first
    else { return (samples[...], nil) }
    return (samples[...], max(seen, since))
  }

  /// Forgets series and targets that were silent since then.
  public mutating func forget(before time: Instant) {
    last = last.filter { $0.value >= time }
    let targets = Set(last.keys.compactMap(Target.init))
    firstSeen = firstSeen.filter { targets.contains($0.key) }
  }
}
