import Base

/// Says what to ask one data source next, and when: which stretch of which job, how large, how often, and how long to
/// stay away when the source is overloaded or gone. It asks nothing itself.
///
/// Live jobs come first. The past of new SLIs is fetched between them, at a lower rate, one stretch at a time. An
/// answer that is too large halves the stretch, a small one lets it grow.
public struct QueryPlanner: Sendable {
  /// How much, how often and how far.
  public struct Limits: Hashable, Sendable {
    /// How often a live job asks.
    public var pace = Interval.seconds(15)
    /// A source has everything up to this long ago: newer samples may still be missing, so that the stretch is asked
    /// for again.
    public var lag = Interval.seconds(30)
    /// How far the first stretch of a job reaches back: a series that exists has a sample in it. Prometheus' own
    /// staleness limit.
    public var lookback = Interval.minutes(5)
    /// The longest stretch of live samples; after a pause the job catches up in such steps.
    public var liveChunk = Interval.hours(1)
    /// How far it catches up: the ledger takes nothing older.
    public var catchUp = Interval.minutes(350)
    public var pastChunk = Interval.hours(2)
    public var pastChunkMost = Interval.days(1)
    public var chunkLeast = Interval.minutes(1)
    /// An answer with more samples makes the next stretch shorter, one with less than a quarter longer.
    public var samplesWanted = 200_000
    /// Evaluations of one query in one request; Prometheus refuses more than 11,000.
    public var steps = 5_000
    public var requestsPerSecond = 50.0
    public var pastRequestsPerSecond = 5.0
    public var inFlight = 2
    /// After failures: doubled each time, with jitter.
    public var backoff = Interval.seconds(1)
    public var backoffMost = Interval.minutes(1)
    /// How long a job whose query was refused stays away.
    public var refused = Interval.minutes(1)

    public init() {}
  }

  /// Something that is to be asked again and again, or once for a stretch of the past.
  public struct Job: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      /// Raw samples, followed as they come.
      case samples
      /// Values of a query at multiples of a step, followed as they come.
      case steps(Interval)
      /// The past up to `until`, once; in whole steps where a step is given.
      case past(until: Instant, step: Interval?)
    }

    public var id: String
    public var kind: Kind
    /// Everything up to here is known already.
    public var doneUpTo: Instant
    /// Where live samples begin: what is before belongs to the past, and no stretch of a live job reaches there.
    public var earliest: Instant

    public init(id: String, kind: Kind, doneUpTo: Instant, earliest: Instant = .distantPast) {
      self.id = id
      self.kind = kind
      self.doneUpTo = doneUpTo
      self.earliest = earliest
    }

    var isPast: Bool { if case .past = kind { true } else { false } }

    var step: Interval? {
      switch kind {
      case .samples: nil
      case .steps(let step): step
      case .past(_, let step): step
      }
    }
  }

  /// Samples with times in (from, to]. With a step: evaluations at multiples of it.
  public struct Fetch: Hashable, Sendable {
    public var job: String
    public var from: Instant
    public var to: Instant
    /// The first one of its job since the process began: what came before is not remembered.
    public var isFirst: Bool
  }

  public enum Next: Hashable, Sendable {
    case fetch(Fetch)
    /// Nothing to do before then.
    case wait(until: Instant)
  }

  /// What became of a fetch.
  public enum Outcome: Hashable, Sendable {
    case done(samples: Int)
    /// More than the source, or we, allow in one answer.
    case tooMuch(String)
    /// The source says that it is asked too much (429, 503 with Retry-After).
    case throttled(after: Interval?)
    /// No answer that could be used; the same may work later.
    case failed(String)
    /// The source answered, and refuses this query.
    case refused(String)
  }

  private struct Entry: Sendable {
    var job: Job
    var chunk: Interval
    var isFirst = true
    var isInFlight = false
    var notBefore: Instant
    var refusals = 0
    var problem: String?
  }

  public let limits: Limits
  private var entries: [String: Entry] = [:]
  /// In the order in which jobs were given.
  private var order: [String] = []
  private var notBefore = Instant.distantPast
  private var nextRequest = Instant.distantPast
  private var nextPastRequest = Instant.distantPast
  private var failures = 0
  /// Since when no request was answered; `nil` while the source answers.
  public private(set) var unreachableSince: Instant?
  /// The last failure in words, while it lasts.
  public private(set) var failure: String?
  /// When the source answered last.
  public private(set) var lastAnswer: Instant?

  public init(limits: Limits = Limits()) { self.limits = limits }

  // MARK: Jobs

  /// Makes these the jobs. Those that are known go on where they are.
  public mutating func use(_ jobs: [Job], at now: Instant) {
    let wanted = Set(jobs.map(\.id))
    entries = entries.filter { wanted.contains($0.key) }
    order = []
    var seen: Set<String> = []
    for job in jobs where seen.insert(job.id).inserted {
      order.append(job.id)
      if let known = entries[job.id], known.job.kind == job.kind { continue }
      entries[job.id] = Entry(job: job, chunk: job.isPast ? limits.pastChunk : limits.liveChunk, notBefore: now)
    }
  }

  /// Everything up to here was fetched.
  public func doneUpTo(_ job: String) -> Instant? { entries[job]?.job.doneUpTo }

  /// Whether any stretch of a job was fetched since it was given.
  public func hasAnswered(_ job: String) -> Bool { entries[job].map { !$0.isFirst } ?? false }

  /// Why the source refuses a job, in its words.
  public func problem(of job: String) -> String? { entries[job]?.problem }

  public func isDone(_ job: String) -> Bool {
    guard let entry = entries[job], case .past(let until, _) = entry.job.kind else { return false }
    return entry.job.doneUpTo >= until
  }

  // MARK: What next

  /// The next thing to do. A fetch that is handed out must come back through `finish`.
  public mutating func next(at now: Instant) -> Next {
    let idle = now + .seconds(1)
    guard notBefore <= now else { return .wait(until: min(notBefore, idle)) }
    guard nextRequest <= now else { return .wait(until: nextRequest) }
    let flying = entries.values.filter(\.isInFlight).count
    guard flying < limits.inFlight else { return .wait(until: now + .milliseconds(50)) }
    // While a source fails, one request at a time finds out whether it is back.
    guard failures == 0 || flying == 0 else { return .wait(until: now + .milliseconds(50)) }
    var best: (fetch: Fetch, due: Instant)?
    var soonest = idle
    for id in order {
      guard let entry = entries[id], !entry.job.isPast, !entry.isInFlight else { continue }
      guard entry.notBefore <= now, let fetch = live(entry, now) else {
        soonest = min(soonest, max(entry.notBefore, now + .milliseconds(100)))
        continue
      }
      if best.map({ entry.notBefore < $0.due }) ?? true { best = (fetch, entry.notBefore) }
    }
    if let best { return start(best.fetch, at: now) }
    if let fetch = past(now) {
      nextPastRequest = now + Interval(nanoseconds: Int64(1e9 / limits.pastRequestsPerSecond))
      return start(fetch, at: now)
    }
    return .wait(until: soonest)
  }

  private mutating func start(_ fetch: Fetch, at now: Instant) -> Next {
    entries[fetch.job]?.isInFlight = true
    nextRequest = now + Interval(nanoseconds: Int64(1e9 / limits.requestsPerSecond))
    return .fetch(fetch)
  }

  /// What a live job asks at `now`, `nil` where no step has passed yet.
  private func live(_ entry: Entry, _ now: Instant) -> Fetch? {
    let job = entry.job
    guard let step = job.step else {
      let back = min(entry.isFirst ? limits.lookback : limits.lag, entry.chunk)
      let from = max(job.doneUpTo - back, now - limits.catchUp, job.earliest)
      return Fetch(job: job.id, from: from, to: min(now, max(job.doneUpTo, from) + entry.chunk), isFirst: entry.isFirst)
    }
    let from = max(job.doneUpTo, now - limits.catchUp).floored(to: step)
    let to = min((now - limits.lag).floored(to: step), from + steps(entry.chunk, step))
    return to > from ? Fetch(job: job.id, from: from, to: to, isFirst: entry.isFirst) : nil
  }

  /// A whole number of steps in a stretch, at least one and at most as many as one request may have.
  private func steps(_ chunk: Interval, _ step: Interval) -> Interval {
    step * Int64(min(max(chunk / step, 1), Double(limits.steps)))
  }

  private func past(_ now: Instant) -> Fetch? {
    guard nextPastRequest <= now, !entries.values.contains(where: { $0.isInFlight && $0.job.isPast }) else {
      return nil
    }
    for id in order {
      guard let entry = entries[id], case .past(let until, let step) = entry.job.kind, entry.notBefore <= now,
        entry.job.doneUpTo < until
      else { continue }
      let from = entry.job.doneUpTo
      let chunk = step.map { steps(entry.chunk, $0) } ?? entry.chunk
      // Stretches end on round times, so that increments gathered at such edges stay within theirs.
      let end = (from + chunk).floored(to: step ?? .minutes(5))
      return Fetch(job: id, from: from, to: min(until, end > from ? end : from + chunk), isFirst: entry.isFirst)
    }
    return nil
  }

  // MARK: What came of it

  /// Takes the outcome of a fetch that `next` handed out.
  public mutating func finish(
    _ fetch: Fetch, _ outcome: Outcome, at now: Instant, using generator: inout some RandomNumberGenerator
  ) {
    switch outcome {
    case .done, .tooMuch, .refused:
      (failures, failure, unreachableSince, lastAnswer) = (0, nil, nil, now)
      notBefore = .distantPast
    case .throttled(let after):
      lastAnswer = now
      failures += 1
      notBefore = now + max(backoff(using: &generator), min(after ?? .zero, .minutes(10)))
    case .failed(let text):
      failures += 1
      failure = text
      unreachableSince = unreachableSince ?? now
      notBefore = now + backoff(using: &generator)
    }
    guard var entry = entries[fetch.job] else { return }
    entry.isInFlight = false
    switch outcome {
    case .done(let samples): advance(&entry, fetch, samples, now)
    case .tooMuch(let text):
      if entry.chunk > limits.chunkLeast {
        entry.chunk = max(limits.chunkLeast, min(entry.chunk, fetch.to - fetch.from) / 2)
        entry.notBefore = now
      } else {
        refuse(&entry, text, now)
      }
    case .refused(let text): refuse(&entry, text, now)
    case .throttled, .failed: break
    }
    entries[fetch.job] = entry
  }

  private func advance(_ entry: inout Entry, _ fetch: Fetch, _ samples: Int, _ now: Instant) {
    entry.job.doneUpTo = max(entry.job.doneUpTo, fetch.to)
    entry.isFirst = false
    (entry.refusals, entry.problem) = (0, nil)
    let most = entry.job.isPast ? limits.pastChunkMost : limits.liveChunk
    if samples > limits.samplesWanted {
      entry.chunk = max(limits.chunkLeast, entry.chunk / 2)
    } else if samples < limits.samplesWanted / 4, entry.chunk < most {
      entry.chunk = min(most, entry.chunk * 2)
    }
    let isBehind = fetch.to < now - limits.lag
    entry.notBefore =
      entry.job.isPast || isBehind ? now : now + (entry.job.step.map { max($0, limits.pace) } ?? limits.pace)
  }

  private func refuse(_ entry: inout Entry, _ text: String, _ now: Instant) {
    entry.problem = text
    entry.refusals += 1
    entry.notBefore = now + min(limits.refused * Int64(1 << min(entry.refusals - 1, 5)), .minutes(30))
  }

  /// Doubled with each failure, half of it left to chance.
  private func backoff(using generator: inout some RandomNumberGenerator) -> Interval {
    let whole = min(limits.backoff * Int64(1 << min(max(failures - 1, 0), 16)), limits.backoffMost)
    return whole / 2 + Interval(nanoseconds: Int64.random(in: 0...max(1, whole.nanoseconds / 2), using: &generator))
  }
}
