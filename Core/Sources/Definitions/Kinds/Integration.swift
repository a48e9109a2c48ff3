import Base

/// `Integration`: an intake for the alerts of another system, with its own key, feeding one service; or a heartbeat,
/// whose silence is the alert.
public struct IntegrationSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Integration")

  public var type: IntakeType
  /// The key that senders present (PagerDuty's `routing_key`, a bearer token, the secret in a webhook's path).
  public var secretRef: SecretRef?
  /// The service that its alerts are about, where they do not name one themselves.
  public var service: EntityRef?
  /// How urgent its alerts are, unless a route says otherwise; the severity decides where neither does.
  public var urgency: RouteSpec.Urgency?
  /// Resolves an alert after so long without a word of its sender; Alertmanager's `resolve_timeout`.
  public var resolveTimeout: Interval?
  /// Where a generic webhook says what.
  public var mapping: Mapping?
  /// How a webhook signs its bodies.
  public var signature: Signature?
  public var heartbeat: Heartbeat?

  public enum IntakeType: String, Sendable, CaseIterable, Codable {
    case alertmanager, pagerduty, grafana, datadog, prometheus, otlp, webhook, heartbeat
  }

  /// Where the parts of an alert stand in a JSON body: dotted paths such as `data.check.id`, or templates with paths
  /// in them. A path without braces is a template of that path alone.
  public struct Mapping: Hashable, Sendable {
    /// The list whose elements are alerts of their own; the other paths then begin at an element, or with `body.` at
    /// the top.
    public var each: String?
    public var key: Template
    public var summary: Template
    public var detail: Template?
    public var severity: Template?
    public var service: Template?
    public var link: Template?
    /// Where the body says whether it has ended, and the words that say so.
    public var status: Template?
    public var resolved: [String]
    /// What severities the sender's words stand for.
    public var severities: [StringPair]
    public var labels: [RouteSpec.NamedTemplate]
  }

  /// A keyed hash (HMAC-SHA256) of the body in a header, as GitHub, Grafana and many others send it. The key is the
  /// integration's secret.
  public struct Signature: Hashable, Sendable {
    /// In lower case.
    public var header: String
    /// What stands before the digits, such as `sha256=`.
    public var prefix: String
    public var encoding: Encoding

    public enum Encoding: String, Sendable, CaseIterable, Codable { case hex, base64 }
  }

  /// Something that reports regularly that it is well.
  public struct Heartbeat: Hashable, Sendable {
    public var every: Interval
    /// How late it may be.
    public var grace: Interval
    /// Alerts of the Alertmanager intake that count as reports, such as Prometheus' Watchdog.
    public var matchers: [LabelMatcher]
  }

  public init(_ fields: Fields) {
    let type = fields.choice("type", IntakeType.self) ?? .webhook
    self.type = type
    secretRef = fields.secret(ifPresent: "secretRef")
    if secretRef == nil, type != .heartbeat, !fields.has("secretRef") {
      fields.missing("secretRef", "where the sender's key is kept: env:NAME or file:PATH")
    }
    service = fields.reference(ifPresent: "service", to: "Component", "Service")
    urgency = fields.choice(ifPresent: "urgency", RouteSpec.Urgency.self)
    resolveTimeout = fields.interval(ifPresent: "resolveTimeout")
    if resolveTimeout == .zero { fields.error("resolveTimeout", "0 would resolve at once; write it like 5m") }
    mapping = fields.object(ifPresent: "mapping", Self.mapping)
    signature = fields.object(ifPresent: "signature") { fields in
      Signature(
        header: fields.string("header").lowercased(), prefix: fields.possiblyEmptyString(ifPresent: "prefix") ?? "",
        encoding: fields.choice(ifPresent: "encoding", Signature.Encoding.self) ?? .hex)
    }
    heartbeat = Self.heartbeat(fields, type)
    if type == .webhook, mapping == nil {
      fields.missing("mapping", "where a body's key and summary stand: {key: id, summary: title}")
    }
    if type != .webhook, mapping != nil { fields.warning("mapping", "means nothing for type \(type.rawValue)") }
    if signature != nil, type != .webhook, type != .grafana {
      fields.warning("signature", "is checked for webhooks alone")
    }
  }

  private static func heartbeat(_ fields: Fields, _ type: IntakeType) -> Heartbeat? {
    guard type == .heartbeat else {
      for key in ["every", "grace", "matchers"] where fields.has(key) {
        fields.warning(key, "means nothing for type \(type.rawValue)")
      }
      return nil
    }
    let every = fields.interval("every")
    if fields.has("every"), every < .seconds(5) || every > .days(400) {
      fields.error("every", "is not between 5s and 400d")
    }
    let matchers = fields.matchers(ifPresent: "matchers")
    if fields.has("matchers"), matchers.isEmpty || matchers.allSatisfy(\.matchesEmpty) {
      fields.error("matchers", "would take every alert for a heartbeat; name one, such as alertname=\"Watchdog\"")
    }
    return Heartbeat(
      every: every, grace: fields.interval(ifPresent: "grace") ?? Interval(nanoseconds: every.nanoseconds / 5),
      matchers: matchers)
  }

  private static func mapping(_ fields: Fields) -> Mapping {
    func template(_ key: String, required what: String? = nil) -> Template? {
      guard let text = fields.string(ifPresent: key) else {
        if let what, !fields.has(key) { fields.missing(key, what) }
        return nil
      }
      return template(key, text)
    }
    func template(_ key: String, _ text: String) -> Template? {
      let isPath = !text.contains("{{")
      do throws(TemplateError) {
        return try Template(isPath ? "{{\(text.hasPrefix("$.") ? String(text.dropFirst(2)) : text)}}" : text)
      } catch {
        fields.error(key, "\(quoted(text)) \(error.message)")
        return nil
      }
    }
    let nothing = try? Template("")
    let labels = fields.stringMap(ifPresent: "labels").compactMap { pair in
      template("labels", pair.value).map { RouteSpec.NamedTemplate(name: pair.key, template: $0) }
    }
    let mapping = Mapping(
      each: fields.string(ifPresent: "each").map { $0.hasPrefix("$.") ? String($0.dropFirst(2)) : $0 },
      key: template("key", required: "where the body names the condition: alert.id") ?? nothing!,
      summary: template("summary", required: "where the body says what is wrong: alert.title") ?? nothing!,
      detail: template("detail"), severity: template("severity"), service: template("service"),
      link: template("link"), status: template("status"), resolved: fields.strings(ifPresent: "resolved"),
      severities: fields.stringMap(ifPresent: "severities"), labels: labels)
    if (mapping.status == nil) != mapping.resolved.isEmpty {
      fields.error("status and resolved belong together: where the state stands, and the words for its end")
    }
    for pair in mapping.severities where RouteSpec.Severity(rawValue: pair.value) == nil {
      fields.error("severities", "\(quoted(pair.value)) is not one of critical, error, warning, info")
    }
    return mapping
  }
}
