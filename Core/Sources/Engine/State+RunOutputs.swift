import Base
import Events
import Incidents
import Journal
import Reviews
import Runbooks

/// What runs leave in the incidents that they are about.
extension State {
  /// The incident that a run is about, by itself or through its alert. An incident may have been opened after the run
  /// began.
  func incident(of run: RunbookRun) -> Incident? {
    for subject in [run.incident, run.about].compactMap({ $0 }) {
      guard let id = ULID(subject.id) else { continue }
      let found =
        switch subject.kind {
        case "incident": incidents.incidents[id]
        case "alert": incidents.incident(ofAlert: id)
        default: Incident?.none
        }
      if let found { return found }
    }
    return nil
  }

  /// Keeps the end of what a diagnostic step printed in the timeline of the incident, for whoever opens that.
  func pinOutput(_ run: ULID, index: Int, _ output: BulkItem, into emitter: inout Emitter) {
    guard let run = runbookRuns.runs[run], run.class == .diagnostic, run.steps.indices.contains(index),
      let incident = incident(of: run), incident.isOpen
    else { return }
    let excerpt = String(decoding: output.bytes.suffix(Self.excerptBytesMax), as: UTF8.self)
    guard excerpt.utf8.contains(where: { $0 > 0x20 }) else { return }
    timelines.pin(
      IncidentOutputPinned(
        run: run.id, runbook: run.runbook, index: index, step: run.steps[index].name, key: output.key,
        excerpt: excerpt),
      in: incident, into: &emitter)
  }

  private static var excerptBytesMax: Int { 3_072 }

  /// The runs about an incident and about its alerts, the oldest first.
  func runs(about incident: Incident) -> [RunbookRun] {
    let subjects = [incident.subject] + incident.alerts.map { Subject("alert", $0) }
    var seen: Set<ULID> = []
    return subjects.flatMap { runbookRuns.about($0) }.filter { seen.insert($0.id).inserted }.sorted { $0.id < $1.id }
  }

  /// What happened in an incident, what its runs did among it.
  func reviewTimeline(of incident: Incident) -> [ReviewInput.Line] {
    let own = entries(of: incident).map {
      ReviewInput.Line(at: $0.at, actor: $0.actor, text: $0.text, source: .event($0.sequence))
    }
    let lines = own + runs(about: incident).prefix(Self.runsInReview).flatMap { Self.reviewLines(of: $0) }
    // As they are where times are equal.
    return lines.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }

  private static var runsInReview: Int { 20 }

  /// When a run began and ended, who approved what, and what became of the steps that change something.
  private static func reviewLines(of run: RunbookRun) -> [ReviewInput.Line] {
    func line(_ at: Instant, _ actor: Actor, _ text: String) -> ReviewInput.Line {
      ReviewInput.Line(at: at, actor: actor, text: text, source: .run(run.id))
    }
    var lines = [
      line(
        run.startedAt, run.startedBy,
        "runbook \(run.title) started\(run.automatic == nil ? "" : " by itself")")
    ]
    for step in run.steps {
      lines += step.approvals.map { line($0.at, $0.by, "approved \(step.name) of \(run.title)") }
      guard run.class == .remediation, let end = step.finishedAt else { continue }
      lines.append(line(end, .system("runner"), "\(step.name) of \(run.title): \(step.state.rawValue)"))
    }
    if let end = run.finishedAt, let outcome = run.outcome {
      let reason = run.reason.map { ": \($0)" } ?? ""
      lines.append(line(end, .system("runbooks"), "runbook \(run.title) \(outcome.rawValue)\(reason)"))
    }
    return lines
  }

  /// What a review says of the runbooks that ran.
  func runbookUses(in incident: Incident) -> [ReviewFacts.RunbookUse] {
    runs(about: incident).prefix(20).map { run in
      let outcome = run.outcome?.rawValue ?? "under way"
      return ReviewFacts.RunbookUse(
        name: run.runbook, run: run.id, outcome: run.reason.map { "\(outcome): \($0)" } ?? outcome,
        isGood: run.outcome == .completed)
    }
  }
}
