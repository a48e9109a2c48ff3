import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbox
import Testing

/// An operator's day on a virtual clock: signals, people and time, with what is expected of the pager in between. A
/// message that no line of the story expects fails it.
struct Story {
  var loop: DecideLoop<State>
  var journal: [Event] = []
  var now: Instant
  var environment: Engine.Environment
  /// Messages that were sent and that the story has not named yet: `ana/hook fired`.
  var unexpected: [String] = []
  /// What the network answers to each message, by channel; everything else is taken.
  var broken: [String: String] = [:]
  /// Whether somebody looks every two seconds for silences and maintenance that begin.
  var watchesHolds = false

  /// Two levels: whoever is on call in `rota`, then ben; 5 minutes between.
  static func company(onCall: [String] = ["ana"], tier: Int = 0) -> Engine.Environment {
    func contact(_ user: String) -> ContactRules {
      ContactRules(user: user, rules: [.init(channel: .init(kind: .webhook, name: "\(user)/hook"), after: .zero)])
    }
    let policy = EscalationPolicy(
      name: "media",
      levels: [
        .init(targets: [.schedule("rota")], after: .minutes(5)), .init(targets: [.user("ben")], after: .minutes(10)),
      ], repeats: 0)
    return Engine.Environment(
      snapshot: "story",
      services: [
        "playback": .init(name: "playback", tier: tier, owner: "media", policy: "media"),
        "search": .init(name: "search", tier: 2, owner: "media", policy: "media"),
        "orphan": .init(name: "orphan", tier: 1, owner: nil, policy: nil),
      ],
      policies: ["media": policy], contacts: ["ana": contact("ana"), "ben": contact("ben"), "cem": contact("cem")],
      schedules: ["rota"]
    ) { _, at, overrides in
      guard let covering = overrides.last(where: { $0.start <= at && at < $0.end }) else { return onCall }
      return covering.user.map { [$0] } ?? []
    }
  }

  init(_ environment: Engine.Environment = Story.company()) {
    self.environment = environment
    now = Instant(seconds: 1_780_000_000)
    loop = DecideLoop(state: State(), sequence: 0, seed: 1)
  }

  var state: State { loop.committed }

  @discardableResult
  mutating func ask<Reply>(_ ask: Ask<Reply>) throws -> Reply {
    let outcome = try loop.decide([ask.command], at: now, in: environment)
    loop.commit()
    journal += outcome.events
    let reply = try outcome.replies[0].get()
    try deliver()
    return try #require(reply as? Reply)
  }

  private mutating func deliver() throws {
    while let due = state.outbox.due(at: now).first {
      let page: Page = try askOnly(.claimPage(due.id))
      let attempt = page.attempts.count + 1
      unexpected.append("\(page.request.channel.name) \(page.request.kind.rawValue)")
      if let reason = broken[page.request.channel.name] {
        let permanent = reason.hasPrefix("refused")
        try askOnly(.pageFailed(page.id, attempt: attempt, reason: reason, permanent: permanent, after: nil))
      } else {
        try askOnly(.pageSent(page.id, attempt: attempt, receipt: "ok"))
      }
    }
  }

  @discardableResult
  private mutating func askOnly<Reply>(_ ask: Ask<Reply>) throws -> Reply {
    let outcome = try loop.decide([ask.command], at: now, in: environment)
    loop.commit()
    journal += outcome.events
    return try #require(try outcome.replies[0].get() as? Reply)
  }

  /// Lets time pass; timers fire when they are due.
  mutating func advance(_ interval: Interval) throws {
    let end = now + interval
    while true {
      if watchesHolds, !state.holdsBegun(environment, at: now).isEmpty { try askOnly(.watchHolds) }
      let look = watchesHolds && now < end ? min(now + .seconds(2), end) : nil
      let next = [state.nextDeadline, state.nextPage, look].compactMap { $0 }.min() ?? .distantFuture
      if next > end { break }
      now = max(now, next)
      if let deadline = state.nextDeadline, deadline <= now { try askOnly(.tick) }
      try deliver()
    }
    now = end
  }

  mutating func fire(_ service: String? = "playback", key: String = "k", urgency: Urgency = .page) throws -> ULID {
    try ask(
      .fire(
        Signal(
          key: key, service: service, severity: .critical, urgency: urgency, summary: "errors", burnRate: 20),
        by: .system("slo"))
    ).alert
  }

  /// Names the messages that were to come since the last such line, in any order; there must be no others.
  mutating func expect(_ messages: String..., sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(unexpected.sorted() == messages.sorted(), sourceLocation: sourceLocation)
    unexpected = []
  }

  func events(_ type: EventType) -> [Event] { journal.filter { $0.type == type } }
}
