import Base
import Definitions
import Events
import Reviews

extension Environment {
  /// What drafting a review, and following its action items, needs of the definitions.
  public struct Reviewing: Sendable {
    /// Where action items become issues.
    public struct Tracker: Sendable, Hashable {
      public var name: String
      /// Empty for all.
      public var services: [String]
      public var automatic: Bool

      public init(name: String, services: [String] = [], automatic: Bool = false) {
        self.name = name
        self.services = services
        self.automatic = automatic
      }
    }

    /// What an incident cost the SLOs of a service, read from the ledger.
    public typealias Impact =
      @Sendable (
        _ slos: [String], _ found: (slo: String?, at: Instant), _ resolved: Instant
      ) -> [BudgetImpact]

    /// The people of the catalog, sorted by name.
    public var names: [PersonName] = []
    /// In order of their names.
    public var trackers: [Tracker] = []
    /// The services that a runbook names.
    public var withRunbook: Set<String> = []
    public var impact: Impact = { _, _, _ in [] }

    public init() {}

    init(_ snapshot: Snapshot) {
      names = snapshot.all(UserSpec.self).map {
        PersonName(name: $0.ref.shortName, display: $0.spec.profile.displayName)
      }
      trackers = snapshot.all(TrackerSpec.self).map {
        Tracker(
          name: $0.ref.shortName, services: $0.spec.services.map(\.shortName), automatic: $0.spec.automatic)
      }
      withRunbook = Set(snapshot.runbooks.flatMap(\.services).map(\.shortName))
    }

    /// The tracker of a service's action items: the first that names it, or else the first that names none.
    public func tracker(of service: String?) -> Tracker? {
      trackers.first { tracker in service.map(tracker.services.contains) ?? false }
        ?? trackers.first { $0.services.isEmpty }
    }
  }
}
