import Alerts
import Base
import Engine
import Events
import Journal
import Procedures

/// How often each thing happened in a run. A promise that is never put to the test is not kept by a green run, so many
/// seeds together have to reach a least count of each.
public struct Coverage: Sendable {
  public private(set) var counts: [String: Int] = [:]

  public init() {}

  public mutating func add(_ other: Coverage) {
    counts.merge(other.counts) { $0 + $1 }
  }

  mutating func note(_ what: String, _ count: Int = 1) { counts[what, default: 0] += count }

  /// What has to happen in every hundred seeds, each at least `leastPerHundred` times.
  public static let wanted: [String] =
    // Somebody of the town always has a contact, so that `noPolicy` never comes.
    AlertSuppressed.Code.allCases.filter { $0 != .noPolicy }.map { "held back: \($0.rawValue)" } + [
      "paged by the catch-all", "paged again by the catch-all", "silence ended by hand", "silence changed",
      "run completed", "run failed", "run cancelled", "run halted", "run started by itself", "run refused by itself",
      "step retried", "step failed", "step undone", "undo failed", "undo lost", "step lost in a crash",
      "step gave no sign", "step killed by the switch", "check said not yet", "check lost", "check in vain",
      "approval given", "approval expired", "approval never came", "answer given", "answer never came",
      "release never came", "wrong hash refused", "own approval refused", "automation stopped", "automation resumed",
      "reminder", "reminder that nobody hears", "duty ended early", "role handed over", "incident merged",
      "incident unmerged", "incident split", "incident made private", "incident made public", "incident reopened",
      "incident resolved", "review drafted", "review edited", "action created", "action closed", "action reopened",
      "owner of an action reminded",
    ]

  public static let leastPerHundred = 3

  /// What happened too seldom in so many seeds, each in one line; of fewer than a hundred nothing is asked.
  public func missing(in seeds: Int) -> [String] {
    guard seeds >= 100 else { return [] }
    return Self.wanted.compactMap { what in
      let (count, least) = (counts[what] ?? 0, Self.leastPerHundred * seeds / 100)
      return count >= least ? nil : "'\(what)' happened \(count) times in \(seeds) seeds; at least \(least) are wanted"
    }
  }

  /// The counts of what is wanted, one a line.
  public var lines: [String] { Self.wanted.map { "  \(counts[$0] ?? 0) × \($0)" } }
}

/// Reads off a journal what happened in it.
struct CoverageReader {
  private(set) var coverage = Coverage()
  /// What each run of a runbook is at.
  private var phases: [Subject: StepStarted] = [:]
  /// Until when the approvals hold that the step of a run waits with.
  private var approvals: [Subject: [Instant]] = [:]
  private var runs: Set<Subject> = []
  private var silences: Set<Subject> = []
  private var merged: Set<Subject> = []
  private var caught: Set<Subject> = []

  mutating func read(_ events: [Event]) {
    for event in events {
      switch event.subject.kind {
      case "procedure": readRun(event)
      case "incident", "review", "action", "user": readIncident(event)
      default: readOther(event)
      }
    }
  }

  private mutating func note(_ what: String) { coverage.note(what) }

  private mutating func readOther(_ event: Event) {
    if let held = try? event.payload(AlertSuppressed.self) {
      note("held back: \(held.code.rawValue)")
    } else if let escalated = try? event.payload(AlertEscalated.self) {
      guard escalated.policy == Environment.catchAllName else { return }
      note(caught.insert(event.subject).inserted ? "paged by the catch-all" : "paged again by the catch-all")
    } else if event.type == SilenceCreated.type {
      if !silences.insert(event.subject).inserted { note("silence changed") }
    } else if event.type == SilenceExpired.type {
      note("silence ended by hand")
    } else if let invoked = try? event.payload(RunbookInvoked.self) {
      note(invoked.run == nil ? "run refused by itself" : "run started by itself")
    } else if event.type == AutomationStopped.type {
      note("automation stopped")
    } else if event.type == AutomationResumed.type {
      note("automation resumed")
    }
  }

  private mutating func readIncident(_ event: Event) {
    let plain: [EventType: String] = [
      IncidentRoleHandedOver.type: "role handed over", IncidentMerged.type: "incident merged",
      IncidentMadePrivate.type: "incident made private", IncidentMadePublic.type: "incident made public",
      IncidentReopened.type: "incident reopened", IncidentResolved.type: "incident resolved",
      ReviewDrafted.type: "review drafted", ReviewEdited.type: "review edited", ActionCreated.type: "action created",
      ActionClosed.type: "action closed", ActionReopened.type: "action reopened",
      ActionsReminded.type: "owner of an action reminded",
    ]
    if let what = plain[event.type] {
      note(what)
    } else if let due = try? event.payload(IncidentUpdateDue.self) {
      note(due.person == nil ? "reminder that nobody hears" : "reminder")
    } else if event.type == IncidentSplit.type {
      note(merged.contains(event.subject) ? "incident unmerged" : "incident split")
    }
    if event.type == IncidentMerged.type { merged.insert(event.subject) }
  }

  private mutating func readRun(_ event: Event) {
    if let started = try? event.payload(StepStarted.self) {
      if started.index != phases[event.subject]?.index { approvals[event.subject] = nil }
      phases[event.subject] = started
    } else if let approved = try? event.payload(StepApproved.self) {
      note("approval given")
      expire(event)
      if let expires = approved.expires { approvals[event.subject, default: []].append(expires) }
    } else if event.type == StepClaimed.type {
      approvals[event.subject] = nil
    } else if event.type == StepAnswered.type {
      note("answer given")
    } else if let finished = try? event.payload(StepFinished.self) {
      expire(event)
      readResult(finished, phases[event.subject]?.phase)
    } else if let cancelled = try? event.payload(ProcedureCancelled.self) {
      if phases[event.subject] != nil, cancelled.reason == "the incident is over" { note("duty ended early") }
    } else if let end = try? event.payload(ProcedureFinished.self), runs.contains(event.subject) {
      note("run \(end.outcome.rawValue)")
    } else if event.type == RunbookStarted.type {
      runs.insert(event.subject)
    }
  }

  /// Approvals that a step waited with until they held no longer.
  private mutating func expire(_ event: Event) {
    let gone = (approvals[event.subject] ?? []).filter { $0 <= event.time }.count
    if gone > 0 { coverage.note("approval expired", gone) }
    approvals[event.subject]?.removeAll { $0 <= event.time }
  }

  private mutating func readResult(_ finished: StepFinished, _ phase: StepPhase?) {
    let isFinal = finished.fails == true
    switch (finished.undo, phase, finished.result) {
    case (true, _, .done): note("step undone")
    case (true, _, .lost): note("undo lost")
    case (true, _, _) where isFinal: note("undo failed")
    case (_, .check, .lost): note("check lost")
    case (_, .check, .notYet): note("check said not yet")
    case (_, .check, .timedOut): note("check in vain")
    case (_, .approval, .timedOut): note("approval never came")
    case (_, .answer, .timedOut): note("answer never came")
    case (_, .release, .timedOut): note("release never came")
    case (false, nil, .lost):
      note(finished.detail?.hasPrefix("nothing was heard") == true ? "step gave no sign" : "step lost in a crash")
    case (false, nil, .failed) where finished.detail?.hasPrefix("stopped by") == true:
      note("step killed by the switch")
    case (false, nil, .failed): note(isFinal ? "step failed" : "step retried")
    default: break
    }
  }
}
