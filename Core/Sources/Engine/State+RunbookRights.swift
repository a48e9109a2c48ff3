import Access
import Base
import Definitions
import Events
import Incidents
import Journal
import Runbooks

/// Who may do what with runbooks, wherever they ask from: pages, the API, the command line and chats all come here.
extension State {
  /// Refuses what takes a role that the actor has by none of their accounts and tokens. What they ask with may allow
  /// less, which is for whoever lets them in to know.
  func demand(_ needed: Role, of actor: Actor, to what: String, at now: Instant) throws(Refusal) {
    if access.isOpen || actor.text.hasPrefix("system/") { return }
    let has = roles(of: actor, at: now)
    guard !has.contains(where: { $0 != .sender && $0.includes(needed) }) else { return }
    let role = has.map(\.rawValue).joined(separator: ", ")
    throw Refusal(
      .forbidden, "it takes the role \(needed.rawValue) to \(what); \(actor.text) has \(role.isEmpty ? "none" : role)")
  }

  /// The same for what concerns a run, of which those know nothing who may not see its incident.
  func demand(
    _ needed: Role, of actor: Actor, to what: String, on run: ULID, at now: Instant
  ) throws(Refusal) {
    guard isVisible(Subject("procedure", run), to: actor) else { throw Refusal(.notFound, "no run \(run)") }
    try demand(needed, of: actor, to: what, at: now)
  }

  /// A responder starts what is read-only, what can be taken back, and what somebody else approves.
  func checkRights(to start: RunbookStart, of actor: Actor, at now: Instant) throws(Refusal) {
    guard isVisible(start.started.incident ?? start.started.about, to: actor) else {
      throw Refusal(.notFound, "no \(start.started.about.text)")
    }
    let risks = Dictionary(start.plan.steps.map { ($0.name, $0.risk) }) { first, _ in first }
    let step = start.program.steps.first { risks[$0.name] == .destructive && $0.rules?.gate == nil }
    guard let step else { return }
    try demand(
      .editor, of: actor, to: "start a run whose step \(step.name) is destructive and needs no approval", at: now)
  }

  private func isVisible(_ subject: Subject, to actor: Actor) -> Bool {
    access.isOpen || actor.text.hasPrefix("system/") || incidents.privacy.maySee(subject, Viewer(actor))
  }

  private func roles(of actor: Actor, at now: Instant) -> [Role] {
    var roles: [Role] = []
    if actor.text.hasPrefix("user/"), let user = access.user(named: String(actor.text.dropFirst(5))) {
      roles.append(user.role)
    }
    for token in access.tokens where token.actor == actor && token.isValid(at: now) && !roles.contains(token.role) {
      roles.append(token.role)
    }
    return roles
  }
}
