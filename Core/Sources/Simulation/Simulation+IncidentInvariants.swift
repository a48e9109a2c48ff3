import Base
import Engine
import Events
import Incidents
import Journal
import Outbox
import Procedures
import Reviews
import Runbooks

/// The promises around incidents: looked at every few minutes, and at the end.
extension Simulation {
  mutating func checkIncidents() {
    guard let state = loop?.committed else { return }
    checkBelonging(state)
    checkDutyRuns(state)
    checkPrivacy(state)
  }

  /// An alert is in one open incident at most, and that one is what the alert is shown with.
  private mutating func checkBelonging(_ state: State) {
    var owner: [ULID: Int] = [:]
    for incident in state.incidents.open {
      for alert in incident.alerts {
        if let other = owner[alert] { found("alert \(alert) is in the incidents \(other) and \(incident.number)") }
        owner[alert] = incident.number
        if state.incidents.incident(ofAlert: alert)?.id != incident.id {
          found("alert \(alert) of incident \(incident.number) is shown with another")
        }
      }
    }
  }

  /// A promise is watched over by one run, and only while its incident is open and may speak.
  private mutating func checkDutyRuns(_ state: State) {
    for (id, run) in state.procedures.runs.sortedElements
    where run.program.kind == UpdateDuty.kind && run.status != .finished && run.cancelReason == nil {
      guard let incident = ULID(run.about.id).flatMap({ state.incidents.incidents[$0] }), incident.isOpen else {
        found("duty \(id) outlives \(run.about)")
        continue
      }
      let promises = incident.duties.filter { $0.procedure == id }
      if promises.count != 1 || promises[0].isMet { found("duty \(id) watches over no promise of \(run.about)") }
      if incident.isPrivate, promises.first?.audience == .external {
        found("duty \(id) asks to publish something of the private \(run.about)")
      }
    }
  }

  /// Who does not belong to a private incident sees nothing that follows from it.
  private mutating func checkPrivacy(_ state: State) {
    let hidden = state.incidents.incidents.sortedElements.map(\.value).filter(\.isPrivate)
    guard !hidden.isEmpty else { return }
    for person in Town.people + ["eve"] {
      let viewer = Viewer(.user(person))
      let seen = state.seen(by: viewer)
      for incident in hidden {
        if incident.isVisible(to: viewer) {
          if seen.incidents.incidents[incident.id] == nil { found("\(person) belongs to \(incident.subject), unseen") }
        } else if let what = trace(of: incident, in: seen, state, viewer) {
          found("\(person) sees \(what) of the private \(incident.subject)")
        }
      }
    }
  }

  private func trace(of incident: Incident, in seen: State, _ state: State, _ viewer: Viewer) -> String? {
    if seen.incidents.incidents[incident.id] != nil { return "the page" }
    if seen.incidents.open.contains(where: { $0.id == incident.id }) { return "the entry in the list" }
    if incident.alerts.contains(where: { seen.incidents.incident(ofAlert: $0)?.id == incident.id }) {
      return "the alerts"
    }
    if seen.reviews[incident.id] != nil { return "the review" }
    if !seen.actions.of(review: incident.id).isEmpty { return "the action items" }
    if !seen.outbox.pages(of: incident.subject).isEmpty { return "the messages" }
    for (id, run) in state.runbookRuns.runs.sortedElements
    where run.about == incident.subject || run.incident == incident.subject {
      if seen.runbookRuns.runs[id] != nil || seen.procedures.runs[id] != nil { return "the run \(id)" }
      if seen.incidents.privacy.maySee(run.subject, viewer) { return "the journal of run \(id)" }
    }
    return seen.incidents.privacy.maySee(incident.subject, viewer) ? "the journal" : nil
  }

  // MARK: At the end

  /// What is read off the journal of private incidents, reviews and action items.
  mutating func checkReviews(_ state: State, _ events: [Event], _ now: Instant) {
    var ends: [String: (resolved: Int, drafted: Int, edits: Int)] = [:]
    var secret: Set<Subject> = []
    var notes: [Subject: Instant] = [:]
    // Whoever has closed an item since may have had none, and begins a new week with the next.
    var weeks: [Subject: Instant] = [:]
    var owners: [Subject: Subject] = [:]
    for event in events {
      if event.type == IncidentResolved.type { ends[String(event.subject.id), default: (0, 0, 0)].resolved += 1 }
      if event.type == ReviewDrafted.type { ends[String(event.subject.id), default: (0, 0, 0)].drafted += 1 }
      if event.type == ReviewEdited.type { ends[String(event.subject.id), default: (0, 0, 0)].edits += 1 }
      if let opened = try? event.payload(IncidentOpened.self), opened.isPrivate == true { secret.insert(event.subject) }
      if event.type == IncidentMadePrivate.type { secret.insert(event.subject) }
      if event.type == IncidentMadePublic.type { secret.remove(event.subject) }
      if secret.contains(event.subject), let page = try? event.payload(PageRequested.self),
        page.title.contains(Self.secret) || page.body.contains(Self.secret)
      {
        found("a message about \(event.subject) has the title of a private incident")
      }
      if event.type == ActionsReminded.type {
        if let last = weeks[event.subject], event.time < last + .days(7) {
          found("\(event.subject) was reminded of action items twice in a week")
        }
        notes[event.subject] = event.time
        weeks[event.subject] = event.time
      }
      if let created = try? event.payload(ActionCreated.self) {
        owners[event.subject] = Subject("user", created.owner)
      }
      if event.type == ActionClosed.type, let owner = owners[event.subject] { weeks[owner] = nil }
    }
    for (id, end) in ends.sorted(by: { $0.key < $1.key }) {
      if end.resolved != end.drafted { found("incident \(id) ended \(end.resolved) times, with \(end.drafted) drafts") }
      let kept = ULID(id).flatMap { state.reviews[$0] }?.edits.count ?? 0
      if kept != end.edits { found("of \(end.edits) edits of review \(id) \(kept) are left") }
    }
    for (id, edits) in acceptedEdits.sorted(by: { $0.key < $1.key })
    where (state.reviews[id]?.edits.count ?? 0) < edits {
      found("review \(id) has lost an edit that was accepted")
    }
    for id in acceptedActions where state.actions[id] == nil { found("action \(id) was accepted and is gone") }
    for action in state.actions.open
    where isLate(now, action.due) && notes[Subject("user", action.owner)] == nil {
      found("nobody reminded \(action.owner) of action \(action.id), due \(action.due.rfc3339)")
    }
  }
}
