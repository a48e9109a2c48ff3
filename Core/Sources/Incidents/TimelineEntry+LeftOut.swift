import Journal

extension TimelineEntry {
  /// Types of events without a line, each with the reason. A new type is to be read, or to be named here.
  public static let leftOut: [(types: [EventType], why: String)] = [
    (["incident.timeline_amended"], "shows at the entry that it corrects"),
    (["incident.update_expected"], "the update that promises and the reminder say it"),
    (["procedure.started"], "runbook.started says what runs"),
    (["page.claimed"], "page.sent or page.failed says what came of it"),
    (["group.swept", "escalation.turn_taken"], "book-keeping; what follows from it has its own event"),
    (
      [
        "review.drafted", "review.edited", "review.scheduled", "review.published", "review.reopened",
        "review.cause_linked", "review.cause_unlinked", "action.created", "action.edited", "action.export_requested",
        "action.exported", "action.export_failed", "action.closed", "action.reopened", "action.reminded",
      ], "comes after the incident, and has a page of its own: the review's"
    ),
    (
      [
        "token.created", "token.revoked", "user.saved", "user.removed", "session.revoked", "person.erased",
        "feed.revoked",
      ], "who may log in and what of them is kept has nothing to do with one incident"
    ),
    (
      [
        "oncall.changed", "oncall.limit_exceeded", "override.created", "override.changed", "override.cancelled",
        "handover.planned", "handover.drafted", "handover.noted",
      ], "concerns a schedule; alert.handed_over says when others were told"
    ),
    (
      ["procedure.paused", "procedure.resumed"],
      "of an escalation, whose alert says what holds it back and when that is over"
    ),
    (
      ["silence.created", "silence.began", "silence.expired", "maintenance.began"],
      "alert.suppressed says what was held back, and by which silence"
    ),
    (
      [
        "budget_policy.requested", "budget_policy.withdrawn", "slo.budget_step_reached", "slo.budget_step_rearmed",
        "slo.period_closed", "slo.exclusion_added", "slo.exclusion_removed", "freeze.lifted",
      ], "book-keeping of budgets; what people are asked for has its own event"
    ),
    (
      ["definitions.rejected", "server.started", "server.clock_jumped", "heartbeat.started"],
      "concerns Mainstay itself; what failed to arrive fires an alert"
    ),
  ]
}
