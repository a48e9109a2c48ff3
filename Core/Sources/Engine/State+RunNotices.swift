import Access
import Base
import Definitions
import Events
import Incidents
import Journal
import OnCall
import Procedures
import Runbooks

/// Those who can approve a step hear of it when a run comes to wait for them.
extension State {
  /// Nobody reads a message that goes to a crowd: so many are told at most.
  static let approversTold = 12

  /// Asks the approvers of a step that now waits. The link of the page leads to the run: an approval needs a login.
  func askApprovers(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let run = procedures.runs[id], run.program.kind == Plan.kind,
      let record = runbookRuns.runs[id], let started = try event.payload(StepStarted.self),
      started.phase == .approval, run.program.steps.indices.contains(started.index),
      let gate = run.program.steps[started.index].rules?.gate
    else { return }
    let step = run.program.steps[started.index].name
    let asker = record.automatic == nil ? record.startedBy.text.split(separator: "/").last.map(String.init) : nil
    let target = record.services.isEmpty ? "" : " It acts on \(record.services.prefix(5).joined(separator: ", "))."
    let count = gate.count == 1 ? "one approval" : "\(gate.count) approvals"
    for person in approvers(of: record, gate, environment, at: emitter.now) {
      ask(
        person, Self.approvalTitle(step, record),
        "\(asker.map { "\($0) asks" } ?? "Mainstay asks") for \(step).\(target) It needs \(count) from \(gate.from); "
          + "the page shows exactly what would be performed.",
        of: id, environment, &emitter)
    }
  }

  private func ask(
    _ person: String, _ title: String, _ body: String, of run: ULID, _ environment: Environment,
    _ emitter: inout Emitter
  ) {
    guard let rule = environment.contacts[person]?.rules.first else { return }
    emitter.emit(
      PageRequested(
        page: emitter.newID(), kind: .notice, person: person, channel: rule.channel, level: 1, title: title, body: body,
        notBefore: emitter.now, procedure: run),
      on: Subject("procedure", run), by: .system("runbooks"))
  }

  /// Who may approve and can be reached: the members of the group, or of a role first those on call for the services
  /// of the run and then the others.
  func approvers(
    of run: RunbookRun, _ gate: ApprovalGate, _ environment: Environment, at now: Instant
  ) -> [String] {
    let onCall = run.services.flatMap { self.onCall(service: $0, environment, at: now) }
    let others =
      environment.people.teams[gate.from]?.members
      ?? (access.users.map(\.name) + access.tokens.filter { $0.revoked == nil }.compactMap(\.user)).sorted()
    var seen: Set<String> = []
    let fitting = (onCall + others).filter { person in
      seen.insert(person).inserted && run.startedBy != .user(person)
        && environment.contacts[person]?.rules.isEmpty == false
        // Who may not see a run cannot approve it, and is not to hear of it.
        && incidents.privacy.maySee(Subject("procedure", run.id), Viewer(.user(person)))
        && refusesApproval(.user(person), from: gate.from, environment) == nil
    }
    return Array(fitting.prefix(Self.approversTold))
  }

  /// Whom the first level of a service's escalation policy would page now.
  private func onCall(service: String, _ environment: Environment, at now: Instant) -> [String] {
    guard let name = environment.services[service]?.policy, let level = environment.policies[name]?.levels.first else {
      return []
    }
    let found = Escalation.resolve(
      level.targets, urgency: .page, now: now, contacts: environment.contacts, lastTurn: { _ in nil },
      onCall: { environment.onCall($0, now, overrides.of($0)) })
    return found.pages.map(\.person)
  }
}
