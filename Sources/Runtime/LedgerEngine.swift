import Base
import Ledger
import Objectives
import Synchronization
import Wire

/// The ledger behind a lock.
public final class LedgerEngine: Sendable {
  struct Contents {
    var ledger = Ledger()
    var matcher = SeriesMatcher([])
    /// What a sender's own bytes for a series stand for.
    var known: [[UInt8]: SeriesID?] = [:]
    var lastScrape: [String: Instant] = [:]
  }

  private let contents = Mutex(Contents())

  public init() {}

  public func read<Value>(_ body: (borrowing Ledger) throws -> Value) rethrows -> Value {
    try contents.withLock { try body($0.ledger) }
  }

  public func register(_ objectives: [Objective], at now: Instant) {
    contents.withLock { contents in
      let matcher = SeriesMatcher(objectives)
      contents.matcher = matcher
      contents.known = [:]
      contents.ledger.register(objectives.map(\.definition), at: now)
      contents.ledger.retarget { matcher.targets(ofKey: $0) }
    }
  }

  /// Counts the samples of a remote write.
  public func take(_ request: WriteRequest, now: Instant) {
    contents.withLock { contents in
      for series in request.series {
        let key = Array(request.key(of: series))
        guard
          let id = contents.identify(key, prefix: [0], labels: { WriteRequest.labels(key) })
        else { continue }
        for sample in request.samples[series.samples] { contents.ledger.ingest(id, sample, now: now) }
      }
    }
  }

  /// Counts one scrape of a target: a complete exposition, in which a series that was not in the one before was born
  /// since.
  public func take(_ exposition: Exposition, of target: ScrapeTarget, at time: Instant, now: Instant) {
    contents.withLock { contents in
      let previous = contents.lastScrape[target.url]
      var touched: [SeriesID] = []
      for sample in exposition.samples {
        let labels = {
          exposition.labels(of: sample).joined(by: target)
        }
        let key = Array(exposition.key(of: sample))
        guard let id = contents.identify(key, prefix: Array(target.url.utf8), labels: labels) else { continue }
        contents.ledger.ingest(
          id, CounterSample(time: sample.time ?? time, value: sample.value, created: sample.created), now: now,
          previousExposition: previous)
        touched.append(id)
      }
      contents.ledger.completeExposition(at: time, touching: touched)
      contents.lastScrape[target.url] = time
    }
  }
}

extension LedgerEngine.Contents {
  /// The series behind a sender's own bytes for it; `nil` for one that no SLI counts. Each is matched once.
  mutating func identify(_ key: [UInt8], prefix: [UInt8], labels: () -> LabelSet) -> SeriesID? {
    let name = prefix + [0xFF] + key
    if let known = known[name] { return known }
    // Senders with endless labels do not grow this without end: forgetting only costs a match.
    if known.count >= 500_000 { known = [:] }
    let set = labels()
    let targets = matcher.targets(of: set)
    let id = targets.isEmpty ? nil : ledger.intern(set.key, targets: targets)
    known[name] = .some(id)
    return id
  }
}

extension LabelSet {
  /// The labels with those that scraping adds: `job`, `instance` and the target's own. What the target says itself
  /// under these names gives way to what we know, as in Prometheus with `honor_labels: false`.
  func joined(by target: ScrapeTarget) -> LabelSet {
    let added =
      [Label("job", target.job), Label("instance", target.instance)] + target.labels.map { Label($0.name, $0.value) }
    let names = Set(added.map(\.name))
    return LabelSet(labels.filter { !names.contains($0.name) } + added)
  }
}
