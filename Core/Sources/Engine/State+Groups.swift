import Alerts
import Base
import Events
import Journal
import Outbox

/// Groups of alerts: heads that end, and what was held back and is to be looked at again.
///
/// A cause can have fifty thousand dependants. A command looks at a bounded number of them; the rest follows with the
/// timer's next commands, after `group.swept`.
extension State {
  /// So many are looked at along with what set it off.
  static let sweptAtOnce = 50
  /// So many with each later command.
  static let sweptPerTick = 100
  /// So many escalations one event stops; further ones go on, so nothing is lost.
  static let stoppedAtOnce = 100

  // MARK: Succession

  /// When the last alert that spoke for a group has ended, or pages no more, one that joined it takes its place; where
  /// there is none, what its service held back as a cause is looked at again.
  func succeed(_ alert: Alert, _ judge: inout Judge, _ emitter: inout Emitter) throws {
    guard let group = alert.group else { return }
    guard alerts.heads(of: group, limit: 1).isEmpty else { return }
    if try appoint(group, &judge, &emitter) { return }
    if let service = alert.signal.service, !alert.isLow { try sweep("cause/\(service)", &judge, &emitter) }
  }

  /// - Returns: whether one of the group speaks for it now.
  private func appoint(_ group: String, _ judge: inout Judge, _ emitter: inout Emitter) throws -> Bool {
    let members = alerts.held(under: group, limit: Self.sweptAtOnce)
    for member in members {
      let verdict = judge.verdict(on: member)
      try settle(member, verdict, judge.environment, &emitter)
      switch verdict {
      case .page: return true
      case .hold(let held): if held.isWait { return true }
      }
    }
    if members.count == Self.sweptAtOnce { sweepLater(group, .judge, after: members.last?.id, &emitter) }
    return false
  }

  /// An alert that is held back speaks for its group no more, unless it only waits.
  func suppressed(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id], alert.isOpen else { return }
    if alert.status == .firing, let group = alert.suppression?.speakers, !alerts.hasHead(of: group, besides: id) {
      // What it was to wait for stopped paging in the same moment, after that was decided.
      try judge([alert], environment, &emitter)
      return
    }
    // Those that only joined have nobody to take their place, however many of them are held back at once.
    guard alerts.stoodDown == id else { return }
    var judge = Judge(self, environment, now: emitter.now)
    try succeed(alert, &judge, &emitter)
  }

  // MARK: Sweeps

  /// Looks again at what something held back: the first at once, the rest with the next commands.
  func sweep(_ key: String, _ environment: Environment, _ emitter: inout Emitter) throws {
    var judge = Judge(self, environment, now: emitter.now)
    try sweep(key, &judge, &emitter)
  }

  func sweep(_ key: String, _ judge: inout Judge, _ emitter: inout Emitter) throws {
    let held = alerts.held(under: key, limit: Self.sweptAtOnce)
    guard !held.isEmpty else { return }
    try self.judge(held, &judge, &emitter)
    if held.count == Self.sweptAtOnce { sweepLater(key, .judge, after: held.last?.id, &emitter) }
  }

  func acknowledgeGroup(_ group: String, via: String, by actor: Actor, _ emitter: inout Emitter) {
    let members = alerts.held(under: group, limit: Self.sweptAtOnce)
    for member in members { emitter.emit(AlertAcknowledged(via: via), on: member.subject, by: actor) }
    if members.count == Self.sweptAtOnce {
      sweepLater(group, .acknowledge, after: members.last?.id, via: via, by: actor, &emitter)
    }
  }

  func sweepLater(
    _ key: String, _ work: GroupSwept.Work, after: ULID?, via: String? = nil, by actor: Actor? = nil,
    _ emitter: inout Emitter
  ) {
    emitter.emit(
      GroupSwept(work: work, after: after, via: via), on: Subject("group", key), by: actor ?? .system("alerts"))
  }

  /// The next part of the oldest sweep.
  func continueSweep(_ environment: Environment, _ emitter: inout Emitter) throws {
    guard let sweep = alerts.sweeps.first else { return }
    if sweep.work == .hold { return try continueHolding(sweep, environment, &emitter) }
    if sweep.work == .takeOver { return continueTakingOver(sweep, environment, &emitter) }
    if sweep.work == .giveBack { return continueGivingBack(sweep, &emitter) }
    let held = alerts.held(under: sweep.key, after: sweep.after, limit: Self.sweptPerTick)
    switch sweep.work {
    case .judge: try judge(held, environment, &emitter)
    case .hold, .takeOver, .giveBack: break
    case .acknowledge:
      for member in held {
        emitter.emit(AlertAcknowledged(via: sweep.via ?? sweep.key), on: member.subject, by: sweep.actor)
      }
    }
    let rest = held.count == Self.sweptPerTick ? held.last?.id : nil
    sweepLater(sweep.key, sweep.work, after: rest, via: sweep.via, by: sweep.actor, &emitter)
  }

  /// What timers have to do with alerts: flapping ones that stayed quiet are over, holds that end are judged. Not with
  /// one command, so that nothing joins what ends.
  func wakeAlerts(_ environment: Environment, _ emitter: inout Emitter) throws {
    let due = alerts.timers.prefix(Self.sweptAtOnce).prefix { $0.at <= emitter.now }.compactMap {
      alerts.alerts[$0.id]
    }
    let over = due.filter { $0.flapping?.quietUntil.map { $0 <= emitter.now } ?? false }
    guard over.isEmpty else {
      for alert in over.inOrderOfEnding() {
        emitter.divide()
        emitter.emit(
          AlertResolved(
            reason: "quiet for \(Flap.quiet.text) after it had fired \(alert.flapping?.count ?? 0) times"),
          on: alert.subject, by: .system("alerts"))
      }
      return
    }
    try judge(due, environment, &emitter)
  }

  // MARK: Silences and inhibitions

  /// What a new or changed silence covers pages no more; what it covers no longer is looked at again.
  func silenceSaved(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    try sweep(event.subject.text, environment, &emitter)
    guard let silence = ULID(event.subject.id).flatMap({ silences[$0] }) else { return }
    try holdBack(environment, &emitter) { silence.matches($0.signal) }
  }

  func silenceEnded(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    if Canary.omits(.silenceEnd) { return }
    try sweep(event.subject.text, environment, &emitter)
  }

  /// An alert that inhibits others stops their pages.
  func inhibitOthers(_ alert: Alert, _ environment: Environment, _ emitter: inout Emitter) throws {
    let rules = environment.holding.inhibitions.filter { rule in
      rule.source.allSatisfy { $0.matches(alert.signal.matchable($0.name)) }
    }
    guard !rules.isEmpty else { return }
    try holdBack(environment, &emitter) { other in
      other.id != alert.id
        && rules.contains { rule in
          rule.target.allSatisfy { $0.matches(other.signal.matchable($0.name)) }
            && rule.equal.allSatisfy { alert.signal.matchable($0) == other.signal.matchable($0) }
        }
    }
  }

  /// A flapping alert went quiet, or came back: it pages nobody for now, and says until when.
  func flapping(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) throws {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id], alert.status == .firing else { return }
    try judge([alert], environment, &emitter)
    if event.type == AlertReturned.type { try inhibitOthers(alert, environment, &emitter) }
  }

  /// New definitions may page for what no policy did, end planned silences and maintenance early, and hold back what
  /// pages.
  func lookAgainAfterDefinitions(_ emitter: inout Emitter) {
    for key in alerts.heldKeys
    where key == Alerts.withoutPolicy || key.hasPrefix("maintenance/") || key.hasPrefix("silence/") {
      sweepLater(key, .judge, after: ULID(high: 0, low: 0), &emitter)
    }
    if alerts.pagingCount > 0 { sweepLater(Self.whatPages, .hold, after: ULID(high: 0, low: 0), &emitter) }
  }
}
