import Base
import Events

/// What raises alerts of one kind: what one would change so that fewer of them come.
///
/// An SLO's alerts are a rule for each urgency; those with a label `alertname` (Prometheus, Alertmanager, Grafana) a
/// rule for each name; all others a rule for each integration and title, where digits do not count.
public struct AlertRule: Codable, Sendable, Hashable {
  public enum Kind: String, Codable, Sendable {
    case slo
    /// By the label `alertname`.
    case named
    /// By integration and title.
    case titled
  }

  public var kind: Kind
  /// The SLO, the value of `alertname`, or the title.
  public var name: String
  public var service: String?
  public var integration: String?
  /// For an SLO's: which of its alerts.
  public var urgency: Urgency?

  public init(kind: Kind, name: String, service: String?, integration: String? = nil, urgency: Urgency? = nil) {
    self.kind = kind
    self.name = name
    self.service = service
    self.integration = integration
    self.urgency = urgency
  }

  public init(_ signal: Signal) {
    service = signal.service.map { Self.short($0) }
    if let slo = signal.slo, signal.integration == nil {
      (kind, name, urgency) = (.slo, Self.short(slo), signal.urgency)
    } else if case let named = signal.label("alertname"), !named.isEmpty {
      (kind, name) = (.named, Self.short(named))
    } else {
      (kind, name) = (.titled, Self.title(signal.summary))
      integration = signal.integration.map { Self.short($0) }
    }
  }

  /// Names the rule in addresses and folds. Parts are separated by what none of them holds.
  public var key: String {
    "\(kind.rawValue)|\(service ?? "")|\(integration ?? "")|\(urgency?.rawValue ?? "")|\(name)"
  }

  /// As people say it: `playback-availability (page)`, `HighErrorRate`.
  public var title: String { urgency.map { "\(name) (\($0.rawValue))" } ?? name }

  /// What does not fit into the bounded table of rules.
  static let rest = AlertRule(kind: .titled, name: "all other rules", service: nil)

  private static func short(_ text: String) -> String {
    let cut = text.utf8.count > 120 ? String(text.prefix(100)) : text
    return cut.utf8.contains(UInt8(ascii: "|")) ? String(cut.map { $0 == "|" ? "/" : $0 }) : cut
  }

  /// Numbers change from alert to alert of one rule: each run of digits reads `#`.
  private static func title(_ summary: String) -> String {
    var title = ""
    for character in summary.prefix(100) {
      if character.isWholeNumber {
        if title.last != "#" { title.append("#") }
      } else {
        title.append(character == "|" ? "/" : character)
      }
    }
    return title
  }
}
