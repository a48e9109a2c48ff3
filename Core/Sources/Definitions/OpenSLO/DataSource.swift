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
  }

  /// A connection detail by its name, whether they are written as a mapping or as a list of small mappings.
  public func detail(_ key: String) -> String? {
    if let value = connectionDetails[key] { return value.string }
    return connectionDetails.sequence?.lazy.compactMap { $0[key]?.string }.first
  }
}

/// OpenSLO `Service`: a name for SLOs to belong to. Where the catalog has a Component of that name, the two are one.
public struct ServiceSpec: DefinitionSpec {
  public static let kind = OpenSLO.kind("Service")
  public static let specIsOptional = true

  public var description: String?

  public init(_ fields: Fields) { description = OpenSLO.description(fields) }
}
