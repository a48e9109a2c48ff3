import Access
import Alerts
import Base
import Definitions
import Events
import Incidents
import Journal
import Procedures
import Runbooks

/// One performance that a runner may claim.
public struct RunbookWork: Sendable, Hashable {
  public let run: ULID
  public let index: Int
  public let attempt: Int
  public let undo: Bool
}

/// A performance that was claimed, with everything that it needs.
public struct ClaimedStep: Sendable {
  public let run: ULID
  public let index: Int
  public let attempt: Int
  public let undo: Bool
  /// Whether it is the step's check: its failure says "not yet".
  public let isCheck: Bool
  /// Names the performance to whatever it is done to.
  public let key: String
  /// Under which its output is kept.
  public let outputKey: String
  public let work: StepWork
  public let environment: [RunVariable]
  /// When it counts as lost without a result; the work's own timeout comes before.
  public let deadline: Instant
}

/// A run as it would be started.
public struct RunbookStart: Sendable {
  public let plan: Plan
  public let program: Program
  public let started: RunbookStarted
}

extension State {
  /// What can be claimed now, the oldest run first; nothing while automation is stopped.
  public func runbookWork(limit: Int = 100) -> [RunbookWork] {
    guard automation.stopped == nil else { return [] }
    return procedures.claimable.prefix(limit).compactMap { id in
      procedures.runs[id].map {
        RunbookWork(run: id, index: $0.index, attempt: $0.attempt, undo: $0.status == .undoing)
      }
    }
  }

  /// The key under which the output of a performance is kept.
  public static func outputKey(run: ULID, index: Int, attempt: Int, undo: Bool) -> String {
    "run/\(run)/\(index)/\(undo ? "undo/" : "")\(attempt)"
  }

  /// The environment of a run's steps: the inputs, what earlier steps exported, the answers so far, and what they are
  /// about. Secret inputs are not among them: the runner has those.
  public func runbookEnvironment(of id: ULID) -> [RunVariable] {
    guard let record = runbookRuns.runs[id], let run = procedures.runs[id] else { return [] }
    let answers = (run.guarded?.answers ?? []).map { answer in
      RunVariable(name: Inputs.answerVariable(run.program.steps[answer.step].name), value: answer.text)
    }
    let inputs = record.inputs.filter { !record.secretInputs.contains($0.name) }
    return Exports.merged(inputs, record.exports) + record.environment + answers
  }

  /// What an approval of a step is bound to; `nil` where the run has no such step.
  public func approvalHash(of id: ULID, index: Int) -> String? {
    guard let run = procedures.runs[id], let record = runbookRuns.runs[id], run.program.steps.indices.contains(index)
    else { return nil }
    let step = run.program.steps[index]
    return ApprovalBinding.hash(
      parameters: [step.parameters, step.rules?.check ?? .null, step.rules?.undo ?? .null],
      environment: record.inputs + runbookEnvironment(of: id),
      target: [record.about.text] + record.services, commit: record.commit)
  }

  /// Compiles a run without starting it: what a dry run shows.
  ///
  /// - Throws: a `Refusal` where the run could not be started.
  public func runbookStart(
    _ name: String, inputs: [RunVariable], about: Subject, mode: RunMode, automatic: String? = nil,
    in environment: Environment
  ) throws -> RunbookStart {
    guard let plan = environment.runbooks.plans[name] else { throw Refusal(.notFound, "no runbook \(name.cut(80))") }
    guard !plan.steps.isEmpty else {
      throw Refusal(.invalid, "runbook \(name) has no steps; give its code blocks names")
    }
    let target = try runbookTarget(about, environment)
    let variables = try Inputs.check(inputs, against: plan.inputs) { environment.services[$0] != nil }
    let services = plan.services + [target.service].compactMap { $0 }.filter { !plan.services.contains($0) }
    let tier = services.compactMap { environment.services[$0]?.tier }.min()
    let secrets = Inputs.secrets(variables, of: plan.inputs)
    let program = try plan.program(mode: mode, tier: tier, secrets: secrets)
    guard !program.steps.isEmpty else {
      throw Refusal(.invalid, "every step of runbook \(name) is left out of a run of all; run it step by step")
    }
    let kinds = Dictionary(plan.steps.map { ($0.name, $0.work.kind.rawValue) }, uniquingKeysWith: { first, _ in first })
    let started = RunbookStarted(
      runbook: name, title: plan.title, class: plan.class, mode: mode, about: about, incident: target.incident,
      services: services, inputs: variables, secretInputs: secrets.map(\.variable), environment: target.variables,
      commit: environment.snapshot,
      steps: program.steps.map {
        .init(name: $0.name, kind: kinds[$0.name] ?? "shell", always: $0.rules?.always == true)
      }, automatic: automatic)
    return RunbookStart(plan: plan, program: program, started: started)
  }

  /// Starts a run that was compiled.
  func start(_ start: RunbookStart, by actor: Actor? = nil, into emitter: inout Emitter) throws(Refusal) -> ULID {
    guard runbookRuns.going.count < Self.runsMax else {
      throw Refusal(.unavailable, "\(Self.runsMax) runs of runbooks go on; wait for some to end, or cancel them")
    }
    let id = Procedures.start(
      start.program, about: start.started.about, snapshot: start.started.commit, by: actor, into: &emitter)
    emitter.emit(start.started, on: Subject("procedure", id), by: actor)
    return id
  }

  static let runsMax = 5_000

  /// The service, the incident and the variables of what a run is about.
  private func runbookTarget(
    _ about: Subject, _ environment: Environment
  ) throws(Refusal) -> (service: String?, incident: Subject?, variables: [RunVariable]) {
    var variables = [RunVariable(name: "MAINSTAY_SUBJECT", value: about.text)]
    func add(_ name: String, _ value: String?) {
      if let value { variables.append(RunVariable(name: "MAINSTAY_\(name)", value: value.cut(4_096))) }
    }
    switch about.kind {
    case "alert":
      guard let alert = ULID(about.id).flatMap({ alerts.alerts[$0] }) else {
        throw Refusal(.notFound, "no \(about.text.cut(80))")
      }
      let incident = incidents.incident(ofAlert: alert.id)
      add("SERVICE", alert.signal.service)
      add("SLO", alert.signal.slo)
      add("ALERT_SUMMARY", alert.signal.summary)
      add("INCIDENT", incident.map { "\($0.number)" })
      return (alert.signal.service, incident?.subject, variables)
    case "incident":
      guard let incident = ULID(about.id).flatMap({ incidents.incidents[$0] }) else {
        throw Refusal(.notFound, "no \(about.text.cut(80))")
      }
      add("SERVICE", incident.service)
      add("INCIDENT", "\(incident.number)")
      return (incident.service, incident.subject, variables)
    case "service":
      guard environment.services[String(about.id)] != nil else {
        throw Refusal(.notFound, "no \(about.text.cut(80)) in the catalog")
      }
      add("SERVICE", String(about.id))
      return (String(about.id), nil, variables)
    case "runbook": return (nil, nil, variables)
    default:
      throw Refusal(
        .invalid, "a run is about alert/ID, incident/ID, service/NAME or runbook/NAME, not \(about.text.cut(80))")
    }
  }
}
