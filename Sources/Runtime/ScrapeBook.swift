import Base

/// Which targets are scraped, and how each is doing. A value: the scraper keeps it behind its lock.
struct ScrapeBook {
  private struct Entry {
    /// Tells a target that came back from the one that went: the loop of the old one must end.
    var generation: Int
    var status: ScrapeStatus
  }

  private var entries: [ScrapeTarget: Entry] = [:]
  private var order: [ScrapeTarget] = []
  private var generations = 0

  /// Makes these the targets.
  ///
  /// - Returns: those that are new, each with the generation under which it is followed, and those that went.
  mutating func use(_ targets: [ScrapeTarget]) -> (begun: [(ScrapeTarget, Int)], ended: [ScrapeTarget]) {
    let wanted = Set(targets)
    let ended = order.filter { !wanted.contains($0) }
    for target in ended { entries[target] = nil }
    var begun: [(ScrapeTarget, Int)] = []
    for target in targets where entries[target] == nil {
      generations += 1
      entries[target] = Entry(generation: generations, status: ScrapeStatus(target))
      begun.append((target, generations))
    }
    order = targets
    return (begun, ended)
  }

  func follows(_ target: ScrapeTarget, _ generation: Int) -> Bool { entries[target]?.generation == generation }

  /// Keeps what became of a scrape.
  mutating func note(_ target: ScrapeTarget, at: Instant, took: Interval, samples: Int, error: String?) {
    guard var entry = entries[target] else { return }
    entry.status.lastScrape = at
    entry.status.took = took
    entry.status.samples = samples
    entry.status.error = error
    entry.status.failingSince = error == nil ? nil : entry.status.failingSince ?? at
    entries[target] = entry
  }

  /// In the order of the configuration.
  var statuses: [ScrapeStatus] { order.compactMap { entries[$0]?.status } }
}
