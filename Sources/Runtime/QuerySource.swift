import Base
import Ledger
import Objectives
import Outbound

/// A server of the Prometheus API that is asked.
struct QueryEndpoint: Hashable, Sendable {
  /// The DataSource's name.
  var name: String
  var url: String
  var authorization: SecretRef?
}

/// How a data source is doing: what pages show.
public struct QuerySourceState: Sendable, Hashable {
  public var name: String
  public var url: String
  public var lastAnswer: Instant?
  /// Since when no request was answered; `nil` while it answers.
  public var unreachableSince: Instant?
  /// Why not; or why it refuses one of the queries, or gives part of an answer.
  public var problem: String?
}

/// How far the past of an SLI is fetched: what pages show.
public struct BackfillState: Sendable, Hashable {
  public var sli: String
  public var source: String
  public var from: Instant
  public var to: Instant
  public var reached: Instant
  public var problem: String?

  public var isDone: Bool { reached >= to }

  /// 0…1.
  public var share: Double { to > from ? min(1, max(0, (reached - from) / (to - from))) : 1 }
}

/// What is asked of one data source, and what is remembered between its answers. A value, kept behind the lock of
/// `QuerySources`: it decides what an answer means and performs nothing.
struct QuerySource: Sendable {
  /// What a job of the planner asks.
  enum Work: Sendable {
    case samples(selector: String)
    case steps(query: String, sli: String, name: String, step: Interval)
    case past(Objective, from: Instant, until: Instant)
  }

  typealias Series = (labels: LabelSet, samples: [CounterSample])

  /// Series for the ledger. `exposition` is set where a first sample counts in full.
  struct Intake {
    var series: [(labels: LabelSet, samples: ArraySlice<CounterSample>)] = []
    var bornAfter: Instant?
  }

  let endpoint: QueryEndpoint
  /// Whether series are marked as asked of this source: those of a streamed SLI's past are not.
  let marks: Bool
  var planner: QueryPlanner
  var work: [String: Work] = [:]
  var warning: String?
  private var watch = SeriesWatch()
  private var watchedSince: [String: Instant] = [:]
  private var folds: [String: SampleFold] = [:]
  private var nextForget = Instant.distantPast

  init(endpoint: QueryEndpoint, marks: Bool, limits: QueryPlanner.Limits) {
    self.endpoint = endpoint
    self.marks = marks
    planner = QueryPlanner(limits: limits)
  }

  // MARK: Jobs

  /// - Parameter progress: what the ledger knows of an SLI.
  mutating func use(_ objectives: [Objective], progress: (String) -> SLIProgress, at now: Instant) {
    var jobs: [QueryPlanner.Job] = []
    var fresh: [String: Work] = [:]
    var periods: [String: Interval] = [:]
    for objective in objectives {
      periods[objective.sli] = max(periods[objective.sli] ?? .zero, objective.period)
    }
    func add(_ job: QueryPlanner.Job, _ work: Work) {
      if let index = jobs.firstIndex(where: { $0.id == job.id }) {
        jobs[index].doneUpTo = min(jobs[index].doneUpTo, job.doneUpTo)
        jobs[index].earliest = min(jobs[index].earliest, job.earliest)
      } else {
        jobs.append(job)
        fresh[job.id] = work
      }
    }
    var seen: Set<String> = []
    for objective in objectives where seen.insert(objective.sli).inserted {
      let known = progress(objective.sli)
      for (job, work) in Self.live(objective, known, now) { add(job, work) }
      if let (job, work) = past(objective, periods[objective.sli] ?? objective.period, known, now) { add(job, work) }
    }
    work = fresh
    planner.use(jobs, at: now)
    folds = folds.filter { fresh["past:" + $0.key] != nil }
    watchedSince = watchedSince.filter { fresh[$0.key] != nil }
    if now >= nextForget {
      watch.forget(before: now - .hours(1))
      nextForget = now + .minutes(10)
    }
  }

  private static func live(_ objective: Objective, _ known: SLIProgress, _ now: Instant) -> [(QueryPlanner.Job, Work)] {
    guard let query = objective.query else { return [] }
    let doneUpTo = min(known.lastSample ?? now, now)
    // The first live sample itself is asked for again, and known.
    let earliest = known.liveSince.map { $0 - .milliseconds(1) } ?? .distantPast
    switch query.form {
    case .samples:
      return objective.selectors.map { selector in
        (
          .init(id: "samples:" + selector, kind: .samples, doneUpTo: doneUpTo, earliest: earliest),
          .samples(selector: selector)
        )
      }
    case .instant:
      return objective.steppedQueries.map { name, text in
        (
          .init(id: "steps:\(objective.sli):\(name)", kind: .steps(query.step), doneUpTo: doneUpTo),
          .steps(query: text, sli: objective.sli, name: name, step: query.step)
        )
      }
    }
  }

  /// The past is fetched once live samples say where it ends.
  private func past(
    _ objective: Objective, _ period: Interval, _ known: SLIProgress, _ now: Instant
  ) -> (QueryPlanner.Job, Work)? {
    guard let until = known.liveSince else { return nil }
    let step = objective.query?.form == .samples ? nil : objective.query?.step
    let id = "past:" + objective.sli
    // The window as it was when the job began: it moves on while the job runs.
    var begin = now - min(period, LedgerLimits.longestPeriod)
    if case .past(_, let from, until)? = work[id] { begin = from }
    begin = begin.floored(to: step ?? .minutes(5))
    let done = max(begin, known.backfilledUpTo ?? begin)
    guard done < until, !planner.isDone(id) else { return nil }
    return (
      .init(id: id, kind: .past(until: until, step: step), doneUpTo: done), .past(objective, from: begin, until: until)
    )
  }

  var backfills: [BackfillState] {
    work.compactMap { id, work in
      guard case .past(let objective, let from, let until) = work, let reached = planner.doneUpTo(id) else {
        return nil
      }
      return BackfillState(
        sli: objective.sli, source: endpoint.name, from: from, to: until, reached: reached,
        problem: planner.problem(of: id))
    }.sorted { $0.sli < $1.sli }
  }

  var state: QuerySourceState {
    let refused = work.keys.sorted().compactMap { planner.problem(of: $0) }.first
    return QuerySourceState(
      name: endpoint.name, url: endpoint.url, lastAnswer: planner.lastAnswer,
      unreachableSince: planner.unreachableSince, problem: planner.failure ?? refused ?? warning)
  }

  // MARK: Answers

  /// What of a live answer is new, in the groups that the ledger takes.
  mutating func take(_ series: [Series], of fetch: QueryPlanner.Fetch) -> [Intake] {
    // A range of an older server is closed at its beginning; what is there was asked for before.
    let series = series.map { (labels: $0.labels, samples: $0.samples.filter { $0.time > fetch.from }) }
    if fetch.isFirst { watchedSince[fetch.job] = min(fetch.from + planner.limits.lookback, fetch.to) }
    let since = watchedSince[fetch.job] ?? fetch.to
    watch.see(series)
    var known = Intake()
    var born: [Instant: Intake] = [:]
    for (labels, samples) in series {
      let (fresh, bornAfter) = watch.take(labels, samples, since: since)
      guard !fresh.isEmpty else { continue }
      let marked = marks ? labels.asked(of: endpoint.name) : labels
      if let bornAfter {
        born[bornAfter, default: Intake(bornAfter: bornAfter)].series.append((marked, fresh))
      } else {
        known.series.append((marked, fresh))
      }
    }
    return ([known] + born.sorted { $0.key < $1.key }.map(\.value)).filter { !$0.series.isEmpty }
  }

  /// What was taken could not be counted: it is taken again. The ledger drops what it has already.
  mutating func forgetTaken() { watch = SeriesWatch() }

  /// The values of a query, as series of ours.
  func take(_ series: [Series], sli: String, name: String) -> Intake {
    Intake(
      series: series.map { labels, samples in
        (labels.removing("__name__").asked(of: endpoint.name, sli: sli, query: name), samples[...])
      })
  }

  /// The increments of a stretch of the past.
  mutating func fold(
    _ series: [Series], _ objective: Objective, until: Instant, of fetch: QueryPlanner.Fetch
  ) -> [SampleFold.Increment] {
    let matcher = SourcedMatcher([objective])
    var fold =
      fetch.isFirst ? nil : folds[objective.sli]
    let source = marks ? endpoint.name : nil
    if fold == nil {
      fold = SampleFold(from: fetch.from, until: until) { labels in
        guard let source, labels[SourcedMatcher.sourceLabel].isEmpty else { return matcher.targets(of: labels) }
        return matcher.targets(of: labels.asked(of: source))
      }
    }
    fold?.add(series)
    let increments = fold?.take(upTo: fetch.to) ?? []
    folds[objective.sli] = fold
    return increments
  }
}

/// What the ledger knows of an SLI.
public struct SLIProgress: Sendable {
  public var lastSample: Instant?
  /// The first sample that was not filled in.
  public var liveSince: Instant?
  public var backfilledUpTo: Instant?

  public init(lastSample: Instant?, liveSince: Instant?, backfilledUpTo: Instant?) {
    self.lastSample = lastSample
    self.liveSince = liveSince
    self.backfilledUpTo = backfilledUpTo
  }
}
