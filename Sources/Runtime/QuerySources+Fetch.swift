import Base
import Definitions
import Ledger
import Objectives
import Outbound
import Synchronization
import Wire

/// Why a fetch came to nothing; `nil` where the process is stopping.
struct QueryProblem: Error {
  var outcome: QueryPlanner.Outcome?
}

extension QuerySources {
  /// Makes one fetch and hands on what it brought. Answers how many samples that were.
  func fetch(_ task: Assignment) async throws(QueryProblem) -> Int {
    switch task.work {
    case .samples(let selector):
      let (from, to) = (task.fetch.from, task.fetch.to)
      let answer = try await ask(task) { api throws(PrometheusAPI.Failure) in
        try await api.samples(of: selector, from: from, to: to, timeout: Self.liveTimeout)
      }
      let groups = sources.withLock { $0.byName[task.endpoint.name]?.take(answer.pairs, of: task.fetch) ?? [] }
      for group in groups { try ingest(group, task) }
      return answer.sampleCount
    case .steps(let query, let sli, let name, let step):
      let (from, to) = (task.fetch.from, task.fetch.to)
      let answer = try await ask(task, kind: .gauge) { api throws(PrometheusAPI.Failure) in
        try await api.values(of: query, from: from + step, to: to, step: step, timeout: Self.liveTimeout)
      }
      let group = sources.withLock { $0.byName[task.endpoint.name]?.take(answer.pairs, sli: sli, name: name) }
      if let group { try ingest(group, task) }
      return answer.sampleCount
    case .past(let past): return try await self.past(task, past)
    }
  }

  /// One stretch of an SLI's past: all its queries, then their increments together.
  private func past(
    _ task: Assignment, _ past: QuerySource.Past
  ) async throws(QueryProblem) -> Int {
    let (fetch, objective, until) = (task.fetch, past.objective, past.until)
    let now = clock.now()
    let from = fetch.isFirst ? fetch.from - Self.pastLookback : fetch.from
    // The last stretch runs into live time, where the first sample of each series ends its last increment.
    let to = fetch.to >= until && past.kind != .end ? min(max(now, until), until + .minutes(5)) : fetch.to
    var series: [QuerySource.Series] = []
    if objective.query == nil || objective.query?.form == .samples {
      for selector in objective.selectors {
        let answer = try await ask(task) { api throws(PrometheusAPI.Failure) in
          try await api.samples(of: selector, from: from, to: to, timeout: Self.pastTimeout)
        }
        series += answer.pairs
      }
    } else if let step = objective.query?.step {
      for (name, query) in objective.steppedQueries {
        let answer = try await ask(task, kind: .gauge) { api throws(PrometheusAPI.Failure) in
          try await api.values(of: query, from: fetch.from + step, to: fetch.to, step: step, timeout: Self.pastTimeout)
        }
        series += answer.pairs.map { labels, samples in
          (
            labels.removing("__name__").asked(of: task.endpoint.name, sli: objective.sli, query: name), samples
          )
        }
      }
    }
    let increments = sources.withLock {
      $0.byName[task.endpoint.name]?.fold(series, past, of: fetch) ?? []
    }
    do {
      if past.kind == .beginning {
        try book.backfill(objective.sli, past.from, fetch.to, increments, clock.now())
      } else {
        try book.fill(objective.sli, fetch.to, increments, clock.now())
      }
    } catch {
      throw QueryProblem(outcome: .throttled(after: .seconds(10)))
    }
    report(past, task.endpoint.name, reached: fetch.to)
    return series.reduce(0) { $0 + $1.samples.count }
  }

  private func ask(
    _ task: Assignment, kind: SampleKind = .cumulative,
    _ call: (PrometheusAPI) async throws(PrometheusAPI.Failure) -> [UInt8]
  ) async throws(QueryProblem) -> PrometheusAnswer {
    let api = PrometheusAPI(
      url: task.endpoint.url, authorization: task.endpoint.authorization.map { .secret($0) },
      headers: task.endpoint.headers.map { ($0.name, $0.setting) }, http: http, secrets: secrets)
    let bytes: [UInt8]
    do {
      bytes = try await call(api)
    } catch {
      switch error {
      case .tooMuch(let text): throw QueryProblem(outcome: .tooMuch(text))
      case .throttled(let after): throw QueryProblem(outcome: .throttled(after: after))
      case .refused(let text): throw QueryProblem(outcome: .refused(text))
      case .failed(let text): throw QueryProblem(outcome: .failed(text))
      case .cancelled: throw QueryProblem(outcome: nil)
      }
    }
    do {
      let answer = try PrometheusAnswer(bytes, kind: kind)
      let warning = answer.warnings.first.map { "the answer may not be whole: \($0)" }
      sources.withLock { $0.byName[task.endpoint.name]?.warning = warning }
      metrics.add(Self.samples, [("source", task.endpoint.name)], by: Double(answer.sampleCount))
      return answer
    } catch {
      switch error {
      case .tooManySamples: throw QueryProblem(outcome: .tooMuch("\(error)"))
      case .tooManySeries, .refused: throw QueryProblem(outcome: .refused("\(error)"))
      case .malformed: throw QueryProblem(outcome: .failed("\(error)"))
      }
    }
  }

  /// What cannot be written now is asked for again: nothing of it was counted.
  private func ingest(_ group: QuerySource.Intake, _ task: Assignment) throws(QueryProblem) {
    let series = group.series.map { labels, samples in TelemetrySeries(key: labels.key[...], samples: samples) }
    do {
      try book.ingest(series, task.endpoint.name, group.bornAfter, clock.now())
    } catch {
      sources.withLock { $0.byName[task.endpoint.name]?.forgetTaken() }
      throw QueryProblem(outcome: .throttled(after: .seconds(5)))
    }
  }
}

extension DataSourceSpec.Header {
  fileprivate var setting: Setting {
    switch value {
    case .text(let text): .literal(text)
    // Both read the same two forms.
    case .secret(let reference): Outbound.SecretRef(reference.text).map { .secret($0) } ?? .literal("")
    }
  }
}

extension PrometheusAnswer {
  fileprivate var pairs: [QuerySource.Series] { series.map { ($0.labels, $0.samples) } }
}
