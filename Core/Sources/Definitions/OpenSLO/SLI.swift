/// OpenSLO `SLI`: how good service is told from bad.
public struct SLISpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("SLI")

  public var description: String?
  public var metric: Metric

  public enum Metric: Sendable {
    case threshold(MetricSource)
    case ratio(Ratio)
    /// A plugin of Sloth, by its id: a program that writes the queries.
    case plugin(String)
  }

  public struct Ratio: Sendable {
    /// Whether the sources are counters that only grow (so that their increase is what counts) or already deltas.
    public var counter: Bool
    public var parts: Parts
  }

  public enum Parts: Sendable {
    case good(MetricSource, total: MetricSource)
    case bad(MetricSource, total: MetricSource)
    /// A source that is already a ratio.
    case raw(RawType, MetricSource)
  }

  public enum RawType: String, Sendable, CaseIterable {
    case success, failure
  }

  init(description: String? = nil, metric: Metric) {
    self.description = description
    self.metric = metric
  }

  public init(_ fields: Fields) {
    description = OpenSLO.description(fields)
    metric = .threshold(MetricSource(placeholderAt: fields.position))
    let hasOne = OpenSLO.exactlyOne(fields, "thresholdMetric", "ratioMetric")
    let threshold = fields.object(ifPresent: "thresholdMetric", Self.source)
    let ratio = fields.object(ifPresent: "ratioMetric") { Self.ratio($0, counter: "counter") }
    guard hasOne else { return }
    if let threshold { metric = .threshold(threshold) }
    if let ratio = ratio ?? nil { metric = .ratio(ratio) }
  }

  static func source(_ fields: Fields) -> MetricSource {
    switch fields.context.openSLO {
    case .v1: fields.object("metricSource") { MetricSource($0) } ?? MetricSource(placeholderAt: fields.position)
    case .v2alpha: MetricSource(flat: fields)
    case .v1alpha: MetricSource(alpha: fields)
    }
  }

  static func ratio(_ fields: Fields, counter key: String) -> Ratio? {
    let counter = fields.bool(ifPresent: key) ?? false
    let good = fields.object(ifPresent: "good", source)
    let bad = fields.object(ifPresent: "bad", source)
    let total = fields.object(ifPresent: "total", source)
    let raw = fields.object(ifPresent: "raw", source)
    let rawType = fields.choice(ifPresent: "rawType", RawType.self)
    guard OpenSLO.exactlyOne(fields, "total", "raw"), OpenSLO.exactlyOne(fields, "raw", "good", "bad") else {
      return nil
    }
    if fields.has("raw"), !fields.has("rawType") {
      fields.missing("rawType", "success or failure")
      return nil
    }
    if let raw, let rawType { return Ratio(counter: counter, parts: .raw(rawType, raw)) }
    guard let total else { return nil }
    if let good { return Ratio(counter: counter, parts: .good(good, total: total)) }
    return bad.map { Ratio(counter: counter, parts: .bad($0, total: total)) }
  }
}

/// Where a metric comes from: a data source, and what to ask it.
public struct MetricSource: Sendable {
  /// The DataSource, where one is named.
  public var dataSource: EntityRef?
  /// The DataSource, where it is written in place (v2alpha).
  public var inlineDataSource: DataSourceSpec?
  /// The kind of source, such as `Prometheus`, where it is written here.
  public var type: String?
  /// What to ask, in the terms of the source; at least one field.
  public var spec: Node

  /// `spec.query`, the field that Prometheus sources use.
  public var query: String? { spec["query"]?.string }

  /// Where the query stands, or the spec where there is none.
  public var queryPosition: Position { spec["query"]?.position ?? spec.position }

  init(_ fields: Fields) {
    dataSource = OpenSLO.reference(fields, "metricSourceRef", to: "DataSource")
    type = fields.string(ifPresent: "type")
    spec = Self.spec(fields)
  }

  /// v2alpha: without the level `metricSource`.
  init(flat fields: Fields) {
    if fields.has("dataSourceRef"), fields.has("dataSourceSpec") {
      fields.error("has dataSourceRef and dataSourceSpec; write exactly one")
    }
    dataSource = OpenSLO.reference(fields, "dataSourceRef", to: "DataSource")
    inlineDataSource = fields.object(ifPresent: "dataSourceSpec") { DataSourceSpec($0) }
    spec = Self.spec(fields)
  }

  /// v1alpha: `source`, `queryType` and `query`.
  init(alpha fields: Fields) {
    type = fields.string("source")
    _ = (fields.string("queryType"), fields.string("query"))
    spec = fields.node
  }

  /// A query of what is sent to us.
  init(query: Node, type: String) {
    self.type = type
    spec = Node(
      .mapping([Node.Member(key: "query", keyPosition: query.position, value: query)]), at: query.position)
  }

  init(placeholderAt position: Position) {
    spec = Node(.mapping([]), at: position)
  }

  private static func spec(_ fields: Fields) -> Node {
    guard let spec = fields.node("spec") else {
      fields.missing("spec", "what to ask the source, such as a query")
      return Node(.mapping([]), at: fields.position)
    }
    if let members = spec.mapping {
      if members.isEmpty { fields.error("spec", "is empty; say what to ask the source, such as a query") }
    } else {
      fields.wrongType(spec, fields.path(of: "spec"), expected: "a mapping (object)")
    }
    return spec
  }
}
