import Base

/// OpenSLO `DataSource`: where metrics come from.
public struct DataSourceSpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("DataSource")

  public var description: String?
  /// Such as `Prometheus`.
  public var type: String
  /// In the terms of the source; OpenSLO leaves its form open.
  public var connectionDetails: Node

  public init(_ fields: Fields) {
    description = OpenSLO.description(fields)
    type = fields.string("type")
    connectionDetails = fields.node("connectionDetails") ?? Node(.mapping([]), at: fields.position)
    if !fields.has("connectionDetails") { fields.missing("connectionDetails", "how to reach the source") }
    if Self.isPrometheus(type) { checkPrometheus(fields) }
  }

  /// Whether a type of source is asked in PromQL.
  public static func isPrometheus(_ type: String) -> Bool {
    ["prometheus", "promql", "thanos", "mimir", "cortex", "victoriametrics"].contains(type.lowercased())
  }

  /// Where a source of the type Prometheus is asked; `nil` where what it has is sent to us (`mode: stream`, or no url).
  public var connection: Connection? {
    guard Self.isPrometheus(type), detail("mode") != "stream", let url = detail("url") else { return nil }
    return Connection(
      url: url, secret: detail("secretRef").flatMap { SecretRef($0) },
      headers: headers { _, _ in }, step: detail("step").flatMap { Interval(text: $0) } ?? .minutes(1))
  }

  /// How a source of the type Prometheus is asked.
  public struct Connection: Hashable, Sendable {
    /// The address that `/api/v1/query` comes after.
    public var url: String
    /// What the `Authorization` header says.
    public var secret: SecretRef?
    /// What every request has besides, the tenant among them.
    public var headers: [Header]
    /// The distance of two evaluations of a query that is evaluated there.
    public var step: Interval
  }

  private func checkPrometheus(_ fields: Fields) {
    if let url = detail("url"), !Formats.isURL(url) || !url.lowercased().hasPrefix("http") {
      fields.error(
        "connectionDetails", "url \(quoted(url)) is not an address; write it as https://prometheus.example.org")
    }
    // The text is not shown: someone may have pasted the secret itself.
    if let secret = detail("secretRef"), SecretRef(secret) == nil {
      fields.error("connectionDetails", "secretRef is not a reference to a secret; write env:NAME or file:PATH")
    }
    if let step = detail("step"), Interval(text: step).map({ $0 >= .seconds(10) && $0 <= .hours(1) }) != true {
      fields.error("connectionDetails", "step \(quoted(step)) is not a length from 10s to 1h")
    }
    _ = headers { key, problem in fields.error("connectionDetails", "\(key) \(problem)") }
    if let mode = detail("mode"), mode != "stream", mode != "query" {
      fields.error("connectionDetails", "mode \(quoted(mode)) is not one of stream, query")
    }
  }

  /// A connection detail by its name, whether they are written as a mapping or as a list of small mappings.
  public func detail(_ key: String) -> String? {
    node(key)?.string
  }

  func node(_ key: String) -> Node? {
    connectionDetails[key] ?? connectionDetails.sequence?.lazy.compactMap { $0[key] }.first
  }
}

/// OpenSLO `Service`: a name for SLOs to belong to. Where the catalog has a Component of that name, the two are one.
public struct ServiceSpec: DefinitionSpec {
  public static let kind = KindName("Service", OpenSLO.Version.allCases.map(\.rawValue))
  public static let specIsOptional = true

  public var description: String?

  public init(_ fields: Fields) { description = OpenSLO.description(fields) }
}
