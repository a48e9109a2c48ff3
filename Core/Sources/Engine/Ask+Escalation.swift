import Alerts
import Base
import Events
import Journal
import OnCall
import Outbox
import Procedures

extension Ask where Reply == Alert {
  /// How long a person whom somebody chose by hand has to answer before the alert's policy goes on.
  private static var answerTime: Interval { .minutes(5) }

  /// Gives an alert to a person, a team or a policy. It is nobody's until they answer; a person or a team that does
  /// not is followed by the policy of the alert.
  ///
  /// - Parameter target: `user/ana`, `team/media` or `policy/media-oncall`.
  public static func escalateAlert(_ id: ULID, to target: String, by actor: Actor) -> Ask {
    Ask("alert escalate", by: actor, priority: .urgent) { state, environment, emitter in
      guard let alert = state.alerts.alerts[id] else { throw Refusal(.notFound, "no alert \(id)") }
      guard alert.isOpen else { throw Refusal(.conflict, "alert \(id) is resolved: \(alert.resolution ?? "")") }
      let chosen = try environment.escalationTarget(target)
      let own = state.policy(for: alert.signal, in: environment)
      let program: Program
      var timeout = own?.acknowledgeTimeout
      switch chosen {
      case .policy(let policy):
        timeout = policy.acknowledgeTimeout
        program = try Escalation.program(
          of: policy, title: State.title(of: alert.signal), body: alert.signal.detail ?? "")
      case .people(let people):
        program = try Escalation.program(
          first: people, named: target, waiting: answerTime, then: own, title: State.title(of: alert.signal),
          body: alert.signal.detail ?? "")
      }
      state.stopPaging(alert, reason: "given to \(target) by \(actor.text)", &emitter)
      emitter.emit(AlertReassigned(to: target), on: alert.subject)
      let name = if case .policy(let policy) = chosen { policy.name } else { target }
      state.escalate(alert, by: program, named: name, timeout: timeout, environment, &emitter)
      return alert
    }
  }
}

extension Environment {
  enum EscalationTarget {
    case policy(EscalationPolicy)
    case people(EscalationPolicy.Target)
  }

  /// Reads `user/ana`, `team/media` or `policy/media-oncall`, and refuses what would reach nobody.
  func escalationTarget(_ text: String) throws(Refusal) -> EscalationTarget {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw Refusal(.invalid, "'\(text.prefix(80))' is nobody; write user/NAME, team/NAME or policy/NAME")
    }
    let name = parts[1]
    switch parts[0] {
    case "user":
      guard contacts[name]?.rules.isEmpty == false else {
        throw Refusal(.invalid, "\(name.prefix(80)) has no contact, so no page would reach them; write a Contact first")
      }
      return .people(.user(name))
    case "team":
      guard let team = people.teams[name] else { throw Refusal(.notFound, "no team \(name.prefix(80))") }
      if let policy = team.policy.flatMap({ policies[$0] }) { return .policy(policy) }
      guard team.members.contains(where: { contacts[$0]?.rules.isEmpty == false }) else {
        throw Refusal(.invalid, "nobody of team \(name) has a contact, so no page would reach them")
      }
      return .people(.everyone(name: "team \(name)", users: team.members))
    case "policy":
      guard let policy = policies[name] else { throw Refusal(.notFound, "no escalation policy \(name.prefix(80))") }
      return .policy(policy)
    default:
      throw Refusal(.invalid, "'\(text.prefix(80))' is nobody; write user/NAME, team/NAME or policy/NAME")
    }
  }
}

extension Ask where Reply == [ULID] {
  /// Sends a test message to a channel, or over every channel of a person.
  ///
  /// - Parameter target: `user/ana` or `channel/chat`.
  /// - Returns: the pages, by which what became of them can be asked.
  public static func testChannels(_ target: String, by actor: Actor) -> Ask {
    Ask("channel test", by: actor) { state, environment, emitter in
      let parts = target.split(separator: "/", maxSplits: 1).map(String.init)
      let name = parts.count == 2 ? parts[1] : ""
      let channels: [ChannelReference]
      switch parts.first {
      case "user":
        guard let contact = environment.contacts[name] else {
          throw Refusal(.notFound, "\(name.prefix(80)) has no contact; write a Contact first")
        }
        channels = contact.channels
      case "channel":
        guard let channel = environment.people.channels[name] else {
          throw Refusal(.notFound, "no channel \(name.prefix(80))")
        }
        channels = [channel]
      default: throw Refusal(.invalid, "'\(target.prefix(80))' cannot be tried; write user/NAME or channel/NAME")
      }
      let subject = Subject(target)
      guard !state.outbox.pages(of: subject).contains(where: { $0.status == .pending || $0.status == .claimed }) else {
        throw Refusal(.conflict, "a test of \(target) is under way; its pages show what becomes of it")
      }
      return channels.map { channel in
        let page = emitter.newID()
        emitter.emit(
          PageRequested(
            page: page, kind: .test, person: parts[0] == "user" ? name : target, channel: channel, level: 1,
            title: "A test of \(channel.name)", body: "\(actor.text) tries out this channel. There is nothing to do.",
            notBefore: emitter.now), on: subject)
        return page
      }
    }
  }
}
