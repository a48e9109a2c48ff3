import Ledger

/// Finds what a series counts towards, minding where it came from: an SLI that is asked of a data source counts what
/// that source answered and nothing that was streamed, and the other way round.
///
/// Series of a data source carry labels of ours, with names that Prometheus reserves for internal use: what it scrapes
/// or sends never has them.
public struct SourcedMatcher: Sendable {
  /// The data source a series was asked of.
  public static let sourceLabel = "__source__"
  /// Of the values of a query: the SLI, and which of its queries it was (`part`, `total` or `raw`).
  public static let sliLabel = "__sli__"
  public static let queryLabel = "__query__"

  private let streamed: SeriesMatcher
  private var bySource: [String: SeriesMatcher] = [:]
  private var steps: [String: Objective] = [:]

  public init(_ objectives: [Objective]) {
    streamed = SeriesMatcher(objectives.filter { $0.query == nil })
    let queried = objectives.filter { $0.query != nil }
    for (source, group) in Dictionary(grouping: queried, by: { $0.query?.source ?? "" }) {
      bySource[source] = SeriesMatcher(group.filter { $0.query?.form == .samples }, source: source)
    }
    for objective in queried where objective.query?.form != .samples { steps[objective.sli] = objective }
  }

  /// In the order of the objectives; empty for a series that nobody asked for.
  public func targets(of labels: LabelSet) -> [SLITarget] {
    let source = labels[Self.sourceLabel]
    guard !source.isEmpty else { return streamed.targets(of: labels) }
    let query = labels[Self.queryLabel]
    guard !query.isEmpty else {
      return bySource[source]?.targets(of: labels.removing(Self.sourceLabel)) ?? []
    }
    guard let objective = steps[labels[Self.sliLabel]], objective.query?.source == source else { return [] }
    switch query {
    case "part": return [SLITarget(id: objective.sli, side: objective.counts, reading: .value)]
    case "total": return [SLITarget(id: objective.sli, side: .total, reading: .value)]
    default: return raw(objective)
    }
  }

  /// Each value of a raw query is a sample that is good or bad, or a share of both.
  private func raw(_ objective: Objective) -> [SLITarget] {
    guard case .instant(_, _, let raw?) = objective.query?.form else { return [] }
    let reading: SampleReading =
      switch raw.reading {
      case .share: .share
      case .threshold(let comparison, let value):
        .samplesWhere(objective.counts == .good ? comparison : comparison.opposite, value)
      }
    return [
      SLITarget(id: objective.sli, side: objective.counts, reading: reading),
      SLITarget(id: objective.sli, side: .total, reading: .samples),
    ]
  }
}

extension Comparison {
  /// Passes where this one does not.
  fileprivate var opposite: Comparison {
    switch self {
    case .less: .greaterOrEqual
    case .lessOrEqual: .greater
    case .greater: .lessOrEqual
    case .greaterOrEqual: .less
    }
  }
}

extension LabelSet {
  /// The set as it was asked of a data source.
  public func asked(of source: String, sli: String? = nil, query: String? = nil) -> LabelSet {
    let own = [
      Label(SourcedMatcher.sourceLabel, source), Label(SourcedMatcher.sliLabel, sli ?? ""),
      Label(SourcedMatcher.queryLabel, query ?? ""),
    ]
    let names = Set(own.map(\.name))
    return LabelSet(labels.filter { !names.contains($0.name) } + own)
  }
}
