import Base
import Events

/// Where a service stands, as the definitions say now.
public struct Placement: Sendable, Hashable {
  public var tier: Int?
  public var team: String?
  public var journeys: [String]

  public init(tier: Int? = nil, team: String? = nil, journeys: [String] = []) {
    self.tier = tier
    self.team = team
    self.journeys = journeys
  }
}

/// What incidents are told apart by.
public enum Grouping: String, Sendable, CaseIterable {
  case tier, team, journey, service, severity

  /// The groups that an incident belongs to; one of several journeys counts in each. Empty: it belongs to none.
  public func names(_ record: IncidentRecord, _ place: Placement) -> [String] {
    switch self {
    case .tier: place.tier.map { [String($0)] } ?? []
    case .team: place.team.map { [$0] } ?? []
    case .journey: place.journeys
    case .service: record.service.map { [$0] } ?? []
    case .severity: [record.severity.rawValue]
    }
  }
}

/// Which incidents are counted: those that fit everything that is set.
public struct FigureFilter: Sendable, Hashable {
  /// The value that is asked for of each.
  public var wanted: [Grouping: String]

  public init(_ wanted: [Grouping: String] = [:]) { self.wanted = wanted }

  public subscript(_ grouping: Grouping) -> String? {
    get { wanted[grouping] }
    set { wanted[grouping] = newValue }
  }

  public func fits(_ record: IncidentRecord, _ place: Placement) -> Bool {
    Grouping.allCases.allSatisfy { grouping in
      wanted[grouping].map { grouping.names(record, place).contains($0) } ?? true
    }
  }
}
