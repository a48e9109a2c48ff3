import Alerts
import Base
import Events

/// What the definitions say about alerts that page nobody for now, compiled once when they change.
public struct Holding: Sendable {
  /// A `Silence` of the definitions.
  public struct PlannedSilence: Sendable {
    public var name: String
    public var matchers: [LabelMatcher]
    public var times: RecurringTimes
    public var author: String
    public var reason: String

    public init(name: String, matchers: [LabelMatcher], times: RecurringTimes, author: String, reason: String) {
      self.name = name
      self.matchers = matchers
      self.times = times
      self.author = author
      self.reason = reason
    }
  }

  /// A `Maintenance` that suppresses alerts.
  public struct Window: Sendable {
    public var name: String
    public var services: Set<String>
    public var slos: Set<String>
    public var times: RecurringTimes
    public var reason: String

    public init(name: String, services: Set<String>, slos: Set<String>, times: RecurringTimes, reason: String) {
      self.name = name
      self.services = services
      self.slos = slos
      self.times = times
      self.reason = reason
    }
  }

  /// While an alert that matches `source` is open, those that match `target` and have the same values of `equal` page
  /// nobody.
  public struct Inhibition: Sendable {
    public var name: String
    public var source: [LabelMatcher]
    public var target: [LabelMatcher]
    public var equal: [String]

    public init(name: String, source: [LabelMatcher], target: [LabelMatcher], equal: [String]) {
      self.name = name
      self.source = source
      self.target = target
      self.equal = equal
    }
  }

  public var silences: [PlannedSilence] = []
  public var maintenance: [Window] = []
  public var inhibitions: [Inhibition] = []
  public var dependencies = ServiceGraph()
  /// The working hours of a service's owner, where a calendar is named.
  public var hours: [String: WorkingHours] = [:]
  /// The zone of a policy's first schedule.
  public var policyZones: [String: Zone] = [:]
  public var zone: @Sendable (_ name: String) -> Zone? = { _ in nil }

  public init() {}

  /// The first moment from now on at which the owner of a service is at work.
  func atWork(service: String?, policy: String?, from now: Instant) -> Instant {
    let zone = policy.flatMap { policyZones[$0] } ?? .utc
    return (service.flatMap { hours[$0] } ?? .standard(in: zone)).next(from: now)
  }
}

/// What services need of each other, directly or through others, nearest first.
public struct ServiceGraph: Sendable {
  /// So many steps are followed; a cause further away pages for itself.
  public static let stepsMax = 5
  /// So many services that one needs are looked at.
  public static let servicesMax = 100

  public struct Reach: Sendable {
    /// The services from the one that was asked about to this one, both included.
    public var chain: [String]
    public var service: String { chain[chain.count - 1] }
  }

  /// What each service depends on.
  private let needs: [String: [Reach]]
  /// What depends on each service.
  private let needed: [String: [Reach]]

  /// - Parameter direct: what each service depends on directly.
  public init(_ direct: [String: [String]] = [:]) {
    let needs = Dictionary(uniqueKeysWithValues: direct.keys.map { ($0, Self.closure(of: $0, direct)) })
    // The other way round: a cause is needed by whoever finds it among what they need, however many these are.
    var needed: [String: [Reach]] = [:]
    for service in needs.keys.sorted() {
      for reach in needs[service] ?? [] {
        needed[reach.service, default: []].append(Reach(chain: reach.chain.reversed()))
      }
    }
    self.needs = needs
    self.needed = needed.mapValues { reaches in
      reaches.sorted { ($0.chain.count, $0.service) < ($1.chain.count, $1.service) }
    }
  }

  private static func closure(of service: String, _ edges: [String: [String]]) -> [Reach] {
    var found: [Reach] = []
    var seen: Set<String> = [service]
    var level = [[service]]
    for _ in 0..<stepsMax {
      var next: [[String]] = []
      for chain in level {
        for other in edges[chain[chain.count - 1]] ?? [] where seen.insert(other).inserted {
          guard found.count < servicesMax else { return found }
          found.append(Reach(chain: chain + [other]))
          next.append(chain + [other])
        }
      }
      level = next
    }
    return found
  }

  /// What a service depends on; each chain leads from the service to it.
  public func dependencies(of service: String) -> [Reach] { needs[service] ?? [] }

  /// What depends on a service; each chain leads from the service to it.
  public func dependants(of service: String) -> [Reach] { needed[service] ?? [] }

  /// How many of some services each of them needs: sorted by it, causes come before what depends on them.
  public func depths(of services: [String]) -> [String: Int] {
    guard !needs.isEmpty else { return [:] }
    let services = Set(services)
    guard services.count > 1 else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: services.map { service in
        (service, dependencies(of: service).count { services.contains($0.service) })
      })
  }

  public func depends(_ service: String, on other: String) -> Bool {
    needs[service]?.contains { $0.service == other } ?? false
  }
}
