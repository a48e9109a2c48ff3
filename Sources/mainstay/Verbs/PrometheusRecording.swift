import Base
import Ledger
import Objectives
import Outbound
import Wire

/// A stretch of the past as a Prometheus remembers it.
struct PrometheusRecording {
  var url: String
  var authorization: SecretRef?
  var from: Instant
  var to: Instant

  private typealias Series = (labels: LabelSet, samples: [CounterSample])

  /// How far before `from` the sample lies that a series is counted from.
  private static let lookback = Interval.minutes(15)
  private static let chunkMost = Interval.days(1)
  private static let chunkLeast = Interval.minutes(1)
  private static let attempts = 5
  private static let samplesMax = 20_000_000

  /// Everything that the objective counts, in an order that `SLOReplay` sorts.
  func samples(of objective: Objective) async throws -> [SLOReplay.Sample] {
    guard from < to else { throw Failure("--from \(from.rfc3339) is not before --to \(to.rfc3339)") }
    guard to - from <= LedgerLimits.longestPeriod + .days(1) else {
      throw Failure("the range is longer than the 90 days that are kept; move --from to \((to - .days(90)).rfc3339)")
    }
    guard !objective.selectors.isEmpty || !objective.steppedQueries.isEmpty else {
      throw Failure("\(objective.id) counts spans or other objectives: a Prometheus has nothing of it")
    }
    let http = try HTTPOut()
    do {
      let found = try await fetch(objective, http)
      await http.shutdown()
      return found
    } catch {
      await http.shutdown()
      throw error
    }
  }

  private func fetch(_ objective: Objective, _ http: HTTPOut) async throws -> [SLOReplay.Sample] {
    let api = PrometheusAPI(url: url, authorization: authorization.map { .secret($0) }, http: http)
    var range = RecordedRange(from: from)
    var chunk = Self.chunkMost
    let step = objective.query?.step ?? .minutes(1)
    var reached = objective.steppedQueries.isEmpty ? from - Self.lookback : from.floored(to: step)
    while reached < to {
      let end = min(
        to, objective.steppedQueries.isEmpty ? reached + chunk : reached + max(step, chunk.floored(to: step)))
      do throws(PrometheusAPI.Failure) {
        range.add(try await stretch(objective, api, from: reached, to: end, step))
        reached = end
      } catch .tooMuch(let text) {
        guard chunk > Self.chunkLeast else { throw Failure(text) }
        chunk = max(Self.chunkLeast, min(chunk, end - reached) / 2)
      } catch .refused(let text), .failed(let text) {
        throw Failure(text)
      } catch .throttled {
        throw Failure("\(url) wants to be asked later; try again in a while")
      } catch .cancelled {
        throw CancellationError()
      }
      guard range.samples.count <= Self.samplesMax else {
        throw Failure("more than \(Self.samplesMax) samples; choose a shorter range")
      }
    }
    return range.samples
  }

  private func stretch(
    _ objective: Objective, _ api: PrometheusAPI, from: Instant, to: Instant, _ step: Interval
  ) async throws(PrometheusAPI.Failure) -> [Series] {
    var series: [Series] = []
    for (name, query) in objective.steppedQueries {
      series += try await ask(kind: .gauge) { () async throws(PrometheusAPI.Failure) in
        try await api.values(of: query, from: from + step, to: to, step: step, timeout: .minutes(2))
      }.map {
        (
          $0.labels.removing("__name__").asked(of: objective.query?.source ?? "", sli: objective.sli, query: name),
          $0.samples
        )
      }
    }
    guard series.isEmpty, objective.steppedQueries.isEmpty else { return series }
    for selector in objective.selectors {
      series += try await ask(kind: .cumulative) { () async throws(PrometheusAPI.Failure) in
        try await api.samples(of: selector, from: from, to: to, timeout: .minutes(2))
      }
    }
    return series
  }

  private static func read(_ bytes: [UInt8], _ kind: SampleKind) throws(PrometheusAPI.Failure) -> [Series] {
    do {
      let answer = try PrometheusAnswer(bytes, kind: kind)
      for warning in answer.warnings { Terminal.complain("the answer may not be whole: \(warning)") }
      return answer.series.map { ($0.labels, $0.samples) }
    } catch {
      if case .tooManySamples = error { throw .tooMuch("\(error)") }
      throw .refused("\(error)")
    }
  }

  /// Asks, and asks again a few times where the source was busy or away.
  private func ask(
    kind: SampleKind, _ call: () async throws(PrometheusAPI.Failure) -> [UInt8]
  ) async throws(PrometheusAPI.Failure) -> [Series] {
    for attempt in 1... {
      do throws(PrometheusAPI.Failure) {
        return try Self.read(try await call(), kind)
      } catch .failed(let text) where attempt < Self.attempts {
        if attempt == 1 { Terminal.complain("\(text); trying again") }
        try? await Task.sleep(for: .milliseconds(250 << attempt))
      } catch .throttled(let after) where attempt < Self.attempts {
        let seconds = min(60, max(after?.seconds ?? 0, Double(1 << attempt)))
        Terminal.complain("asked to wait \(Int(seconds)) s")
        try? await Task.sleep(for: .seconds(seconds))
      }
      if Task.isCancelled { throw .cancelled }
    }
    throw .cancelled
  }
}

extension Interval {
  fileprivate func floored(to step: Interval) -> Interval {
    Interval(nanoseconds: nanoseconds / step.nanoseconds * step.nanoseconds)
  }
}
