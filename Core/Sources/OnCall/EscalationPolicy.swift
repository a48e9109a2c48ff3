import Base
import Events
import Journal
import Procedures

/// Whom to page for an alert, and whom next when nobody answers.
public struct EscalationPolicy: Sendable, Hashable {
  public enum Target: Sendable, Hashable, Codable {
    case user(String)
    case schedule(String)
    case channel(ChannelReference)
  }

  public struct Level: Sendable, Hashable {
    public var targets: [Target]
    /// How long the next level waits for an answer of this one.
    public var after: Interval
    public init(targets: [Target], after: Interval) {
      self.targets = targets
      self.after = after
    }
  }

  public var name: String
  public var levels: [Level]
  /// How often the whole policy is gone through again.
  public var repeats: Int

  public init(name: String, levels: [Level], repeats: Int) {
    self.name = name
    self.levels = levels
    self.repeats = repeats
  }
}

/// How one person is reached: each rule a channel and how long after the page.
public struct ContactRules: Sendable, Hashable {
  public struct Rule: Sendable, Hashable {
    public var channel: ChannelReference
    public var after: Interval
    public init(channel: ChannelReference, after: Interval) {
      self.channel = channel
      self.after = after
    }
  }

  public var user: String
  public var rules: [Rule]

  public init(user: String, rules: [Rule]) {
    self.user = user
    self.rules = rules
  }
}

/// What the page step of an escalation carries: enough to write the message without looking anything up but people.
public struct PageStep: Codable, Sendable, Hashable {
  public var level: Int
  public var policy: String
  public var title: String
  public var body: String
  public init(level: Int, policy: String, title: String, body: String) {
    self.level = level
    self.policy = policy
    self.title = title
    self.body = body
  }
}

/// Escalation as a program: page a level, wait, page the next.
public enum Escalation {
  public static let kind = "escalation"
  public static let pageHandler = "page"

  /// The steps of going through the policy once and `repeats` times more.
  public static func program(of policy: EscalationPolicy, title: String, body: String) throws -> Program {
    var steps: [Step] = []
    for round in 0...policy.repeats {
      for (index, level) in policy.levels.enumerated() {
        let page = PageStep(level: index + 1, policy: policy.name, title: title, body: body)
        let suffix = round == 0 ? "" : ", round \(round + 1)"
        steps.append(
          Step(
            name: "page level \(index + 1)\(suffix)", kind: .act, handler: pageHandler,
            parameters: try JSON(encoding: page)))
        steps.append(Step(name: "wait for an answer", kind: .wait, interval: level.after))
      }
    }
    return Program(kind: kind, steps: steps)
  }

  /// What a step that reached nobody reports. The wait after it is skipped: the next level is paged at once.
  public static let reachedNobody = "nobody to page"

  /// Who is paged now, and how: the people are resolved when the step begins, not when the alert fired.
  public static func resolve(
    _ level: EscalationPolicy.Level, contacts: [String: ContactRules], onCall: (_ schedule: String) -> [String]
  ) -> (pages: [(person: String, rule: ContactRules.Rule)], missing: [String]) {
    var pages: [(person: String, rule: ContactRules.Rule)] = []
    var missing: [String] = []
    var seen: Set<String> = []
    func add(_ user: String) {
      guard seen.insert(user).inserted else { return }
      guard let contact = contacts[user], !contact.rules.isEmpty else {
        missing.append("\(user) has no contact")
        return
      }
      pages += contact.rules.map { (user, $0) }
    }
    for target in level.targets {
      switch target {
      case .user(let user): add(user)
      case .schedule(let schedule):
        let users = onCall(schedule)
        if users.isEmpty { missing.append("nobody is on call in schedule \(schedule)") }
        users.forEach(add)
      case .channel(let channel):
        guard seen.insert("channel/\(channel.name)").inserted else { continue }
        pages.append(("channel/\(channel.name)", .init(channel: channel, after: .zero)))
      }
    }
    return (pages, missing)
  }
}
