import Alerts
import Base
import Events
import Journal
import Outbox

/// Causes that show up after what they explain.
///
///     cause pages ── first 100 dependants ── group.swept ── tick: 100 more ── … ── group.swept, nothing after it
extension State {
  /// So many heads of one service are looked at.
  private static let headsMax = 10_000
  /// So many of those that were taken over already are asked who was told of it.
  private static let toldMax = 2_000

  /// A cause that pages now takes over what its dependants page for. Those that nobody has taken stop, and who was
  /// paged for them is told; those that somebody has stay theirs and are shown under it. Of very many the rest follows
  /// with the next commands.
  func takeOver(for cause: Alert, _ environment: Environment, _ emitter: inout Emitter) {
    var told: Set<String> = []
    guard takeSome(for: cause, telling: &told, environment, &emitter) else { return }
    sweepLater(cause.subject.text, .takeOver, after: ULID(high: 0, low: 0), &emitter)
  }

  /// The next part of them, as long as the cause pages or is somebody's.
  func continueTakingOver(_ sweep: Alerts.Sweep, _ environment: Environment, _ emitter: inout Emitter) {
    var isMore = false
    if let cause = ULID(Subject(sweep.key).id).flatMap({ alerts.alerts[$0] }),
      cause.isPaging || cause.status == .acknowledged
    {
      var told = told(of: cause)
      isMore = takeSome(for: cause, telling: &told, environment, &emitter)
    }
    sweepLater(sweep.key, .takeOver, after: isMore ? ULID(high: 0, low: 0) : nil, by: sweep.actor, &emitter)
  }

  /// - Returns: whether there are more than one command takes over.
  private func takeSome(
    for cause: Alert, telling told: inout Set<String>, _ environment: Environment, _ emitter: inout Emitter
  ) -> Bool {
    guard let service = cause.signal.service else { return false }
    var taken = 0
    for reach in environment.holding.dependencies.dependants(of: service) {
      for alert in alerts.heads(of: "high/\(reach.service)", limit: Self.headsMax) {
        guard alert.id != cause.id, alert.suppression?.code != .grouped,
          alert.firedAt > emitter.now - Judge.causeReach
        else { continue }
        guard taken < Self.stoppedAtOnce else { return true }
        taken += 1
        emitter.emit(
          Judge.grouped(cause, chain: reach.chain.reversed()), on: alert.subject, by: .system("alerts"))
        guard alert.isPaging else { continue }
        tellOfCause(cause, alert, &told, &emitter)
        stopPaging(alert, reason: "the likelier cause is \(cause.signal.summary)", &emitter)
      }
    }
    return false
  }

  private func tellOfCause(_ cause: Alert, _ alert: Alert, _ told: inout Set<String>, _ emitter: inout Emitter) {
    for page in landed(of: alert) {
      guard told.insert("\(page.request.person) \(page.request.channel.name)").inserted else { continue }
      emitter.emit(
        PageRequested(
          page: emitter.newID(), kind: .notice, person: page.request.person, channel: page.request.channel,
          level: page.request.level, title: Self.noticeTitle(of: cause),
          body: "\(alert.signal.summary) is shown under it and pages again if it goes on after the cause has ended.",
          notBefore: emitter.now),
        on: alert.subject, by: .system("alerts"))
    }
  }

  private static func noticeTitle(of cause: Alert) -> String {
    "The likelier cause is \(title(of: cause.signal)); its on-call is paged"
  }

  /// Who has heard of a cause, over which channel.
  private func told(of cause: Alert) -> Set<String> {
    guard let service = cause.signal.service else { return [] }
    let title = Self.noticeTitle(of: cause)
    let under = alerts.held(under: "cause/\(service)", limit: Self.toldMax)
    return Set(
      under.flatMap { outbox.pages(of: $0.subject) }
        .filter { $0.request.kind == .notice && $0.request.title == title && $0.requestedAt >= cause.firedAt }
        .map { "\($0.request.person) \($0.request.channel.name)" })
  }
}
