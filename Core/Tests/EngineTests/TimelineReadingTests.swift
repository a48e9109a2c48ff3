import Base
import Events
import Incidents
import Journal
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A type of event that the timeline neither reads nor names as not its business is one that was forgotten.
@Suite struct TimelineReadingTests {
  /// The types that the payloads in Core/Sources/Events declare.
  private static let declared: [String] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Events")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var found: [String] = []
    for name in names.sorted() where name.hasSuffix(".swift") {
      let text = (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n") where line.contains("static let type: EventType = \"") {
        found.append(String(line.split(separator: "\"")[1]))
      }
    }
    return found.sorted()
  }()

  @Test func everyTypeOfEventIsReadOrDeclaredNotItsBusiness() {
    #expect(Self.declared.count > 100)
    let read = TimelineEntry.readTypes.map(\.text)
    let leftOut = TimelineEntry.leftOut.flatMap { $0.types.map(\.text) }
    for type in Self.declared {
      let count = read.filter { $0 == type }.count + leftOut.filter { $0 == type }.count
      #expect(
        count == 1, "\(type) is to be read in TimelineEntry+….swift or named in TimelineEntry+LeftOut.swift, once")
    }
    for type in read + leftOut { #expect(Self.declared.contains(type), "there is no event of type \(type)") }
    #expect(TimelineEntry.leftOut.allSatisfy { !$0.why.isEmpty })
  }

  private static func event(_ payload: some EventPayload, on subject: Subject) throws -> Event {
    Event(
      sequence: 7, id: ULID(high: 0, low: 1), time: .epoch, type: type(of: payload).type, typeVersion: 1,
      subject: subject, actor: .user("ana"), cause: nil, data: try payload.json)
  }

  private static let id = ULID(high: 1, low: 2)
  private static let alert = Subject("alert", id)
  private static let incident = Subject("incident", id)
  private static let run = Subject("procedure", id)
  private static let pair = BurnPair(urgency: .page, long: .hours(1), short: .minutes(5), factor: 14.4)
  private static let signal = Signal(
    key: "k", service: "playback", severity: .error, urgency: .page, summary: "errors at 3 %")
  private static let channel = ChannelReference(kind: .ntfy, name: "ana/phone")

  private static func page(_ kind: PageRequested.Kind) -> PageRequested {
    PageRequested(
      page: id, kind: kind, person: "ana", channel: channel, level: 1, title: "An update is due", body: "",
      notBefore: .epoch)
  }

  /// A payload of each type that is read, and what its line is to say.
  private static let samples: [(payload: any EventPayload, subject: Subject, says: String)] = [
    (
      IncidentOpened(
        number: 1, title: "x", service: nil, severity: .sev2, severityReason: "tier 1", alerts: [], automatic: true),
      incident, "incident opened as SEV-2: tier 1"
    ),
    (IncidentJoined(alert: id, service: "edge"), incident, "a further alert belongs to it, of edge"),
    (IncidentAcknowledged(), incident, "incident acknowledged"),
    (IncidentSeverityChanged(severity: .sev1, reason: "all"), incident, "severity is now SEV-1: all"),
    (IncidentMitigated(reason: "rolled back"), incident, "mitigated: rolled back"),
    (IncidentResolved(reason: "over"), incident, "incident resolved: over"),
    (IncidentReopened(reason: "again"), incident, "incident reopened: again"),
    (IncidentLinked(subject: "service/edge", reason: "too"), incident, "linked service/edge: too"),
    (IncidentUnlinked(subject: "service/edge"), incident, "unlinked service/edge"),
    (IncidentMerged(into: id), incident, "merged into another incident"),
    (IncidentSplit(from: id, alerts: [id], services: []), incident, "split off with 1 alert"),
    (IncidentMadePrivate(members: []), incident, "made private"),
    (IncidentMadePublic(), incident, "made public"),
    (
      IncidentGraphPinned(
        title: "Burn", slo: nil, from: .epoch, to: .epoch + .hours(1), unit: "×", isLogarithmic: false, series: []),
      incident, "pinned a graph: Burn"
    ),
    (
      IncidentOutputPinned(run: id, runbook: "look", index: 0, step: "ps", key: nil, excerpt: "init"), incident,
      "step ps of runbook look printed"
    ),
    (IncidentNoted(text: ErasableText(id)), incident, "wrote a note"),
    (
      IncidentUpdated(phase: .identified, audience: .external, text: nil, message: "m", nextDue: nil), incident,
      "external update, identified"
    ),
    (
      IncidentUpdateDue(audience: .internal, due: .epoch, person: "ana", reminder: 1), incident,
      "internal update was due at 1970-01-01T00:00:00Z: ana is reminded"
    ),
    (IncidentRoleAssigned(role: "scribe", person: "ben"), incident, "ben is scribe"),
    (IncidentRoleHandedOver(role: "scribe", from: "ben", to: "ana"), incident, "scribe passes from ben to ana"),
    (AlertFired(signal: signal), alert, "alert fired: errors at 3 %"),
    (AlertSuppressed(code: .silenced, reason: "silenced"), alert, "not paged: silenced"),
    (AlertEscalated(procedure: id, policy: "media"), alert, "escalated by policy media"),
    (AlertEscalationResumed(procedure: id, level: 2), alert, "nothing holds it back any more: its escalation goes on"),
    (AlertTargetMissed(target: "schedule:media", reason: "empty"), alert, "schedule:media was not told: empty"),
    (
      EscalationLevelSkipped(policy: "media", level: 2, reason: "nobody", isLast: false), alert,
      "level 2 of media reached nobody: nobody"
    ),
    (AlertAcknowledged(via: "cli"), alert, "acknowledged by user/ana (cli)"),
    (
      AlertAcknowledgementExpired(by: .user("ana"), after: .hours(1)), alert,
      "user/ana has had it for 1h and it is not over: it is nobody's again"
    ),
    (AlertReassigned(to: "user/ben"), alert, "reassigned to user/ben"),
    (
      AlertHandedOver(schedule: "media", from: ["ana"], to: ["ben"]), alert, "the shift changed: ben of media was told"
    ),
    (AlertFlapped(count: 5, since: .epoch), alert, "fired 5 times; kept open as one"),
    (
      AlertQuieted(reason: "gone", until: .epoch), alert,
      "quiet: gone; over unless it fires again by 1970-01-01T00:00:00Z"
    ),
    (AlertReturned(count: 6), alert, "fires again, 6 times so far"),
    (AlertResolved(reason: "gone"), alert, "alert resolved: gone"),
    (AlertJudged(actionable: false), alert, "there was nothing to do"),
    (
      BurnStarted(service: "playback", pair: pair, long: 15.26, short: 20, budgetLeft: 0.5), "slo/starts",
      "starts burns its budget 15.3 times too fast over 1h, 20 over 5m"
    ),
    (
      BurnEnded(service: "playback", pair: pair, budgetLeft: 0.5), "slo/starts",
      "starts no longer burns too fast over 1h"
    ),
    (BudgetExhausted(service: "playback"), "slo/starts", "the error budget of starts is exhausted"),
    (BudgetRestored(service: "playback", budgetLeft: 0.1), "slo/starts", "starts has error budget again"),
    (page(.fired), alert, "level 1: page for ana over ana/phone"),
    (page(.resolved), alert, "ana is told over ana/phone that it is over"),
    (page(.notice), incident, "message to ana over ana/phone: An update is due"),
    (PageSent(page: id, attempt: 2, receipt: "200"), alert, "a page went out at attempt 2: 200"),
    (PageFailed(page: id, attempt: 3, reason: "refused", retryAt: nil), alert, "a page failed: refused; given up"),
    (PageAdvanced(page: id, reason: "the first failed"), alert, "a page goes out earlier: the first failed"),
    (PageCancelled(page: id, reason: "taken"), alert, "a page was withdrawn: taken"),
    (
      RunbookOffered(id: id, runbook: "look", mode: .offer, reason: "KeysGone", due: nil, invocation: 0), alert,
      "runbook look fits: KeysGone"
    ),
    (
      RunbookInvoked(offer: id, runbook: "look", run: nil, refused: "it ran already"), alert,
      "runbook look did not run by itself: it ran already"
    ),
    (
      RunbookStarted(
        runbook: "look", title: "Look around", class: .diagnostic, mode: .stepwise, about: alert, incident: nil,
        services: [], inputs: [], secretInputs: [], environment: [], commit: "c",
        steps: [.init(name: "ps", kind: "shell", always: false)]), run,
      "runbook look (Look around, 1 step) started step by step"
    ),
    (
      StepStarted(index: 1, attempt: 1, undo: false, deadline: nil, phase: .approval), run,
      "step 2 waits for approval"
    ),
    (StepReleased(index: 1), run, "let step 2 begin"),
    (StepReleased(index: 1, step: "rollback"), run, "let rollback begin"),
    (StepApproved(index: 1), run, "approved step 2"),
    (StepAnswered(index: 1, answer: "yes"), run, "answered step 2"),
    (StepClaimed(index: 1, attempt: 2, undo: false, key: "k", deadline: .epoch), run, "step 2 begins, attempt 2"),
    (
      StepFinished(index: 1, attempt: 1, undo: true, result: .failed, detail: "exit 1"), run,
      "undoing step 2: failed: exit 1"
    ),
    (ProcedureCancelled(reason: "no"), run, "run cancelled: no"),
    (ProcedureFinished(outcome: .halted, reason: "undo failed"), run, "run halted: undo failed"),
    (AutomationStopped(reason: "it harms"), "automation/all", "all automation was stopped: it harms"),
    (AutomationResumed(), "automation/all", "automation goes on"),
    (
      ChangeRecorded(summary: "v7", source: nil, at: .epoch, link: nil, labels: []), "service/playback",
      "playback: v7"
    ),
    (
      DefinitionsChanged(hash: "0123456789abcdef", documents: 3), "definitions/0123456789abcdef",
      "the definitions changed to 0123456789ab, 3 documents"
    ),
    (
      ReviewRequested(service: "playback", reason: "spent"), "slo/starts",
      "the budget policy of starts asks for a review: spent"
    ),
    (
      FreezeRequested(service: "playback", reason: "spent"), "slo/starts",
      "the budget policy asks to freeze playback: spent"
    ),
  ]

  @Test func everyTypeThatIsReadHasALine() throws {
    for sample in Self.samples {
      let event = try Self.event(sample.payload, on: sample.subject)
      #expect(try TimelineEntry(event)?.text == sample.says)
    }
    let sampled = Set(Self.samples.map { type(of: $0.payload).type.text })
    #expect(TimelineEntry.readTypes.map(\.text).filter { !sampled.contains($0) } == [])
  }

  @Test func testPagesAndQuietStepsHaveNone() throws {
    #expect(try TimelineEntry(Self.event(Self.page(.test), on: Self.alert)) == nil)
    let performed = StepStarted(index: 0, attempt: 1, undo: false, deadline: nil)
    #expect(try TimelineEntry(Self.event(performed, on: Self.run)) == nil)
    let asked = StepFinished(index: 0, attempt: 1, undo: false, result: .notYet)
    #expect(try TimelineEntry(Self.event(asked, on: Self.run)) == nil)
  }
}
