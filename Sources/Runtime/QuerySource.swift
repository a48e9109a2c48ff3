import Base
import Definitions
import Ledger
import Objectives
import Outbound

/// A server of the Prometheus API that is asked.
struct QueryEndpoint: Hashable, Sendable {
  /// The DataSource's name.
  var name: String
  var url: String
  var authorization: Outbound.SecretRef?
  var headers: [DataSourceSpec.Header] = []
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
    case past(Past)
  }

  /// A stretch of an SLI's time that nobody counted live.
  struct Past: Sendable {
    enum Kind: Sendable {
      /// What was before its first live sample.
      case beginning
      /// Between two live samples.
      case gap
      /// After its newest live sample, where none came since.
      case end
    }

    var objective: Objective
    var kind: Kind
    /// Of the whole, of which some may have been done by an earlier process.
    var from: Instant
    var until: Instant
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
      let period = min(periods[objective.sli] ?? objective.period, LedgerLimits.longestPeriod)
      if let (job, work) = gap(objective, period, known, now) { add(job, work) }
      if let (job, work) = past(objective, period, known, now) { add(job, work) }
    }
    work = fresh
    planner.use(jobs, at: now)
    folds = folds.filter { fresh[$0.key] != nil }
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
    let earliest = known.resumed.map { $0 - .milliseconds(1) } ?? .distantPast
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
    let id = "past:" + objective.sli
    let step = objective.query?.form == .samples ? nil : objective.query?.step
    // The window as it was when the job began: it moves on while the job runs.
    var begin = now - period
    if case .past(let known)? = work[id], known.until == until { begin = known.from }
    begin = begin.floored(to: step ?? .minutes(5))
    let done = max(begin, known.backfilledUpTo ?? begin)
    guard done < until, !planner.isDone(id) else { return nil }
    return (
      .init(id: id, kind: .past(until: until, step: step), doneUpTo: done),
      .past(Past(objective: objective, kind: .beginning, from: begin, until: until))
    )
  }

  /// The oldest gap. It ends with the first live sample after it. Where none came although everything up to now was
  /// asked for, what is before the reach of live samples can be fetched all the same.
  private func gap(
    _ objective: Objective, _ period: Interval, _ known: SLIProgress, _ now: Instant
  ) -> (QueryPlanner.Job, Work)? {
    guard let gap = known.gap else { return nil }
    let step = objective.query?.form == .samples ? nil : objective.query?.step
    var until = gap.until
    if until == nil, let asked = askedUpTo(objective), asked >= now - .minutes(5) {
      until = (now - planner.limits.catchUp).floored(to: .hours(1))
    }
    let begin = max(gap.reached, (now - period).floored(to: step ?? .minutes(5)))
    guard let until, begin < until else { return nil }
    return (
      .init(id: "gap:" + objective.sli, kind: .past(until: until, step: step), doneUpTo: begin),
      .past(Past(objective: objective, kind: gap.until == nil ? .end : .gap, from: gap.from, until: until))
    )
  }

  /// Up to where all live samples of an objective were asked for since the process began; `nil` before there is an
  /// answer.
  func askedUpTo(_ objective: Objective) -> Instant? {
    let jobs = Self.live(objective, .init(lastSample: nil, liveSince: nil, backfilledUpTo: nil), .epoch).map(\.0.id)
    let times = jobs.map { planner.hasAnswered($0) ? planner.doneUpTo($0) : nil }
    return times.contains(nil) ? nil : times.compactMap { $0 }.min()
  }

  var backfills: [BackfillState] {
    work.compactMap { id, work in
      guard case .past(let past) = work, let reached = planner.doneUpTo(id) else { return nil }
      return BackfillState(
        sli: past.objective.sli, source: endpoint.name, from: past.from, to: past.until, reached: reached,
        problem: planner.problem(of: id))
    }.sorted { ($0.sli, $0.from) < ($1.sli, $1.from) }
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
    _ series: [Series], _ past: Past, of fetch: QueryPlanner.Fetch
  ) -> [SampleFold.Increment] {
    let matcher = SourcedMatcher([past.objective])
    var fold = fetch.isFirst ? nil : folds[fetch.job]
    let source = marks ? endpoint.name : nil
    if fold == nil {
      // At its end no live sample waits to be met.
      let until = past.kind == .end ? Instant.distantFuture : past.until
      fold = SampleFold(from: fetch.from, until: until, slice: past.objective.slices?.length) { labels in
        guard let source, labels[SourcedMatcher.sourceLabel].isEmpty else { return matcher.targets(of: labels) }
        return matcher.targets(of: labels.asked(of: source))
      }
    }
    fold?.add(series)
    let increments = fold?.take(upTo: fetch.to) ?? []
    folds[fetch.job] = fold
    return increments
  }
}

/// What the ledger knows of an SLI.
public struct SLIProgress: Sendable {
  public var lastSample: Instant?
  /// The first sample that was not filled in.
  public var liveSince: Instant?
  public var backfilledUpTo: Instant?
  /// Where the newest live samples begin: after the newest gap, or with the first one. `nil` while none came.
  public var resumed: Instant?
  /// The oldest gap that is not filled.
  public var gap: DataGap?

  public init(
    lastSample: Instant?, liveSince: Instant?, backfilledUpTo: Instant?, resumed: Instant? = nil, gap: DataGap? = nil
  ) {
    self.lastSample = lastSample
    self.liveSince = liveSince
    self.backfilledUpTo = backfilledUpTo
    self.resumed = resumed
    self.gap = gap
  }
}
