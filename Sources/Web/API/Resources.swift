import Access
import Alerts
import Base
import Engine
import Events
import Freeze
import Incidents
import Journal
import OnCall
import Outbox
import Procedures

/// The API's documents. Members that have no value are left out.
enum Resource {
  static func object(_ members: [(String, JSON?)]) -> JSON {
    .object(JSONObject(members.compactMap { name, value in value.map { .init(key: name, value: $0) } }))
  }

  static func text(_ value: String?) -> JSON? { value.map(JSON.string) }
  static func time(_ value: Instant?) -> JSON? { value.map { .string($0.rfc3339) } }
  static func number(_ value: Double?) -> JSON? { value.flatMap { $0.isFinite ? .double($0) : nil } }

  static func alert(_ alert: Alert, in state: State) -> JSON {
    Resource.alert(alert, in: state.alerts, run: alert.procedure.flatMap { state.procedures.runs[$0] })
  }

  /// - Parameter run: the alert's escalation.
  static func alert(_ alert: Alert, in alerts: Alerts, run: Run? = nil) -> JSON {
    let pause = alert.status == .firing ? run?.pause : nil
    return object([
      ("id", .string(alert.id.description)), ("state", .string(alert.condition.rawValue)),
      ("summary", .string(alert.signal.summary)), ("detail", text(alert.signal.detail)),
      ("service", text(alert.signal.service)), ("slo", text(alert.signal.slo)),
      ("severity", .string(alert.signal.severity.rawValue)), ("urgency", .string(alert.signal.urgency.rawValue)),
      ("key", .string(alert.signal.key)), ("source", .string(alert.source.text)),
      ("labels", .object(JSONObject(alert.signal.labels.map { .init(key: $0.name, value: .string($0.value)) }))),
      ("burnRate", number(alert.signal.burnRate)), ("link", text(alert.signal.link)),
      ("firedAt", time(alert.firedAt)), ("acknowledgedAt", time(alert.acknowledgedAt)),
      ("acknowledgedBy", text(alert.acknowledgedBy?.text)), ("resolvedAt", time(alert.resolvedAt)),
      ("resolution", text(alert.resolution)),
      ("suppressedBecause", text(alert.isOpen ? alert.suppression?.reason : nil)),
      ("suppressedAs", text(alert.isOpen ? alert.suppression?.code.rawValue : nil)),
      ("under", text(alert.isOpen ? alert.suppression?.into?.description : nil)),
      ("chain", alert.isOpen ? alerts.chain(of: alert).map { .array($0.map(JSON.string)) } : nil),
      ("until", time(alert.isOpen ? alert.suppression?.until : nil)),
      ("flapping", alert.flapping.map { .int(Int64($0.count)) }), ("integration", text(alert.signal.integration)),
      ("procedure", text(alert.procedure?.description)),
      ("escalationPaused", pause.map { .string($0.reason) }), ("escalationPausedAt", time(pause?.at)),
      ("escalationLevel", alert.isOpen ? run.flatMap(Escalation.level).map { .int(Int64($0)) } : nil),
      ("escalationNextAt", alert.condition == .firing ? run.flatMap(nextLevelAt) : nil),
      ("escalationExhausted", alert.condition == .firing && run.map(Escalation.isExhausted) == true ? true : nil),
    ])
  }

  private static func nextLevelAt(_ run: Run) -> JSON? {
    run.step?.kind == .wait && Escalation.hasNextLevel(run) ? time(run.deadline) : nil
  }

  static func incident(_ incident: Incident, notes: [Int64: String] = [:], full: Bool) -> JSON {
    let timeline = incident.timeline.map { entry in
      object([
        ("sequence", .int(entry.sequence)), ("at", time(entry.at)), ("kind", .string(entry.kind.rawValue)),
        ("actor", .string(entry.actor.text)), ("text", .string(notes[entry.sequence] ?? entry.text)),
      ])
    }
    let roles = incident.roles.map { object([("role", .string($0.role)), ("person", .string($0.person))]) }
    return object(
      [
        ("id", .string(incident.id.description)), ("number", .int(Int64(incident.number))),
        ("title", .string(incident.title)), ("state", .string(incident.condition.rawValue)),
        ("severity", .string(incident.severity.rawValue)), ("severityReason", .string(incident.severityReason)),
        ("service", text(incident.service)), ("automatic", .bool(incident.automatic)),
        ("beganAt", time(incident.beganAt)),
        ("openedAt", time(incident.openedAt)), ("openedBy", .string(incident.openedBy.text)),
        ("acknowledgedAt", time(incident.acknowledgedAt)), ("resolvedAt", time(incident.resolvedAt)),
        ("alerts", .array(incident.alerts.map { .string($0.description) })), ("roles", .array(roles)),
        ("timeline", full ? .array(timeline) : nil),
      ] + response(incident, notes, full: full))
  }

  static func page(_ page: Page) -> JSON {
    let attempts = page.attempts.map { attempt in
      object([("number", .int(Int64(attempt.number))), ("at", time(attempt.at)), ("result", text(attempt.result))])
    }
    return object([
      ("id", .string(page.id.description)), ("state", .string(page.condition.rawValue)),
      ("subject", .string(page.subject.text)), ("kind", .string(page.request.kind.rawValue)),
      ("person", .string(page.request.person)), ("channel", .string(page.request.channel.name)),
      ("level", .int(Int64(page.request.level))), ("title", .string(page.request.title)),
      ("requestedAt", time(page.requestedAt)), ("due", time(page.due)), ("attempts", .array(attempts)),
      ("note", text(page.note)),
    ])
  }

  static func event(_ event: Event) -> JSON {
    object([
      ("specversion", "1.0"), ("source", "mainstay"), ("id", .string(event.id.description)),
      ("sequence", .int(event.sequence)), ("time", time(event.time)), ("type", .string(event.type.text)),
      ("typeversion", .int(Int64(event.typeVersion))), ("subject", .string(event.subject.text)),
      ("actor", .string(event.actor.text)), ("cause", text(event.cause?.description)), ("data", event.data),
    ])
  }

  static func token(_ token: Access.Token) -> JSON {
    object([
      ("id", .string(token.id.description)), ("name", .string(token.name)), ("role", .string(token.role.rawValue)),
      ("user", text(token.user)), ("created", time(token.created)), ("createdBy", .string(token.createdBy.text)),
      ("expires", time(token.expires)), ("revoked", time(token.revoked)),
    ])
  }

  static func user(_ user: Access.User) -> JSON {
    object([
      ("name", .string(user.name)), ("role", .string(user.role.rawValue)),
      ("password", .bool(user.passwordHash != nil)),
    ])
  }

  static func freeze(_ window: FreezeWindow, _ freezes: Freezes, at now: Instant) -> JSON {
    let lift = freezes.lift(of: window)
    return object([
      ("name", .string(window.name)), ("state", .string(freezes.status(of: window, at: now).rawValue)),
      ("services", .array(window.services.map(JSON.string))), ("start", time(window.start)),
      ("end", time(window.end)), ("reason", .string(window.reason)), ("liftedAt", time(lift?.at)),
      ("liftedBy", text(lift?.by.text)),
    ])
  }

  static func shift(_ shift: ShiftView) -> JSON {
    object([
      ("start", time(shift.start)), ("end", time(shift.end)), ("user", text(shift.user)), ("layer", text(shift.layer)),
      ("override", .bool(shift.isOverride)),
    ])
  }

  static func override(_ entry: OverrideView) -> JSON {
    object([
      ("id", .string(entry.id)), ("schedule", .string(entry.schedule)), ("user", text(entry.user)),
      ("nobody", .bool(entry.user == nil)),
      ("start", time(entry.start)), ("end", time(entry.end)), ("by", .string(entry.by)),
    ])
  }

  static func service(_ service: ServiceEntry, _ site: Site) throws -> JSON {
    guard case .object(var object) = try JSON(encoding: service) else { return .null }
    object["health"] = .string(site.health(of: service.name).rawValue)
    object["slos"] = .array(site.objectives(of: service.name).map { .string($0.name) })
    object["openAlerts"] = .int(Int64(site.state.alerts.openCount(service: service.name)))
    return .object(object)
  }
}
