import Base
import Events

/// Whom to page for an alert, and whom next when nobody answers.
public struct EscalationPolicy: Sendable, Hashable {
  public enum Target: Sendable, Hashable, Codable {
    case user(String)
    case schedule(String)
    /// All of them: a team, or everybody who has turns in a schedule. `name` is how people call them.
    case everyone(name: String, users: [String])
    /// One of them, with each alert the next.
    case roundRobin([String])
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
  /// How long an acknowledgement holds; `nil`: until the alert is over.
  public var acknowledgeTimeout: Interval?
  /// Whether it stands in no definition: its steps then carry whom they page.
  public var isAdHoc = false

  public init(name: String, levels: [Level], repeats: Int, acknowledgeTimeout: Interval? = nil, isAdHoc: Bool = false) {
    self.isAdHoc = isAdHoc
    self.name = name
    self.levels = levels
    self.repeats = repeats
    self.acknowledgeTimeout = acknowledgeTimeout
  }

  /// The schedules that people are paged from.
  public var schedules: [String] {
    var seen: Set<String> = []
    return levels.flatMap(\.targets).compactMap { target in
      guard case .schedule(let name) = target, seen.insert(name).inserted else { return nil }
      return name
    }
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
  /// For what cannot wait, in order of time.
  public var rules: [Rule]
  /// For what can wait.
  public var low: [Rule]
  /// When what can wait is not sent.
  public var quiet: QuietHours?
  /// Every way to reach the person, each once: what a test tries.
  public var channels: [ChannelReference]

  public init(
    user: String, rules: [Rule], low: [Rule]? = nil, quiet: QuietHours? = nil, channels: [ChannelReference]? = nil
  ) {
    self.user = user
    self.rules = rules
    self.low = low ?? rules
    self.quiet = quiet
    var seen: Set<ChannelReference> = []
    self.channels = (channels ?? (rules + (low ?? [])).map(\.channel)).filter { seen.insert($0).inserted }
  }

  func rules(for urgency: Urgency) -> [Rule] { urgency == .page ? rules : low }

  /// When a page by `rule` may go out: what can wait is not sent in quiet hours.
  public func notBefore(_ rule: Rule, urgency: Urgency, now: Instant) -> Instant {
    let due = now + rule.after
    guard urgency != .page, let end = quiet?.end(at: due) else { return due }
    return end
  }
}
