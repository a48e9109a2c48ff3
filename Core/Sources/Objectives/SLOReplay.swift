import Base
import Ledger

/// Computes a budget from recorded samples, without a server: what `mainstay slo replay` prints.
public enum SLOReplay {
  /// One recorded sample.
  public struct Sample: Sendable {
    public var labels: LabelSet
    public var sample: CounterSample

    public init(labels: LabelSet, sample: CounterSample) {
      self.labels = labels
      self.sample = sample
    }
  }

  /// An alert as it would have gone.
  public struct Alert: Hashable, Sendable {
    public var severity: BurnSeverity
    public var rule: String
    public var fired: Instant
    /// `nil` while it was still open at the end.
    public var resolved: Instant?
  }

  public struct Report: Sendable {
    public var objective: Objective
    public var evaluation: Evaluation
    public var alerts: [Alert]
    /// Samples that some selector matched, and all.
    public var matched: Int
    public var samples: Int
    public var counts: IngestCounts
  }

  /// Replays samples in the order of their times, judging every `step`, up to `at` (by default the last sample).
  ///
  /// Samples before a series' first one are unknown: it counts from its first sample on, as when it is scraped.
  public static func run(
    objective: Objective, samples: [Sample], at end: Instant? = nil, step: Interval = .seconds(30)
  ) -> Report {
    let matcher = SeriesMatcher([objective])
    var ids: [LabelSet: SeriesID?] = [:]
    var ledger = Ledger()
    // A stable sort: samples of one time keep their order.
    let ordered = samples.enumerated().sorted { lhs, rhs in
      (lhs.element.sample.time, lhs.offset) < (rhs.element.sample.time, rhs.offset)
    }.map(\.element)
    let start = ordered.first?.sample.time ?? end ?? .epoch
    let stop = end ?? ordered.last?.sample.time ?? start
    ledger.register([objective.definition], at: start)
    var judge = Judge(objective: objective, step: step, next: start + step)
    var matched = 0
    for one in ordered {
      guard one.sample.time <= stop else { break }
      judge.advance(to: one.sample.time, ledger)
      let id: SeriesID?
      if let known = ids[one.labels] {
        id = known
      } else {
        let targets = matcher.targets(of: one.labels)
        id = targets.isEmpty ? nil : ledger.intern(one.labels.key, targets: targets)
        ids[one.labels] = .some(id)
      }
      guard let id else { continue }
      matched += 1
      ledger.ingest(id, one.sample, now: one.sample.time)
    }
    judge.advance(to: stop, ledger)
    judge.evaluate(at: stop, ledger)
    return Report(
      objective: objective, evaluation: judge.last, alerts: judge.alerts, matched: matched, samples: samples.count,
      counts: ledger.counts)
  }

  private struct Judge {
    let objective: Objective
    let step: Interval
    var next: Instant
    var memory = ObjectiveMemory()
    var alerts: [Alert] = []
    var last: Evaluation
    private var evaluations = 0

    init(objective: Objective, step: Interval, next: Instant) {
      self.objective = objective
      self.step = max(step, .seconds(10))
      self.next = next
      last = Objectives.evaluate(objective, in: Ledger(), now: next)
    }

    /// Judges at every step before `time`. Over a long gap the steps widen: nothing can happen within it that
    /// the end of it does not show.
    mutating func advance(to time: Instant, _ ledger: Ledger) {
      while next < time, evaluations < 200_000 {
        evaluate(at: next, ledger)
        next += max(step, (time - next) / 100)
      }
    }

    mutating func evaluate(at time: Instant, _ ledger: Ledger) {
      evaluations += 1
      last = Objectives.evaluate(objective, in: ledger, now: time, after: memory)
      memory = last.memory
      for transition in last.alerts {
        switch transition {
        case .fired(let severity, let reading):
          alerts.append(Alert(severity: severity, rule: reading.rule.name, fired: time))
        case .resolved(let severity, _):
          if let index = alerts.lastIndex(where: { $0.severity == severity }) { alerts[index].resolved = time }
        }
      }
    }
  }
}

extension SLOReplay.Report {
  /// The report for `--format json`. docs/slo.md describes its members.
  public var json: JSON {
    let status = evaluation.status
    return .object([
      "slo": .string(objective.id),
      "service": .string(objective.service),
      "target": .double(objective.target),
      "window": .string(objective.period.text),
      "at": status.at.map { .string($0.rfc3339) } ?? .null,
      "state": .string(status.state.rawValue),
      "good": .double(status.good),
      "bad": .double(status.total - status.good),
      "total": .double(status.total),
      "covered": .double(status.covered),
      "sli": status.indicator.map { .double($0) } ?? .null,
      "budget_left": .double(status.budgetLeft),
      "burn_rates": .array(
        status.readings.map { reading in
          .object([
            "severity": .string(reading.rule.severity.rawValue),
            "long": .string(reading.rule.long.text),
            "short": .string(reading.rule.short.text),
            "factor": .double(reading.rule.factor),
            "long_rate": reading.long.map { .double($0) } ?? .null,
            "short_rate": reading.short.map { .double($0) } ?? .null,
            "firing": .bool(reading.isFiring),
            "clears_at": reading.clearsAt.map { .string($0.rfc3339) } ?? .null,
          ])
        }),
      "exhausted_at": status.projection?.expected.map { .string($0.rfc3339) } ?? .null,
      "alerts": .array(
        alerts.map { alert in
          .object([
            "severity": .string(alert.severity.rawValue),
            "rule": .string(alert.rule),
            "fired_at": .string(alert.fired.rfc3339),
            "resolved_at": alert.resolved.map { .string($0.rfc3339) } ?? .null,
          ])
        }),
      "samples": .int(Int64(samples)),
      "samples_matched": .int(Int64(matched)),
      "samples_dropped": .int(Int64(counts.dropped)),
    ])
  }
}
