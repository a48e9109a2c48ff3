import Alerts
import Base
import Definitions
import Events

/// JSON that other systems post when something happens, as reports.
public enum WebhookPayload {
  /// Why a body is not taken: one line for its sender.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
  }

  /// What could be read of a list of reports: one that is wrong takes none of the others along.
  public struct Reading: Sendable {
    public var reports: [Incoming] = []
    /// Where in the list each of them stands.
    public var places: [Int] = []
    /// Of those that could not be read, in their order.
    public var problems: [Problem] = []

    init<Items: Collection>(_ items: Items, _ read: (Int, Items.Element) throws(Problem) -> Incoming) {
      for (number, item) in items.enumerated() {
        do throws(Problem) {
          reports.append(try read(number, item))
          places.append(number)
        } catch {
          problems.append(error)
        }
      }
    }

    /// All reports, or the first problem.
    public func whole() throws(Problem) -> [Incoming] {
      if let problem = problems.first { throw problem }
      return reports
    }
  }

  /// Bounds of a body that has been read into a tree.
  public static let limits = JSONLimits(bytesMax: 1 << 20, depthMax: 32, valuesMax: 100_000)
  /// Alerts of one body.
  public static let alertsMax = 1_000

  /// Alertmanager's webhook, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config), and
  /// Grafana's, which adds to it: `values`, `silenceURL`, `dashboardURL`, `panelURL`, `imageURL`, `orgId`.
  public static func alertmanager(_ body: JSON, from source: AlertSource, now: Instant) throws(Problem) -> Reading {
    guard let alerts = body["alerts"]?.array else {
      throw Problem("there is no list `alerts`; this path takes the webhook of Alertmanager (version 4) and of Grafana")
    }
    guard alerts.count <= alertsMax else { throw Problem("more than \(alertsMax) alerts; send smaller groups") }
    return Reading(alerts) { (number, alert) throws(Problem) in
      let labels = try texts(alert["labels"], "alerts[\(number)].labels").filter { !$0.value.isEmpty }
      guard !labels.isEmpty else { throw Problem("alerts[\(number)].labels is missing or empty") }
      let annotations = try texts(alert["annotations"], "alerts[\(number)].annotations")
      let status = alert["status"]?.string ?? body["status"]?.string ?? "firing"
      guard status == "firing" || status == "resolved" else {
        throw Problem("alerts[\(number)].status is '\(status.cut(40))', neither firing nor resolved")
      }
      let links = ["panelURL", "dashboardURL", "generatorURL"].compactMap { alert[$0]?.string }
      let link = links.first { !$0.isEmpty }
      var report = PrometheusAlert.incoming(
        labels: labels, annotations: annotations, generator: link, from: source,
        key: PrometheusAlert.fingerprint(labels).hex)
      report.status = status == "resolved" ? .resolved : .firing
      report.startsAt = alert["startsAt"]?.string.flatMap { Instant(rfc3339: $0) }.flatMap {
        $0 == .distantPast ? nil : min($0, now)
      }
      report.timeout = source.resolveTimeout
      report.detail = detail(of: alert, report.detail)
      return report
    }
  }

  /// The description, and what Grafana measured and where to look at it.
  private static func detail(of alert: JSON, _ description: String?) -> String? {
    var lines = [description].compactMap(\.self)
    if let values = alert["values"]?.object, !values.isEmpty {
      lines.append("Values: " + values.members.prefix(20).map { "\($0.key)=\($0.value.text)" }.joined(separator: ", "))
    } else if let values = alert["valueString"]?.string, !values.isEmpty {
      lines.append("Values: \(values)")
    }
    for (name, key) in [("Silence", "silenceURL"), ("Dashboard", "dashboardURL"), ("Image", "imageURL")] {
      if let url = alert[key]?.string, Incoming.isLink(url) { lines.append("\(name): \(url)") }
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n").cut(Incoming.detailBytesMax)
  }

  /// The members of an object that has to hold texts alone.
  private static func texts(_ json: JSON?, _ place: String) throws(Problem) -> [Signal.Label] {
    guard let json, json != .null else { return [] }
    guard let object = json.object else { throw Problem("\(place) is no object") }
    guard object.count <= Incoming.labelsMax else {
      throw Problem("\(place) has more than \(Incoming.labelsMax) members")
    }
    var pairs: [Signal.Label] = []
    for member in object.members {
      guard let value = member.value.string else { throw Problem("\(place).\(member.key.cut(80)) is no text") }
      guard member.key.utf8.count <= 256, value.utf8.count <= Incoming.detailBytesMax * 4 else {
        throw Problem("\(place).\(member.key.cut(80)) is too long")
      }
      pairs.append(.init(name: member.key, value: value))
    }
    return pairs
  }

  // MARK: Any other

  /// A body whose parts stand where the integration's mapping says.
  public static func mapped(
    _ body: JSON, _ mapping: IntegrationSpec.Mapping, from source: AlertSource
  ) throws(Problem) -> Reading {
    guard let each = mapping.each else {
      return Reading([body]) { (_, item) throws(Problem) in try one(item, body, mapping, source, "the body") }
    }
    guard let items = value(each, in: body)?.array else { throw Problem("there is no list at \(each)") }
    guard items.count <= alertsMax else { throw Problem("more than \(alertsMax) elements at \(each)") }
    return Reading(items) { (number, item) throws(Problem) in
      try one(item, body, mapping, source, "\(each)[\(number)]")
    }
  }

  private static func one(
    _ item: JSON, _ body: JSON, _ mapping: IntegrationSpec.Mapping, _ source: AlertSource, _ place: String
  ) throws(Problem) -> Incoming {
    func filled(_ template: Template?) -> String? {
      guard let template else { return nil }
      // What all elements share does not tell them apart.
      var isBlank = template.paths.contains { !$0.hasPrefix("body.") }
      let text = template.render { path in
        if path.hasPrefix("body."), let found = value(String(path.dropFirst(5)), in: body) { return word(found) }
        let own = value(path, in: item).flatMap(word)
        if own?.isEmpty == false { isBlank = false }
        return own
      }
      // The words between places that are all empty say nothing, and as a key they would make many alerts one.
      return isBlank || text.isEmpty ? nil : text
    }
    guard let key = filled(mapping.key) else { throw Problem("\(place) has nothing at \(mapping.key.text), its key") }
    let status = filled(mapping.status)
    let isResolved = status.map { status in mapping.resolved.contains { $0.lowercased() == status.lowercased() } }
    guard let summary = filled(mapping.summary) ?? (isResolved == true ? "resolved" : nil) else {
      throw Problem("\(place) has nothing at \(mapping.summary.text), its summary")
    }
    let severity = filled(mapping.severity).map { word in
      let mapped = mapping.severities.first { $0.key.lowercased() == word.lowercased() }
      return mapped.flatMap { AlertSeverity(rawValue: $0.value) }
        ?? Incoming.severity(word) ?? .error
    }
    return Incoming(
      integration: source.id, status: isResolved == true ? .resolved : .firing, key: key,
      summary: summary.cut(Incoming.summaryBytesMax), detail: filled(mapping.detail)?.cut(Incoming.detailBytesMax),
      severity: severity, urgency: source.urgency, service: filled(mapping.service), fallbackService: source.service,
      labels: mapping.labels.compactMap { label in
        filled(label.template).map { .init(name: label.name, value: $0.cut(Incoming.labelBytesMax)) }
      },
      link: filled(mapping.link).flatMap { Incoming.isLink($0) ? $0 : nil }, timeout: source.resolveTimeout)
  }

  /// The value at a dotted path, numbers being places in a list: `alert.tags.0.name`.
  static func value(_ path: String, in json: JSON) -> JSON? {
    if path == "$" || path == "." { return json }
    var found = json
    for part in path.split(separator: ".") {
      guard let next = found[String(part)] ?? Int(part).flatMap({ found[$0] }) else { return nil }
      found = next
    }
    return found
  }

  /// The list at a path.
  public static func items(_ path: String, in body: JSON) -> [JSON]? { value(path, in: body)?.array }

  private static func word(_ json: JSON) -> String? {
    switch json {
    case .string(let text): text
    case .null: nil
    case .int, .double, .bool: json.text
    case .array, .object: json.text.cut(1_024)
    }
  }
}
