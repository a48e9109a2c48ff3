import Base
import Events
import Journal
import Procedures

/// What the page step of an escalation carries: enough to write the message without looking anything up but people.
public struct PageStep: Codable, Sendable, Hashable {
  public var level: Int
  public var policy: String
  public var title: String
  public var body: String
  /// Absent: `page`. What can wait goes to the first level that somebody answers for, once.
  public var urgency: Urgency?
  /// Whom to page, where a person chose that by hand; absent: whom the level of the policy in force names.
  public var targets: [EscalationPolicy.Target]?

  public init(
    level: Int, policy: String, title: String, body: String, urgency: Urgency? = nil,
    targets: [EscalationPolicy.Target]? = nil
  ) {
    self.level = level
    self.policy = policy
    self.title = title
    self.body = body
    self.urgency = urgency
    self.targets = targets
  }
}

/// Escalation as a program: page a level, wait, page the next.
public enum Escalation {
  public static let kind = "escalation"
  public static let pageHandler = "page"

  /// The steps of going through the policy once and `repeats` times more. What can wait goes through it once and
  /// without waiting: levels after the first are for when that has nobody.
  public static func program(
    of policy: EscalationPolicy, title: String, body: String, urgency: Urgency = .page
  ) throws -> Program {
    Program(kind: kind, steps: try steps(of: policy, title: title, body: body, urgency: urgency))
  }

  /// The steps of paging somebody whom a person chose, and of the policy after them when they do not answer.
  public static func program(
    first target: EscalationPolicy.Target, named name: String, waiting wait: Interval, then policy: EscalationPolicy?,
    title: String, body: String
  ) throws -> Program {
    let page = PageStep(level: 1, policy: name, title: title, body: body, targets: [target])
    let first = [
      Step(name: "page \(name)", kind: .act, handler: pageHandler, parameters: try JSON(encoding: page)),
      Step(name: "wait for an answer", kind: .wait, interval: wait),
    ]
    let rest = try policy.map { try steps(of: $0, title: title, body: body, urgency: .page) } ?? []
    return Program(kind: kind, steps: first + rest)
  }

  private static func steps(
    of policy: EscalationPolicy, title: String, body: String, urgency: Urgency
  ) throws -> [Step] {
    var steps: [Step] = []
    for round in 0...(urgency == .page ? policy.repeats : 0) {
      for (index, level) in policy.levels.enumerated() {
        let page = PageStep(
          level: index + 1, policy: policy.name, title: title, body: body, urgency: urgency == .page ? nil : urgency,
          targets: policy.isAdHoc ? level.targets : nil)
        let suffix = round == 0 ? "" : ", round \(round + 1)"
        steps.append(
          Step(
            name: "page level \(index + 1)\(suffix)", kind: .act, handler: pageHandler,
            parameters: try JSON(encoding: page)))
        if urgency == .page { steps.append(Step(name: "wait for an answer", kind: .wait, interval: level.after)) }
      }
    }
    return steps
  }

  /// The level that a run paged last, counted from 1; `nil` before the first, and for what is no escalation.
  public static func level(of run: Run) -> Int? {
    guard run.program.kind == kind else { return nil }
    return run.program.steps.prefix(run.index + 1).last { $0.handler == pageHandler }
      .flatMap { try? $0.parameters.decode(PageStep.self).level }
  }

  /// Whether a run has a level to page after the step that it is at. The wait of the last level has none.
  public static func hasNextLevel(_ run: Run) -> Bool {
    run.status != .finished && run.program.steps.dropFirst(run.index + 1).contains { $0.handler == pageHandler }
  }

  /// Whether a run has paged all its levels and waited for the last one in vain: nobody is paged by itself any more.
  public static func isExhausted(_ run: Run) -> Bool {
    run.program.kind == kind && run.outcome == .completed && run.program.steps.contains { $0.kind == .wait }
  }

  /// What a step that reached nobody reports. The wait after it is skipped: the next level is paged at once.
  public static let reachedNobody = "nobody to page"

  /// Who is paged now, and how.
  public struct Found: Sendable {
    public var pages: [(person: String, rule: ContactRules.Rule, notBefore: Instant)] = []
    /// Why somebody who should have been is not paged.
    public var missing: [String] = []
    /// Whose turn it was, by the place of the round robin among the targets, counted from 1.
    public var turns: [(target: Int, user: String)] = []
  }

  /// The people are resolved when the step begins, not when the alert fired.
  ///
  /// - Parameters:
  ///   - lastTurn: who had the last turn in the round robin at that place, counted from 1.
  ///   - onCall: who is on call in a schedule now.
  public static func resolve(
    _ targets: [EscalationPolicy.Target], urgency: Urgency, now: Instant, contacts: [String: ContactRules],
    lastTurn: (_ target: Int) -> String?, onCall: (_ schedule: String) -> [String]
  ) -> Found {
    var found = Found()
    var seen: Set<String> = []
    func canReach(_ user: String) -> Bool { contacts[user]?.rules(for: urgency).isEmpty == false }
    func add(_ user: String) {
      guard seen.insert(user).inserted else { return }
      guard let contact = contacts[user], canReach(user) else {
        found.missing.append("\(user) has no contact")
        return
      }
      found.pages += contact.rules(for: urgency).map { rule in
        (user, rule, contact.notBefore(rule, urgency: urgency, now: now))
      }
    }
    for (index, target) in targets.enumerated() {
      switch target {
      case .user(let user): add(user)
      case .schedule(let schedule):
        let users = onCall(schedule)
        if users.isEmpty { found.missing.append("nobody is on call in schedule \(schedule)") }
        users.forEach(add)
      case .everyone(let name, let users):
        if users.isEmpty { found.missing.append("\(name) has nobody") }
        users.forEach(add)
      case .roundRobin(let users):
        guard let next = next(of: users, after: lastTurn(index + 1), where: canReach) else {
          found.missing.append("nobody of the round robin has a contact")
          continue
        }
        found.turns.append((index + 1, next))
        add(next)
      case .channel(let channel):
        guard seen.insert("channel/\(channel.name)").inserted else { continue }
        found.pages.append(("channel/\(channel.name)", .init(channel: channel, after: .zero), now))
      }
    }
    return found
  }

  /// The first after whoever was last that can be reached, going round; the first of all when the last has left.
  static func next(of users: [String], after last: String?, where canReach: (String) -> Bool) -> String? {
    let start = last.flatMap(users.firstIndex(of:)).map { $0 + 1 } ?? 0
    return users.indices.lazy.map { users[(start + $0) % users.count] }.first(where: canReach)
  }
}
