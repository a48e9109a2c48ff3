import Events

/// How a component is, the worst last.
public enum ComponentState: String, Codable, Sendable, CaseIterable, Comparable {
  case operational, maintenance, degraded, partialOutage, majorOutage

  public static func < (lhs: ComponentState, rhs: ComponentState) -> Bool { lhs.rank < rhs.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// The word that readers see.
  public var word: String {
    switch self {
    case .operational: "Operational"
    case .maintenance: "Under maintenance"
    case .degraded: "Degraded performance"
    case .partialOutage: "Partial outage"
    case .majorOutage: "Major outage"
    }
  }

  /// Whether it counts as downtime.
  public var isDown: Bool { self >= .partialOutage }

  /// What an incident of that severity does to the components it touches.
  public init(_ severity: IncidentSeverity) {
    switch severity {
    case .sev1: self = .majorOutage
    case .sev2: self = .partialOutage
    case .sev3, .sev4: self = .degraded
    }
  }

  /// One sign besides the colour.
  var sign: String {
    switch self {
    case .operational: "✓"
    case .maintenance: "⚒"
    case .degraded: "▽"
    case .partialOutage: "◐"
    case .majorOutage: "✕"
    }
  }
}

/// How far the work on an incident is.
public enum StatusPhase: String, Codable, Sendable, CaseIterable {
  case investigating, identified, monitoring, resolved

  public var word: String {
    switch self {
    case .investigating: "Investigating"
    case .identified: "Identified"
    case .monitoring: "Monitoring"
    case .resolved: "Resolved"
    }
  }
}
