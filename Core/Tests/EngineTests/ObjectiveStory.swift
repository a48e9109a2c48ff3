import Base
import Events
import Journal
import Ledger
import Objectives
import Testing

@testable import Engine

/// A story whose alerts come from traffic: requests flow, some fail, and every 30 s all objectives are judged.
struct ObjectiveStory {
  var story: Story
  var ledger: Ledger
  var evaluator: Evaluator
  let objectives: [Objective]
  private var series: [(bad: SeriesID, total: SeriesID)] = []
  private var totals: [(bad: Double, total: Double)]
  private var known: Int64 = -1

  /// Objectives of `playback` at 99.9% over 30 days, by their ids.
  init(_ ids: String..., environment: Engine.Environment = Story.company()) throws {
    try self.init(ids, environment: environment)
  }

  init(
    _ ids: [String], environment: Engine.Environment = Story.company(),
    _ change: (inout Objective) -> Void = { _ in }
  ) throws {
    story = Story(environment)
    let objectives = try ids.map { id in
      var objective = try #require(
        ObjectiveCompiler.compile(
          ObjectiveSpec(
            id: id, service: "playback", displayName: "Playback works", target: 0.999, period: .days(30), bad: "bad",
            total: "total")
        ).objective)
      change(&objective)
      return objective
    }
    story.environment.objectives = Dictionary(uniqueKeysWithValues: objectives.map { ($0.id, $0.service) })
    var ledger = Ledger()
    ledger.register(objectives.sliDefinitions, at: story.now)
    for objective in objectives {
      var ids: [SeriesID] = []
      for side in [SLISide.bad, .total] {
        let key = LabelSet(metric: "\(side)", ["slo": objective.id]).key
        ids.append(ledger.intern(key, targets: [SLITarget(id: objective.sli, side: side)])!)
      }
      series.append((ids[0], ids[1]))
    }
    totals = Array(repeating: (0, 0), count: ids.count)
    evaluator = Evaluator(objectives, in: ledger)
    (self.objectives, self.ledger) = (objectives, ledger)
    send()
  }

  private mutating func send() {
    for (ids, total) in zip(series, totals) {
      ledger.ingest(ids.bad, CounterSample(time: story.now, value: total.bad), now: story.now)
      ledger.ingest(ids.total, CounterSample(time: story.now, value: total.total), now: story.now)
    }
  }

  /// Requests for a while: 10 a second of each objective, of which a share fails.
  mutating func traffic(_ length: Interval, failing share: Double = 0, every step: Interval = .seconds(30)) throws {
    let end = story.now + length
    while story.now + step <= end {
      try story.advance(step)
      let requests = 10 * step.seconds
      for index in totals.indices {
        totals[index].total += requests
        totals[index].bad += (requests * share).rounded()
      }
      send()
      try judge()
    }
  }

  /// Nothing comes at all.
  mutating func silence(_ length: Interval) throws {
    let end = story.now + length
    while story.now + .minutes(1) <= end {
      try story.advance(.minutes(1))
      try judge()
    }
  }

  private mutating func judge() throws {
    if known != story.state.exclusions.revision {
      known = story.state.exclusions.revision
      evaluator.exclude(
        Dictionary(
          uniqueKeysWithValues: objectives.map { objective in
            let range = story.now - .days(31)..<story.now + .minutes(5)
            return (objective.id, story.state.excluded(from: objective, between: range, in: story.environment))
          }))
    }
    let news = evaluator.evaluate(in: ledger, now: story.now).map { evaluation in
      Judged(objective: objectives.first { $0.id == evaluation.status.id }!, evaluation: evaluation)
    }
    if !news.isEmpty { try story.ask(.observe(news)) }
  }

  /// The server stops and starts: what evaluations left is gone, the journal and the ledger are there.
  mutating func restart() {
    let state = story.state
    evaluator = Evaluator(
      objectives, in: ledger,
      steps: { [policies = story.environment.budgetPolicies] in BudgetPolicy.steps(of: $0.id, among: policies) },
      remember: { state.memory(of: $0) })
    known = -1
  }

  func reading(_ id: String) throws -> ObjectiveReading {
    try #require(evaluator.reading(of: id, in: ledger, now: story.now))
  }

  /// The events of a type, each as its subject's name and a member of its data.
  func events(_ type: EventType) -> [Event] { story.events(type) }
}
