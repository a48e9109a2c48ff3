/// `Integration`: an intake for the alerts of another system, with its own key, feeding one service.
public struct IntegrationSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Integration")

  public var type: IntakeType
  /// The key that senders present (PagerDuty's `routing_key`, a bearer token).
  public var secretRef: SecretRef
  /// The service that its alerts are about, where they do not name one themselves.
  public var service: EntityRef?

  public enum IntakeType: String, Sendable, CaseIterable, Codable {
    case alertmanager, pagerduty, grafana, datadog, prometheus, otlp, webhook
  }

  public init(_ fields: Fields) {
    type = fields.choice("type", IntakeType.self) ?? .webhook
    if !fields.has("secretRef") { fields.missing("secretRef", "where the sender's key is kept: env:NAME or file:PATH") }
    secretRef = fields.secret(ifPresent: "secretRef") ?? .environment("")
    service = fields.reference(ifPresent: "service", to: "Component", "Service")
  }
}
