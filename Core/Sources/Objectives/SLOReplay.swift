import Base
import Definitions
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

  /// A step of the budget that was reached.
  public struct Step: Hashable, Sendable {
    public var consumed: Double
    public var at: Instant
  }

  public struct Report: Sendable {
    public var objective: Objective
    public var evaluation: Evaluation
    public var alerts: [Alert]
    public var steps: [Step]
    /// The label values with the most bad events in the last three days, and the stretches of the budget's window in
    /// which most of them fell.
    public var contributions: [Attribution.Contribution]
    public var stretches: [BurnStretch]
    /// Samples that some selector matched, and all.
    public var matched: Int
    public var samples: Int
    public var counts: IngestCounts
  }

  /// Replays samples in the order of their times, judging every `step`, up to `at` (by default the last sample).
  ///
  /// Samples before a series' first one are unknown: it counts from its first sample on, as when it is scraped.
  ///
  /// - Parameter context: the members of a composite objective, the zone of its calendar, and what is excluded.
  public static func run(
    objective: Objective, context: ObjectiveContext = ObjectiveContext(), samples: [Sample], at end: Instant? = nil,
    step: Interval = .seconds(30)
  ) -> Report {
    // A stable sort: samples of one time keep their order.
    let ordered = samples.enumerated().sorted { lhs, rhs in
      (lhs.element.sample.time, lhs.offset) < (rhs.element.sample.time, rhs.offset)
    }.map(\.element)
    let start = ordered.first?.sample.time ?? end ?? .epoch
    let stop = end ?? ordered.last?.sample.time ?? start
    var counter = Counter(objective, context, from: start, to: stop)
    var judge = Judge(objective: objective, context: context, step: step, next: start + step)
    for one in ordered {
      guard one.sample.time <= stop else { break }
      judge.advance(to: one.sample.time, counter.ledger)
      counter.take(one)
    }
    judge.advance(to: stop, counter.ledger)
    judge.evaluate(at: stop, counter.ledger)
    let window = judge.last.status.calendar?.lowerBound ?? stop - objective.period
    let slis = context.members.isEmpty ? [objective] : context.members.map(\.objective)
    return Report(
      objective: objective,
      evaluation: judge.last.detailed(objective, in: counter.ledger, now: stop, context: context),
      alerts: judge.alerts, steps: judge.steps,
      contributions: slis.flatMap { counter.feed.book.top($0.sli, in: stop - .days(3)..<stop + .seconds(1)) },
      stretches: slis.flatMap {
        ObjectivePlots.stretches($0, in: counter.ledger, from: window, to: stop, excluding: context.excluded)
      },
      matched: counter.matched, samples: samples.count, counts: counter.ledger.counts)
  }

  /// Counts samples as the server does.
  private struct Counter {
    let matcher: SeriesMatcher
    var ids: [LabelSet: SeriesID?] = [:]
    var ledger = Ledger()
    var feed = AttributionFeed()
    var matched = 0

    init(_ objective: Objective, _ context: ObjectiveContext, from start: Instant, to stop: Instant) {
      let objectives = context.members.isEmpty ? [objective] : context.members.map(\.objective)
      matcher = SeriesMatcher(objectives)
      ledger.register(objectives.sliDefinitions, at: start)
      feed.use(
        objectives.sliDefinitions,
        by: Dictionary(objectives.map { ($0.sli, $0.by) }, uniquingKeysWith: { first, _ in first }))
      var marks: Set<Instant> = Set(context.excluded.flatMap { [$0.lowerBound, $0.upperBound] })
      if case .calendar(let window) = objective.window {
        var time = stop
        while marks.count < 64, time >= start {
          let period = window.period(containing: time) { _ in context.zone }
          marks.insert(period.lowerBound)
          time = period.lowerBound - .seconds(1)
        }
      }
      for objective in objectives {
        if let slot = ledger.slot(of: objective.sli) { ledger.setMarks(marks.sorted(by: >), of: slot) }
      }
    }

    mutating func take(_ one: Sample) {
      let id: SeriesID?
      if let known = ids[one.labels] {
        id = known
      } else {
        let targets = matcher.targets(of: one.labels)
        id = targets.isEmpty ? nil : ledger.intern(one.labels.key, targets: targets)
        ids[one.labels] = .some(id)
        if let id { feed.watch(id.index, labels: one.labels, targets: targets) }
      }
      guard let id else { return }
      matched += 1
      ledger.ingest(id, one.sample, now: one.sample.time)
      feed.note(id.index, one.sample)
    }
  }

  private struct Judge {
    let objective: Objective
    let context: ObjectiveContext
    let step: Interval
    var next: Instant
    var memory = ObjectiveMemory()
    var alerts: [Alert] = []
    var steps: [Step] = []
    var last: Evaluation
    private var evaluations = 0

    init(objective: Objective, context: ObjectiveContext, step: Interval, next: Instant) {
      self.objective = objective
      self.context = context
      self.step = max(step, .seconds(10))
      self.next = next
      last = judge(objective, in: Ledger(), now: next, after: ObjectiveMemory(), context: context)
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
      last = judge(objective, in: ledger, now: time, after: memory, context: context)
      memory = last.memory
      for case .reached(let consumed) in last.steps where steps.count < 100 {
        steps.append(Step(consumed: consumed, at: time))
      }
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
      "window": .string(window),
      "period": status.calendar.map { .object(["from": time($0.lowerBound), "to": time($0.upperBound)]) } ?? .null,
      "at": time(status.at),
      "state": .string(status.state.rawValue),
      "good": .double(status.good),
      "bad": .double(status.total - status.good),
      "total": .double(status.total),
      "covered": .double(status.covered),
      "sli": number(status.indicator),
      "budget_left": .double(status.budgetLeft),
      "burn_rates": .array(status.readings.map(rule)),
      "exhausted_at": time(status.projection?.expected),
      "projection": status.projection.map(projection) ?? .null,
      "alerts": .array(
        alerts.map { alert in
          .object([
            "severity": .string(alert.severity.rawValue),
            "rule": .string(alert.rule),
            "fired_at": time(alert.fired),
            "resolved_at": time(alert.resolved),
          ])
        }),
      "steps": .array(steps.map { .object(["consumed": .double($0.consumed), "at": time($0.at)]) }),
      "burned_by": .array(
        contributions.map {
          .object([
            "label": .string($0.label), "value": .string($0.value), "bad": .double($0.bad), "share": .double($0.share),
          ])
        }),
      "burned_when": .array(
        stretches.map {
          .object([
            "from": time($0.from), "to": time($0.to), "bad": .double($0.bad), "share": .double($0.share),
            "burn_rate": .double($0.burn),
          ])
        }),
      "excluded": .array(
        status.excluded.map { .object(["from": time($0.lowerBound), "to": time($0.upperBound)]) }),
      "samples": .int(Int64(samples)),
      "samples_matched": .int(Int64(matched)),
      "samples_dropped": .int(Int64(counts.dropped)),
    ])
  }

  /// `30d`, or a calendar's duration as OpenSLO writes it: `1M`.
  private var window: String {
    if case .calendar(let calendar) = objective.window { return calendar.duration.text }
    return objective.period.text
  }

  private func time(_ instant: Instant?) -> JSON { instant.map { .string($0.rfc3339) } ?? .null }

  private func number(_ value: Double?) -> JSON { value.map { .double($0) } ?? .null }

  private func rule(_ reading: BurnReading) -> JSON {
    .object([
      "severity": .string(reading.rule.severity.rawValue),
      "long": .string(reading.rule.long.text),
      "short": .string(reading.rule.short.text),
      "factor": .double(reading.factor),
      "long_rate": number(reading.long),
      "short_rate": number(reading.short),
      "firing": .bool(reading.isFiring),
      "held_back": reading.heldBack.map { .string(BurnWords.shortage($0)) } ?? .null,
      "clears_at": time(reading.clearsAt),
    ])
  }

  private func projection(_ forecast: BudgetForecast) -> JSON {
    .object([
      "earliest": time(forecast.earliest),
      "expected": time(forecast.expected),
      "latest": time(forecast.latest),
      "at_recent_burn": time(forecast.atRecentBurn),
      "burn_rate": .double(forecast.burn),
      "blocks": .int(Int64(forecast.blocks)),
      "too_short": .bool(forecast.isTooShort),
    ])
  }
}
