import Base
import Events
import Journal

extension TimelineEntry {
  /// The line of an event; `nil` for those that would only be noise.
  ///
  /// - Parameter event: its erasable texts resolved, as readers of the journal get it.
  public init?(_ event: Event) throws {
    guard let line = try Self.line(event) else { return nil }
    sequence = event.sequence
    at = line.at ?? event.time
    kind = line.kind
    actor = event.actor
    subject = event.subject
    type = event.type
    text = line.text
    body = line.body
    graph = line.graph
    link = line.link
  }

  private struct Line {
    var kind: Kind
    var text: String
    var body: String?
    var at: Instant?
    var graph: IncidentGraphPinned?
    var link: String?

    init(_ kind: Kind, _ text: String, body: String? = nil, at: Instant? = nil) {
      self.kind = kind
      self.text = text
      self.body = body
      self.at = at
    }
  }

  private static func line(_ event: Event) throws -> Line? {
    switch event.subject.kind {
    case "incident": return try incident(event) ?? people(event) ?? evidence(event)
    case "alert":
      return try Incidents.line(event).map { Line($0.0 == .page ? .page : .alert, $0.1) }
    case "procedure": return try run(event)
    default: return try change(event)
    }
  }

  // MARK: The incident's own

  private static func incident(_ event: Event) throws -> Line? {
    if let payload = try event.payload(IncidentOpened.self) {
      return Line(.incident, "incident opened as \(payload.severity.rawValue): \(payload.severityReason)")
    }
    if event.type == IncidentAcknowledged.type { return Line(.incident, "incident acknowledged") }
    if let payload = try event.payload(IncidentSeverityChanged.self) {
      let why = payload.reason.map { ": \($0)" } ?? ""
      return Line(.incident, "severity is now \(payload.severity.rawValue)\(why)")
    }
    if let payload = try event.payload(IncidentMitigated.self) {
      return Line(.incident, "mitigated: \(payload.reason)")
    }
    if let payload = try event.payload(IncidentResolved.self) {
      return Line(.incident, "incident resolved: \(payload.reason)")
    }
    if let payload = try event.payload(IncidentReopened.self) {
      return Line(.incident, "incident reopened: \(payload.reason)")
    }
    if let payload = try event.payload(IncidentLinked.self) {
      return Line(.incident, "linked \(payload.subject.text): \(payload.reason)")
    }
    if let payload = try event.payload(IncidentUnlinked.self) {
      return Line(.incident, "unlinked \(payload.subject.text)")
    }
    if event.type == IncidentMerged.type { return Line(.incident, "merged into another incident") }
    if let payload = try event.payload(IncidentSplit.self) {
      return Line(.incident, "split off with \(payload.alerts.count) alerts")
    }
    if event.type == IncidentMadePrivate.type { return Line(.incident, "made private") }
    return event.type == IncidentMadePublic.type ? Line(.incident, "made public") : nil
  }

  /// Their texts stand in the event's data where those who read the journal have put them in for the markers.
  private static func people(_ event: Event) throws -> Line? {
    if event.type == IncidentNoted.type {
      return Line(.note, "wrote a note", body: event.data["text"]?.string ?? Erasable.erasedText)
    }
    if event.type == IncidentUpdated.type {
      let phase = event.data["phase"]?.string.map { ", \($0)" } ?? ""
      return Line(
        .update, "\(event.data["audience"]?.string ?? "internal") update\(phase)",
        body: event.data["message"]?.string ?? event.data["text"]?.string)
    }
    if let payload = try event.payload(IncidentUpdateDue.self) {
      let who = payload.person.map { "\($0) is reminded" } ?? "nobody has a role that would be reminded"
      return Line(.update, "\(payload.audience.rawValue) update was due at \(payload.due.rfc3339): \(who)")
    }
    if let payload = try event.payload(IncidentRoleAssigned.self) {
      return Line(.role, "\(payload.person) is \(payload.role)")
    }
    if let payload = try event.payload(IncidentRoleHandedOver.self) {
      return Line(.role, "\(payload.role) passes from \(payload.from) to \(payload.to)")
    }
    return nil
  }

  private static func evidence(_ event: Event) throws -> Line? {
    if let payload = try event.payload(IncidentGraphPinned.self) {
      var line = Line(.evidence, "pinned a graph: \(payload.title)")
      line.graph = payload
      return line
    }
    if let payload = try event.payload(IncidentOutputPinned.self) {
      var line = Line(
        .evidence, "step \(payload.step) of runbook \(payload.runbook) printed", body: payload.excerpt)
      line.link = "run/\(payload.run)"
      return line
    }
    return nil
  }

  // MARK: What happened around it

  private static func run(_ event: Event) throws -> Line? {
    if let payload = try event.payload(RunbookStarted.self) {
      return Line(.run, "runbook started\(payload.automatic == nil ? "" : " by itself"): \(payload.title)")
    }
    if let payload = try event.payload(StepFinished.self) {
      guard payload.result != .notYet else { return nil }
      return Line(.run, ended(payload))
    }
    if let payload = try event.payload(StepApproved.self) {
      return Line(.run, "approved \(payload.step ?? "a step of the runbook")")
    }
    if let payload = try event.payload(ProcedureCancelled.self) {
      return Line(.run, "run cancelled: \(payload.reason)")
    }
    if let payload = try event.payload(ProcedureFinished.self) {
      return Line(.run, "run \(payload.outcome.rawValue)\(payload.reason.map { ": \($0)" } ?? "")")
    }
    return nil
  }

  /// `rollback: done`, `rollback: its check says yes`, `undoing rollback: failed: no route to host`.
  private static func ended(_ step: StepFinished) -> String {
    let name = "\(step.undo ? "undoing " : "")\(step.step ?? "step \(step.index + 1)")"
    let result =
      switch step.result {
      case .done: step.check == true ? "its check says yes" : "done"
      case .failed, .notYet: step.check == true ? "its check says no" : "failed"
      case .timedOut: step.check == true ? "its check never said yes" : "took too long"
      case .lost: "was lost when the server ended"
      }
    return "\(name): \(result)\(step.detail.map { ": \($0.cut(500))" } ?? "")"
  }

  private static func change(_ event: Event) throws -> Line? {
    if let payload = try event.payload(ChangeRecorded.self) {
      var line = Line(.change, "\(event.subject.id): \(payload.summary)", at: payload.at)
      line.link = payload.link
      return line
    }
    // Deployments say what they are in their own words.
    guard event.type.text.hasPrefix("deployment.") else { return nil }
    let verb = event.type.text.dropFirst("deployment.".count)
    let what = event.data["summary"]?.string ?? event.data["version"]?.string ?? ""
    return Line(.change, "deployment \(verb) of \(event.subject.id)\(what.isEmpty ? "" : ": \(what)")")
  }
}
