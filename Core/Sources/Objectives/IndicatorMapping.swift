import Base
import Definitions
import Ledger

/// The indicator of one objective, out of the documents that describe it.
struct IndicatorMapping {
  let snapshot: Snapshot
  let slo: SLOSpec
  let objective: SLOSpec.Objective

  struct Mapped {
    var indicator: IndicatorSpec
    var language = QueryLanguage.promQL
    var source: QuerySLI?
  }

  struct Problem: Error {
    var message: String
    var position: Position
  }

  func map() -> Result<Mapped, Problem> {
    do throws(Problem) {
      return .success(try mapped())
    } catch {
      return .failure(error)
    }
  }

  private func mapped() throws(Problem) -> Mapped {
    guard let metric = sli?.metric else {
      throw Problem(message: "it has no indicator that could be found", position: objective.position)
    }
    switch metric {
    case .plugin(let id):
      throw Problem(
        message: "its SLI comes from the Sloth plugin \(id), a program that is not run here; write the queries that it "
          + "makes under sli.events or sli.raw", position: objective.position)
    case .threshold(let source):
      guard let comparison = objective.comparison, let value = objective.value else {
        throw Problem(
          message: "a thresholdMetric needs op and value in the objective, such as op: lte and value: 200",
          position: objective.position)
      }
      return try single(source) { .threshold($0, Comparison(comparison), value) }
    case .ratio(let ratio):
      switch ratio.parts {
      case .raw(let type, let source):
        return try single(source) { .raw($0, states: type == .success ? .good : .bad) }
      case .good(let part, let total): return try pair(part, total, .good, counter: ratio.counter)
      case .bad(let part, let total): return try pair(part, total, .bad, counter: ratio.counter)
      }
    }
  }

  private var sli: SLISpec? {
    switch objective.indicator ?? slo.indicator {
    case .inline(let inline): inline.spec
    case .reference(let ref): snapshot.find(SLISpec.self, ref)?.spec
    case nil: nil
    }
  }

  /// Where the query of good or bad events, of the ratio or of the gauge stands.
  var partPosition: Position? {
    switch sli?.metric {
    case .threshold(let source): source.queryPosition
    case .ratio(let ratio):
      switch ratio.parts {
      case .good(let source, _), .bad(let source, _), .raw(_, let source): source.queryPosition
      }
    case .plugin, nil: nil
    }
  }

  var totalPosition: Position? {
    guard case .ratio(let ratio) = sli?.metric else { return nil }
    switch ratio.parts {
    case .good(_, let total), .bad(_, let total): return total.queryPosition
    case .raw: return nil
    }
  }

  // MARK: Sources

  private enum SourceType {
    case prometheus, openTelemetry, datadog
  }

  private func type(of source: MetricSource, _ dataSource: DataSourceSpec?) throws(Problem) -> SourceType {
    guard let type = source.type ?? dataSource?.type, !DataSourceSpec.isPrometheus(type) else { return .prometheus }
    switch type.lowercased() {
    case "opentelemetry", "otel", "otlp": return .openTelemetry
    case "datadog", "dogstatsd": return .datadog
    default:
      throw Problem(
        message: "metric sources of type \(type) are not counted; use Prometheus, OpenTelemetry or Datadog",
        position: source.spec.position)
    }
  }

  private func dataSource(of source: MetricSource) -> (name: String, spec: DataSourceSpec)? {
    if let inline = source.inlineDataSource { return (inline.detail("url") ?? inline.type, inline) }
    return source.dataSource.flatMap { ref in snapshot.find(DataSourceSpec.self, ref).map { ($0.name, $0.spec) } }
  }

  private func query(_ source: MetricSource) throws(Problem) -> String {
    guard let query = source.query else {
      throw Problem(message: "its metricSource has no query", position: source.spec.position)
    }
    return query
  }

  /// How the source is asked, where it is not sent to us.
  private func asked(_ source: MetricSource) -> QuerySLI? {
    guard let (name, spec) = dataSource(of: source), let connection = spec.connection else { return nil }
    return QuerySLI(
      source: name, url: connection.url, authorization: connection.secret?.text, headers: connection.headers,
      step: connection.step)
  }

  private func single(
    _ source: MetricSource, _ indicator: (String) -> IndicatorSpec
  ) throws(Problem) -> Mapped {
    let type = try type(of: source, dataSource(of: source)?.spec)
    if type == .openTelemetry, source.spec["spans"] != nil {
      throw Problem(
        message: "spans are counted as good or bad of a total; write a ratioMetric with bad and total",
        position: source.spec.position)
    }
    return Mapped(
      indicator: indicator(try query(source)), language: type == .datadog ? .datadog : .promQL,
      source: type == .datadog ? nil : asked(source))
  }

  private func pair(
    _ part: MetricSource, _ total: MetricSource, _ side: SLISide, counter: Bool
  ) throws(Problem) -> Mapped {
    let partType = try type(of: part, dataSource(of: part)?.spec)
    guard try type(of: total, dataSource(of: total)?.spec) == partType, asked(part) == asked(total) else {
      throw Problem(
        message: "its two sides come from different sources; name the same one for both",
        position: total.spec.position)
    }
    if partType == .openTelemetry, part.spec["spans"] != nil || total.spec["spans"] != nil {
      return Mapped(indicator: try spans(part, total, side))
    }
    let (query, all) = (try query(part), try query(total))
    return Mapped(
      indicator: .ratio(
        good: side == .good ? query : nil, bad: side == .bad ? query : nil, total: all, counter: counter),
      language: partType == .datadog ? .datadog : .promQL, source: partType == .datadog ? nil : asked(part))
  }

  /// `spans` under total, and beside it under bad (or good) what makes one of them so.
  private func spans(_ part: MetricSource, _ total: MetricSource, _ side: SLISide) throws(Problem) -> IndicatorSpec {
    guard let selector = total.spec["spans"]?.string else {
      throw Problem(
        message: "total names no spans; write spans: '{service.name=\"checkout\"}'", position: total.spec.position)
    }
    if let own = part.spec["spans"]?.string, own != selector {
      throw Problem(
        message: "its two sides select different spans; write the same under both, and what makes one bad under bad",
        position: part.spec.position)
    }
    let key = side == .good ? "good" : "bad"
    guard let condition = part.spec[key]?.string else {
      throw Problem(
        message: "it says not what makes a span \(key); write \(key): 'status\(key == "bad" ? "" : "!")=\"error\"' "
          + "beside spans", position: part.spec.position)
    }
    return .spans(selector, good: side == .good ? condition : nil, bad: side == .bad ? condition : nil)
  }
}

extension Comparison {
  fileprivate init(_ written: OpenSLO.Comparison) {
    switch written {
    case .lt: self = .less
    case .lte: self = .lessOrEqual
    case .gt: self = .greater
    case .gte: self = .greaterOrEqual
    }
  }
}
