import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import Reviews

/// What people do with incidents besides writing updates, and with the reviews and action items that come of them.
extension Simulation {
  enum IncidentWork {
    case handOver(String, to: String)
    case merge, split, unmerge, reopen, mitigate
    case makePrivate([String]), makePublic
    case linkService(String)
    case declarePrivate(String, members: [String])
    case runAbout
    case editReview(String)
    case createAction(owner: String, due: Interval)
    case closeAction, reopenAction
  }

  /// Draws of its own, so that it moves no other.
  mutating func planIncidentWork() {
    var random = SeededGenerator(seed: seed ^ 0x494E_4349_4445_4E54)
    func plan(_ most: Int, _ work: (inout SeededGenerator) -> IncidentWork) {
      for _ in 0..<Int.random(in: 0...most, using: &random) {
        let at = start + .milliseconds(Int64.random(in: 0..<Self.quietAfter.milliseconds, using: &random))
        agenda.plan(.incident(work(&random)), at: at)
      }
    }
    func person(_ random: inout SeededGenerator) -> String { Town.people.randomElement(using: &random)! }
    plan(4) { .handOver(IncidentRoles.all.randomElement(using: &$0)!, to: person(&$0)) }
    plan(4) { _ in .merge }
    plan(4) { _ in .split }
    plan(3) { _ in .unmerge }
    plan(2) { _ in .reopen }
    plan(2) { _ in .mitigate }
    plan(3) { .makePrivate([person(&$0)]) }
    plan(2) { _ in .makePublic }
    plan(2) { .linkService(Town.services.randomElement(using: &$0)!) }
    plan(1) { .declarePrivate(Town.services.randomElement(using: &$0)!, members: [person(&$0), person(&$0)]) }
    plan(3) { _ in .runAbout }
    plan(3) { .editReview("as \(person(&$0)) saw it") }
    plan(5) { .createAction(owner: person(&$0), due: .minutes(Int64.random(in: 5...90, using: &$0))) }
    plan(4) { _ in .closeAction }
    plan(5) { _ in .reopenAction }
  }

  mutating func workOnIncidents(_ work: IncidentWork, _ submit: Submit) {
    guard let state = loop?.committed else { return }
    let all = state.incidents.incidents.sortedElements.map(\.value)
    switch work {
    case .declarePrivate(let service, let members):
      let declaration = Declaration(title: Self.secret, service: service, severity: .sev2, members: members)
      submit(Ask.declareIncident(declaration, by: .user("ana")).command) { _, _ in }
    case .unmerge:
      guard let merged = all.last(where: { $0.mergedInto != nil }) else { return }
      submit(Ask<Void>.unmergeIncident(merged.id, by: .user("ana")).command) { _, _ in }
    case .reopen:
      guard let closed = all.last(where: { !$0.isOpen && $0.mergedInto == nil }) else { return }
      submit(Ask<Void>.reopenIncident(closed.id, reason: "not over", by: .user("cem")).command) { _, _ in }
    case .makePublic:
      guard let hidden = all.first(where: \.isPrivate) else { return }
      submit(Ask<Void>.makeIncidentPublic(hidden.id, by: .user("ana")).command) { _, _ in }
    case .editReview, .createAction, .closeAction, .reopenAction: workOnReviews(work, state, submit)
    default: workOnOpen(work, all.filter(\.isOpen), submit)
    }
  }

  /// The title of incidents that begin private: no message may have it.
  static let secret = "a break-in that nobody is to hear of"

  private mutating func workOnOpen(_ work: IncidentWork, _ open: [Incident], _ submit: Submit) {
    guard let incident = open.first else { return }
    switch work {
    case .handOver(let role, let person):
      guard let holder = incident.holders(of: role).first else {
        submit(Ask<Void>.assignRole(incident.id, role: role, to: person, by: .user(person)).command) { _, _ in }
        agenda.plan(.incident(work), at: time + .minutes(7))
        return
      }
      let taker = holder == person ? Town.people.first { $0 != holder } ?? person : person
      submit(Ask<Void>.handOverRole(incident.id, role: role, to: taker, by: .user(holder)).command) { _, _ in }
    case .merge:
      // A private one is merged into private ones only: the other way round is tried then.
      guard let other = open.dropFirst().first else { return }
      let (one, into) = other.isPrivate && !incident.isPrivate ? (incident, other) : (other, incident)
      submit(Ask<Void>.mergeIncident(one.id, into: into.id, by: .user("ana")).command) { _, _ in }
    case .split:
      guard let large = open.first(where: { $0.alerts.count > 1 }) else { return }
      let some = Array(large.alerts.suffix(large.alerts.count / 2))
      submit(Ask<ULID>.splitIncident(large.id, alerts: some, title: "apart", by: .user("ben")).command) { _, _ in }
    case .mitigate:
      submit(Ask<Void>.mitigateIncident(incident.id, reason: "rolled back", by: .user("cem")).command) { _, _ in }
    case .makePrivate(let members):
      submit(Ask<Void>.makeIncidentPrivate(incident.id, members: members, by: .user("ana")).command) { _, _ in }
    case .linkService(let service):
      let link = Subject("service", service)
      submit(Ask<Void>.linkIncident(incident.id, link, reason: "slow too", by: .user("dia")).command) { _, _ in }
    case .runAbout:
      // About the newest, which is the likeliest to be private.
      let about = open.last(where: \.isPrivate) ?? incident
      submit(Ask.startRunbook("look", about: about.subject, mode: .all, by: .user("ana")).command) { _, _ in }
    default: break
    }
  }

  private mutating func workOnReviews(_ work: IncidentWork, _ state: State, _ submit: Submit) {
    guard let review = state.reviews.all.first(where: { $0.draft.members != nil }) ?? state.reviews.all.first else {
      return
    }
    switch work {
    case .editReview(let text):
      submit(
        Ask<Void>.editReview(review.id, .overview, text: text, base: review.base(of: .overview), by: .user("ben"))
          .command
      ) { world, reply in
        if case .success = reply { world.acceptedEdits[review.id, default: 0] += 1 }
      }
    case .createAction(let owner, let due):
      let at = now()
      let fields = ActionFields(title: "so that it does not come back", kind: .prevent, owner: owner, due: at + due)
      submit(Ask<ULID>.createAction(fields, of: review.id, by: .user("ben")).command) { world, reply in
        if case .success(let value) = reply, let id = value as? ULID { world.acceptedActions.append(id) }
      }
    case .closeAction:
      guard let action = state.actions.open.last else { return }
      submit(Ask<Void>.closeAction(action.id, via: "page", by: .user("cem")).command) { _, _ in }
    case .reopenAction:
      guard let action = state.actions.all.first(where: { !$0.isOpen }) else { return }
      submit(Ask<Void>.reopenAction(action.id, via: "page", by: .user("cem")).command) { _, _ in }
    default: break
    }
  }
}
