import Alerts
import Base
import Engine
import Events
import Journal
import OnCall
import Procedures
import Runtime
import Web

extension Server {
  /// Where answers from other systems come in.
  var callbacks: [Callback] {
    let parts = self.parts
    let book = { @Sendable in parts.compiled.current.replies }
    let state = { @Sendable in parts.writer.state }
    let commands = SlackCommands(
      book: book, state: state, services: { Set(parts.compiled.current.catalog.services.map(\.name)) },
      submit: { try await parts.writer.submit($0) },
      base: options.externalURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? "",
      severities: { parts.compiled.current.catalog.severities }, http: parts.http)
    return [
      commands.callback,
      SlackReplies(
        book: book, state: state,
        acknowledge: { id, person in
          _ = try await parts.writer.submit(.acknowledgeAlert(id, via: "slack", by: person))
        },
        resolve: { id, actionable, person in
          try await parts.writer.submit(
            .resolveAlert(id, reason: "resolved by \(person.text)", actionable: actionable, by: person))
        },
        judge: { id, actionable, person in
          try await parts.writer.submit(.judgeAlert(id, actionable: actionable, by: person))
        }, commands: commands, http: parts.http
      ).callback,
      TextReplies(
        book: book, state: state,
        acknowledge: { id, person in _ = try await parts.writer.submit(.acknowledgeAlert(id, via: "sms", by: person)) },
        resolve: { id, actionable, person in
          try await parts.writer.submit(
            .resolveAlert(id, reason: "resolved by \(person.text)", actionable: actionable, by: person))
        },
        judge: { id, actionable, person in
          try await parts.writer.submit(.judgeAlert(id, actionable: actionable, by: person))
        }
      ).callback,
    ] + trackerCallbacks
  }

  /// Open alerts for which not even the catch-all finds somebody.
  private var nobodyNotices: [Notice] {
    let count = parts.writer.state.alerts.heldCount(under: Alerts.withoutPolicy)
    if count == 0 { return [] }
    return [
      Notice(
        isError: true,
        text: "\(count == 1 ? "An open alert pages" : "\(count) open alerts page") nobody: nobody has a contact; "
          + "\(Engine.Environment.contactRemedy).", href: "/alerts?unrouted=1")
    ]
  }

  /// What people have to know of escalations that reached nobody.
  var escalationNotices: [Notice] {
    let state = parts.writer.state
    // A gap in a schedule concerns every alert of its policy: what is said of several is said once.
    var groups: [(notice: Notice, alerts: Int)] = []
    for id in state.escalations.unreached.reversed().prefix(20) {
      guard let alert = state.alerts.alerts[id], alert.status == .firing, let record = state.escalations.records[id],
        let skip = record.skips.last
      else { continue }
      let then = skip.isLast ? "and no further level is left" : "and the next level was paged at once"
      let text = "level \(skip.level) of \(record.policy) reached nobody (\(skip.reason)), \(then)."
      if let known = groups.firstIndex(where: { $0.notice.text.hasSuffix(text) }) {
        groups[known].alerts += 1
        groups[known].notice = Notice(
          isError: skip.isLast, text: "\(groups[known].alerts) alerts: \(text)", href: "/alerts?state=firing")
      } else if groups.count < 3 {
        groups.append(
          (
            Notice(isError: skip.isLast, text: "\(alert.signal.summary): \(text)", href: "/alerts/\(id)"), 1
          ))
      }
    }
    return nobodyNotices + groups.map(\.notice) + unansweredNotices
  }

  /// Alerts that went through their whole policy without an answer: nobody is paged for them any more.
  private var unansweredNotices: [Notice] {
    let state = parts.writer.state
    let unanswered = state.alerts.paging(after: nil, limit: Self.unansweredLooked).filter { alert in
      alert.status == .firing && alert.suppression == nil
        && state.escalations.records[alert.id]?.skips.last?.isLast != true
        && alert.procedure.flatMap { state.procedures.runs[$0] }.map(Escalation.isExhausted) == true
    }
    guard let first = unanswered.first else { return [] }
    let others = unanswered.count == 1 ? "" : ", nor for \(unanswered.count - 1) more"
    return [
      Notice(
        isError: true,
        text:
          "\(first.signal.summary): every level has been paged and nobody answered\(others). Escalate it to somebody.",
        href: unanswered.count == 1 ? "/alerts/\(first.id)" : "/alerts?state=firing")
    ]
  }

  /// The oldest that page: this is asked for each page of the server.
  private static let unansweredLooked = 200
}
