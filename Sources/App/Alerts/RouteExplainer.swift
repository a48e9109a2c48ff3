import Alerts
import Base
import Definitions
import Engine
import Events
import Journal
import OnCall
import Runtime
import Web
import Wire

/// Says what would become of an event, by the code that takes it.
public enum RouteExplainer {
  /// - Parameters:
  ///   - source: the integration to read it for; `nil` finds out by its form.
  ///   - administrators: people whose login is an administrator's; `nil` where that is not known.
  ///   - overrides: of a schedule.
  /// - Throws: `Refusal` where it is no event that any intake takes.
  static func explain(
    _ body: [UInt8], source: AlertSource?, in environment: Engine.Environment, now: Instant,
    administrators: [String]? = nil, overrides: (_ schedule: String) -> [Override]
  ) throws -> [RouteExplanation] {
    let (form, reports) = try read(body, source, now)
    guard !reports.isEmpty else { throw Refusal(.invalid, "there is no alert in it") }
    return reports.prefix(50).map { report in
      let routed = environment.router.route(report, explaining: true)
      let signal = routed.signal
      var why = routed.why
      var people: [String] = []
      var policy = routed.policy.flatMap { environment.policies[$0] }
      if policy == nil {
        policy = environment.catchAll(for: signal, administrators: administrators ?? [])?.policy
        why[why.count - 1] = environment.catchAllReason(for: signal, administrators: administrators ?? [])
        if administrators == nil { why.append("Who is an administrator is known to the server alone") }
      }
      if signal.urgency == .page, report.status == .firing, let policy {
        (people, why) = paged(policy, environment, now, overrides, why)
      } else if signal.urgency != .page {
        why.append(
          signal.urgency == .ticket
            ? "Nobody is paged at once: its urgency is ticket, which waits for working hours"
            : "Nobody is told: its urgency is record")
      }
      return RouteExplanation(
        form: form, status: report.status.rawValue, summary: signal.summary, key: signal.key, service: signal.service,
        owner: signal.service.flatMap { environment.services[$0]?.owner }, severity: signal.severity.rawValue,
        urgency: signal.urgency.rawValue, route: routed.route, policy: policy?.name, people: people, why: why)
    }
  }

  private static func paged(
    _ policy: EscalationPolicy, _ environment: Engine.Environment, _ now: Instant,
    _ overrides: (String) -> [Override], _ why: [String]
  ) -> ([String], [String]) {
    var why = why
    for (number, level) in policy.levels.enumerated() {
      let found = Escalation.resolve(
        level.targets, urgency: .page, now: now, contacts: environment.contacts, lastTurn: { _ in nil },
        onCall: { environment.onCall($0, now, overrides($0)) })
      var people: [String] = []
      for page in found.pages where !people.contains(page.person) { people.append(page.person) }
      if !people.isEmpty {
        why.append("Level \(number + 1) of policy \(policy.name) reaches \(people.joined(separator: ", ")) now")
        return (people, why)
      }
      why.append(
        "Level \(number + 1) of policy \(policy.name) reaches nobody: \(found.missing.joined(separator: "; "))")
    }
    return ([], why)
  }

  private static func read(
    _ body: [UInt8], _ source: AlertSource?, _ now: Instant
  ) throws -> (form: String, reports: [Incoming]) {
    let json: JSON
    do { json = try JSON(parsing: body, limits: WebhookPayload.limits) } catch {
      throw Refusal(.invalid, "the event is not JSON: \(error)")
    }
    do {
      if let source, let mapping = source.mapping {
        return ("an event of \(source.id)", try WebhookPayload.mapped(json, mapping, from: source).whole())
      }
      if json["routing_key"] != nil || json["event_action"] != nil {
        var named = json
        if case .object(var object) = named, object["routing_key"] == nil {
          object["routing_key"] = "-"
          named = .object(object)
        }
        let event = try PagerDutyEvent(named.bytes)
        let source = source ?? AlertSource("pagerduty")
        return ("an event of PagerDuty's API", [try event.report(from: source, fresh: "made-up", now: now)])
      }
      if json["alerts"]?.array != nil {
        let source = source ?? AlertSource(json["orgId"] == nil ? "alertmanager" : "grafana")
        return (
          "a webhook of \(source.id.prefix { $0 != "/" })",
          try WebhookPayload.alertmanager(json, from: source, now: now).whole()
        )
      }
      let list = json.array == nil ? JSON.array([json]) : json
      guard list[0]?["labels"] != nil else {
        throw Refusal(
          .invalid,
          "it is none of what the intakes take: an alert of Alertmanager has `labels`, its webhook and Grafana's "
            + "`alerts`, PagerDuty's event `event_action`; for a mapped webhook name the Integration")
      }
      let post = try AlertmanagerPost(list.bytes)
      let source = source ?? AlertSource("alertmanager")
      if let problem = post.entries.lazy.compactMap(\.problem).first { throw Refusal(.invalid, problem) }
      return (
        "an alert of Alertmanager",
        post.entries.map {
          post.incoming(
            $0, from: source, timeout: source.resolveTimeout ?? AlertmanagerIntake.resolveTimeout, now: now)
        }
      )
    } catch let problem as WebhookPayload.Problem {
      throw Refusal(.invalid, problem.description)
    } catch let problem as PagerDutyEvent.Problem {
      throw Refusal(.invalid, problem.errors.joined(separator: "; "))
    } catch let problem as AlertmanagerPost.Problem {
      throw Refusal(.invalid, problem.message)
    }
  }

  /// The same without a server, on the definitions of a directory.
  ///
  /// - Throws: `Refusal` where the definitions or the event cannot be read.
  public static func explain(
    _ body: [UInt8], integration: String?, definitions directory: String, now: Instant
  ) throws -> [RouteExplanation] {
    let loaded = DefinitionsLoader().load(directory: directory)
    guard let snapshot = loaded.snapshot else {
      let first = loaded.diagnostics.first { $0.severity == .error }
      throw Refusal(.invalid, first?.description ?? "no definitions in \(directory)")
    }
    let environment = Compiled.environment(of: snapshot, zones: SystemZones())
    return try explain(
      body, source: try source(integration, in: snapshot), in: environment, now: now, overrides: { _ in [] })
  }

  static func source(_ name: String?, in snapshot: Snapshot) throws -> AlertSource? {
    guard let name, !name.isEmpty else { return nil }
    guard let found = snapshot.all(IntegrationSpec.self).first(where: { $0.ref.shortName == name }) else {
      throw Refusal(.notFound, "no Integration \(name)")
    }
    return AlertSource(found)
  }
}
