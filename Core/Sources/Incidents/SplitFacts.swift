import Base
import Events
import Journal

/// What is known of the alerts of an incident of which some go.
public struct SplitFacts: Sendable {
  /// The services that those that go are about.
  public var services: [String]
  /// The services that those that stay are about.
  public var restServices: [String]
  /// When the first of them fired.
  public var firedAt: Instant?
  public var restFiredAt: Instant?
  /// The services that the incident they leave is no longer about.
  var left: [String] = []

  public init(services: [String], restServices: [String], firedAt: Instant?, restFiredAt: Instant?) {
    self.services = services
    self.restServices = restServices
    self.firedAt = firedAt
    self.restFiredAt = restFiredAt
  }
}

extension IncidentSplit {
  init(_ facts: SplitFacts, from: ULID, alerts: [ULID]) {
    self.init(
      from: from, alerts: alerts, services: facts.services, firedAt: facts.firedAt, restFiredAt: facts.restFiredAt,
      left: facts.left.isEmpty ? nil : facts.left)
  }
}

extension Incident {
  var linkedServices: [String] { links.filter { $0.subject.kind == "service" }.map { String($0.subject.id) } }
}
