import Base
import Events

/// Where a service stands, as the definitions say now.
public struct Placement: Sendable, Hashable {
  /// 0 is the most important.
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

  /// The groups that an incident belongs to, each once. It counts in every service that it is about, and in every team
  /// and journey of those; its tier is that of the most important of them. Empty: it belongs to none.
  public func names(_ record: IncidentRecord, _ place: (String) -> Placement) -> [String] {
    switch self {
    case .tier: record.services.compactMap { place($0).tier }.min().map { [String($0)] } ?? []
    case .team: Self.distinct(record.services.compactMap { place($0).team })
    case .journey: Self.distinct(record.services.flatMap { place($0).journeys })
    case .service: record.services
    case .severity: [record.severity.rawValue]
    }
  }

  private static func distinct(_ names: [String]) -> [String] {
    names.count < 2 ? names : names.enumerated().filter { !names[..<$0].contains($1) }.map(\.element)
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

  public func fits(_ record: IncidentRecord, _ place: (String) -> Placement) -> Bool {
    Grouping.allCases.allSatisfy { grouping in
      wanted[grouping].map { grouping.names(record, place).contains($0) } ?? true
    }
  }
}
