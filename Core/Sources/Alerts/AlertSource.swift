import Base
import Definitions
import Events

/// An `Integration` as the readers of its bodies need it.
public struct AlertSource: Sendable {
  /// `alertmanager/prometheus-main`; the intake alone where no integration is defined.
  public var id: String
  /// The service of what names none itself.
  public var service: String?
  public var urgency: Urgency?
  public var resolveTimeout: Interval?
  public var mapping: IntegrationSpec.Mapping?

  public init(
    _ id: String, service: String? = nil, urgency: Urgency? = nil, resolveTimeout: Interval? = nil,
    mapping: IntegrationSpec.Mapping? = nil
  ) {
    self.id = id
    self.service = service
    self.urgency = urgency
    self.resolveTimeout = resolveTimeout
    self.mapping = mapping
  }

  public init(_ integration: Entity<IntegrationSpec>) {
    let spec = integration.spec
    self.init(
      "\(spec.type.rawValue)/\(integration.ref.shortName)", service: spec.service?.shortName,
      urgency: spec.urgency.flatMap { Urgency(rawValue: $0.rawValue) }, resolveTimeout: spec.resolveTimeout,
      mapping: spec.mapping)
  }
}
