import Base
import Events
import Journal

// Events of the alerts, and of the messages that they and the incident sent.
extension TimelineEntry {
  static let alertReaders: [Reader] = [
    Reader(AlertFired.self) { fired, _ in Line(.alert, "alert fired: \(fired.signal.summary)") },
    Reader(AlertSuppressed.self) { held, _ in Line(.alert, "not paged: \(held.reason)") },
    Reader(AlertEscalated.self) { escalated, _ in Line(.page, "escalated by policy \(escalated.policy)") },
    Reader(AlertEscalationResumed.self) { _, _ in Line(.page, "nothing holds it back any more: its escalation goes on")
    },
    Reader(AlertTargetMissed.self) { missed, _ in Line(.page, "\(missed.target) was not told: \(missed.reason)") },
    Reader(EscalationLevelSkipped.self) { skipped, _ in
      Line(.page, "level \(skipped.level) of \(skipped.policy) reached nobody: \(skipped.reason)")
    },
    Reader(AlertAcknowledged.self) { acknowledged, event in
      Line(.alert, "acknowledged by \(event.actor.text) (\(acknowledged.via))")
    },
    Reader(AlertAcknowledgementExpired.self) { expired, _ in
      Line(.alert, "\(expired.by.text) has had it for \(expired.after.text) and it is not over: it is nobody's again")
    },
    Reader(AlertReassigned.self) { reassigned, _ in Line(.alert, "reassigned to \(reassigned.to)") },
    Reader(AlertHandedOver.self) { over, _ in
      Line(
        .alert,
        "the shift changed: \(over.to.joined(separator: ", ")) of \(over.schedule) "
          + "\(over.to.count == 1 ? "was" : "were") told")
    },
    Reader(AlertFlapped.self) { flapped, _ in Line(.alert, "fired \(flapped.count) times; kept open as one") },
    Reader(AlertQuieted.self) { quieted, _ in
      Line(.alert, "quiet: \(quieted.reason); over unless it fires again by \(quieted.until.rfc3339)")
    },
    Reader(AlertReturned.self) { returned, _ in Line(.alert, "fires again, \(returned.count) times so far") },
    Reader(AlertResolved.self) { resolved, _ in Line(.alert, "alert resolved: \(resolved.reason)") },
    Reader(AlertJudged.self) { judged, _ in
      Line(.alert, judged.actionable ? "there was something to do" : "there was nothing to do")
    },
    Reader(BurnStarted.self) { burn, event in
      Line(
        .alert,
        "\(event.subject.id) burns its budget \(SeverityRule.rounded(burn.long)) times too fast over "
          + "\(burn.pair.long.text), \(SeverityRule.rounded(burn.short)) over \(burn.pair.short.text)")
    },
    Reader(BurnEnded.self) { burn, event in
      Line(.alert, "\(event.subject.id) no longer burns too fast over \(burn.pair.long.text)")
    },
    Reader(BudgetExhausted.self) { _, event in Line(.alert, "the error budget of \(event.subject.id) is exhausted") },
    Reader(BudgetRestored.self) { _, event in Line(.alert, "\(event.subject.id) has error budget again") },
  ]

  static let pageReaders: [Reader] = [
    Reader(PageRequested.self) { page, _ in
      let over = "over \(page.channel.name)"
      switch page.kind {
      case .fired:
        let why = page.level == 0 ? "notification target" : "level \(page.level)"
        return Line(.page, "\(why): page for \(page.person) \(over)")
      case .resolved: return Line(.page, "\(page.person) is told \(over) that it is over")
      case .notice: return Line(.page, "message to \(page.person) \(over): \(page.title)")
      case .test: return nil
      }
    },
    Reader(PageSent.self) { sent, _ in
      Line(.page, "a page went out\(sent.attempt == 1 ? "" : " at attempt \(sent.attempt)"): \(sent.receipt.cut(200))")
    },
    Reader(PageFailed.self) { failed, _ in
      // Of many attempts the first and the last say enough.
      guard failed.attempt == 1 || failed.retryAt == nil else { return nil }
      return Line(.page, "a page failed: \(failed.reason)\(failed.retryAt == nil ? "; given up" : "")")
    },
    Reader(PageAdvanced.self) { advanced, _ in Line(.page, "a page goes out earlier: \(advanced.reason)") },
    Reader(PageCancelled.self) { cancelled, _ in Line(.page, "a page was withdrawn: \(cancelled.reason)") },
  ]
}
