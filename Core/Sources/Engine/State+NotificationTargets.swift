import Alerts
import Base
import Definitions
import Events
import Journal
import Objectives
import OnCall
import Outbox

/// Alerts of SLOs also go to what the SLO's alert policies name as notification targets.
extension State {
  /// Tells the channels and people that are named; once each. A policy that is named pages in place of the service's,
  /// see `Environment.policy(for:)`. An alert that nobody is woken for goes to channels, and to people by the rules of
  /// what can wait.
  func notifyTargets(_ event: Event, _ environment: Environment, _ emitter: inout Emitter) {
    guard let id = ULID(event.subject.id), let alert = alerts.alerts[id] else { return }
    let targets = environment.targets(of: alert.signal)
    if targets.isEmpty || isQuiet(alert, environment, emitter.now) { return }
    let urgency: Urgency = wakes(alert, environment) ? .page : .ticket
    let now = emitter.now
    var asked: Set<String> = []
    for target in targets {
      guard let recipient = environment.recipient(of: target) else { continue }
      let found = Escalation.resolve(
        [recipient], urgency: urgency, now: now, contacts: environment.contacts, lastTurn: { _ in nil },
        onCall: { environment.onCall($0, now, overrides.of($0)) })
      for (person, rule, notBefore) in found.pages where asked.insert("\(person) \(rule.channel.name)").inserted {
        emitter.emit(
          PageRequested(
            page: emitter.newID(), kind: .fired, person: person, channel: rule.channel, level: 0,
            title: Self.title(of: alert.signal), body: alert.signal.detail ?? "", notBefore: notBefore,
            urgency: urgency == .page ? nil : urgency),
          on: alert.subject, by: .system("alerts"))
      }
      for reason in found.missing {
        emitter.emit(
          AlertTargetMissed(target: target.destination.description, reason: reason), on: alert.subject,
          by: .system("alerts"))
      }
    }
  }

  /// Whether nobody at all is to hear of it: it is silenced, under maintenance, inhibited or flapping.
  private func isQuiet(_ alert: Alert, _ environment: Environment, _ now: Instant) -> Bool {
    var judge = Judge(self, environment, now: now)
    guard case .hold(let held) = judge.verdict(on: alert) else { return false }
    return [.silenced, .maintenance, .inhibited, .flapping].contains(held.code)
  }

  private func wakes(_ alert: Alert, _ environment: Environment) -> Bool {
    let tier = alert.signal.service.flatMap { environment.services[$0]?.tier }.map(environment.tier)
    return alert.signal.urgency == .page && (tier?.paging ?? .page) == .page
  }

  /// Whether a person is asked for at this very moment already: an escalation that begins with a channel that is also
  /// a notification target says the same once.
  func isAsked(_ person: String, _ channel: ChannelReference, about subject: Subject, _ now: Instant) -> Bool {
    outbox.pages(of: subject).contains {
      $0.request.level == 0 && $0.requestedAt == now && $0.request.kind == .fired && $0.request.person == person
        && $0.request.channel == channel
    }
  }
}

extension Environment {
  /// What hears of a signal: those named for this kind of alert of its SLO.
  func targets(of signal: Signal) -> [NotificationTarget] {
    guard let slo = signal.slo, let targets = notificationTargets[slo] else { return [] }
    let occasion: NotificationTarget.Occasion =
      signal.key == Objective.missingDataKey(of: slo) ? .missingData : signal.urgency == .page ? .page : .ticket
    return targets.filter { $0.occasions.contains(occasion) }
  }

  /// The escalation policy that the SLO's alert policies name first.
  func namedPolicy(for signal: Signal) -> EscalationPolicy? {
    let named = targets(of: signal).first { $0.destination.isOf(EscalationPolicySpec.self) }
    return named.flatMap { policies[$0.destination.shortName] }
  }

  /// The people or the channel that a target names; `nil` for a policy, which pages for the SLO.
  func recipient(of target: NotificationTarget) -> EscalationPolicy.Target? {
    let destination = target.destination
    if destination.isOf(UserSpec.self) { return .user(destination.shortName) }
    if destination.isOf(ScheduleSpec.self) { return .schedule(destination.shortName) }
    return channels[destination].map { .channel($0) }
  }

  static func channels(_ snapshot: Snapshot) -> [EntityRef: ChannelReference] {
    Dictionary(
      snapshot.all(ChannelSpec.self).map {
        ($0.ref, ChannelReference(kind: kind($0.spec.type), name: $0.ref.shortName))
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension EntityRef {
  fileprivate func isOf<Spec: DefinitionSpec>(_: Spec.Type) -> Bool { kind.lowercased() == Spec.kind.name.lowercased() }
}
