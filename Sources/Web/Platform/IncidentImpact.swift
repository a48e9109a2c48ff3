import Base

/// A journey as pages show it.
public struct JourneyEntry: Sendable, Codable, Hashable {
  public struct Step: Sendable, Codable, Hashable {
    public var name: String
    public var service: String
    public var slos: [String]

    public init(name: String, service: String, slos: [String]) {
      self.name = name
      self.service = service
      self.slos = slos
    }
  }

  public var name: String
  public var title: String
  public var owner: String?
  public var tier: Int?
  public var steps: [Step]

  public init(name: String, title: String, owner: String?, tier: Int?, steps: [Step]) {
    self.name = name
    self.title = title
    self.owner = owner
    self.tier = tier
    self.steps = steps
  }
}

/// What one SLO has lost over a time.
public struct IncidentCost: Sendable, Codable, Hashable {
  public var slo: String
  public var service: String
  /// The share of the window's error budget that went, 0…1 and beyond where more than all of it did.
  public var budgetSpent: Double
  /// As many minutes of nothing but failure would have cost the same.
  public var badMinutes: Double
  public var bad: Double
  public var total: Double
  /// How many times too fast the budget burns now; `nil` without data, and once the incident is over.
  public var burnNow: Double?
  /// The length of the budget's window.
  public var window: Interval
  /// The time that was looked at: before its end the data may not be complete yet.
  public var to: Instant

  public init(
    slo: String, service: String, budgetSpent: Double, badMinutes: Double, bad: Double, total: Double,
    burnNow: Double?, window: Interval, to: Instant
  ) {
    self.slo = slo
    self.service = service
    self.budgetSpent = budgetSpent
    self.badMinutes = badMinutes
    self.bad = bad
    self.total = total
    self.burnNow = burnNow
    self.window = window
    self.to = to
  }
}

/// Who else feels an incident, from the catalog.
public struct IncidentImpact: Sendable {
  /// A journey with the steps that go wrong.
  public struct Affected: Sendable, Codable, Hashable {
    public var journey: JourneyEntry
    /// The names of the steps whose service is affected.
    public var steps: [String]
    /// The steps that only feel it through what their service needs.
    public var indirect: [String]
  }

  /// Important journeys first.
  public var journeys: [Affected]
  /// The services that need an affected one, directly or through others; important ones first.
  public var dependants: [ServiceEntry]

  public init(of services: [String], in catalog: CatalogView) {
    let byName = Dictionary(catalog.services.map { ($0.name, $0) }) { first, _ in first }
    let affected = Set(services)
    var reached: Set<String> = []
    func dependents(_ name: String) -> [String] {
      guard let service = byName[name] else { return [] }
      return service.dependents + service.dependentsThrough.compactMap(\.last)
    }
    var waiting = services.flatMap(dependents)
    while let name = waiting.popLast() {
      guard !affected.contains(name), reached.insert(name).inserted else { continue }
      waiting += dependents(name)
    }
    dependants = reached.compactMap { byName[$0] }.sorted { ($0.tier ?? 9, $0.name) < ($1.tier ?? 9, $1.name) }
    journeys = catalog.journeys.compactMap { journey in
      let direct = journey.steps.filter { affected.contains($0.service) }.map(\.name)
      let indirect = journey.steps.filter { reached.contains($0.service) }.map(\.name)
      return direct.isEmpty && indirect.isEmpty ? nil : Affected(journey: journey, steps: direct, indirect: indirect)
    }.sorted {
      ($0.journey.tier ?? 9, $0.steps.isEmpty ? 1 : 0, $0.journey.name)
        < ($1.journey.tier ?? 9, $1.steps.isEmpty ? 1 : 0, $1.journey.name)
    }
  }
}
