import Base
import Ledger
import Store
import Wire

extension LedgerEngine {
  /// Counts one scrape of a target: a complete exposition, in which a series that was not in the one before was born
  /// since.
  public func take(
    _ exposition: Exposition, of target: ScrapeTarget, at time: Instant, after previous: Instant?, now: Instant
  ) throws {
    let times = ExpositionTimes(at: time, previous: previous)
    let series = exposition.telemetry(at: time, honoringTimes: target.settings.honorTimestamps)
    try ingest(series, scope: target.scope, exposition: times, now: now) { key in
      Exposition.labels(key).joined(by: target)
    }
  }

  /// Counts what a scrape came to, as the series that Prometheus makes of each: `up`, `scrape_duration_seconds` and
  /// `scrape_samples_scraped`. A target that went ends them with a stale marker.
  public func take(_ report: Scraper.Report, of target: ScrapeTarget, at time: Instant, now: Instant) throws {
    let isGone = report.isUp == nil
    let values = [
      ("up", report.isUp == true ? 1.0 : 0.0), ("scrape_duration_seconds", report.took.seconds),
      ("scrape_samples_scraped", Double(report.samples)),
    ]
    let series = values.map { name, value in
      TelemetrySeries(
        key: Array(name.utf8)[...],
        samples: [CounterSample(time: time, value: isGone ? CounterSample.staleMarker : value, kind: .gauge)])
    }
    try ingest(series, scope: "report of " + target.scope, now: now) { key in
      LabelSet(metric: String(decoding: key, as: UTF8.self)).joined(by: target)
    }
  }
}

extension LabelSet {
  /// The labels with those that scraping adds: `job`, `instance` and the target's own. Where the target itself gives
  /// one of these names, its value moves to `exported_NAME`; with `honorLabels` it stays and ours gives way, as in
  /// Prometheus.
  func joined(by target: ScrapeTarget) -> LabelSet {
    let added =
      [Label("job", target.job), Label("instance", target.instance)] + target.labels.map { Label($0.name, $0.value) }
    guard !target.settings.honorLabels else {
      let own = Set(labels.map(\.name))
      return LabelSet(labels + added.filter { !own.contains($0.name) })
    }
    let names = Set(added.map(\.name))
    var taken = names.union(labels.map(\.name))
    let kept = labels.map { label in
      guard names.contains(label.name) else { return label }
      var name = "exported_" + label.name
      while !taken.insert(name).inserted { name = "exported_" + name }
      return Label(name, label.value)
    }
    return LabelSet(kept + added)
  }
}
