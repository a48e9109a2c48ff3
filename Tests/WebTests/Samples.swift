import Alerts
import Base
import Engine
import Events
import Freeze
import Incidents
import Journal
import OnCall
import Outbox
import Runbooks

@testable import Web

/// A small company in the middle of a bad night, for tests and screenshots. Always the same.
enum Samples {
  static let now = Instant(rfc3339: "2026-11-21T03:26:00Z")!

  static var environment: Environment {
    let email = ChannelReference(kind: .smtp, name: "ana/email")
    var environment = Environment(
      snapshot: "4f2a9c11d0e4",
      services: ["playback": .init(name: "playback", tier: 0, owner: "streaming", policy: "streaming")],
      policies: [
        "streaming": EscalationPolicy(
          name: "streaming",
          levels: [
            .init(targets: [.user("ana")], after: .minutes(5)), .init(targets: [.user("ben")], after: .minutes(10)),
          ],
          repeats: 1)
      ],
      contacts: [
        "ana": ContactRules(user: "ana", rules: [.init(channel: email, after: .zero)]),
        "ben": ContactRules(user: "ben", rules: [.init(channel: .init(kind: .slack, name: "ben/chat"), after: .zero)]),
      ],
      schedules: ["streaming", "platform"],
      freezes: Dictionary(catalog.freezes.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
    environment.onCall = { _, _, _ in ["ana"] }
    environment.people.teams["streaming"] = .init(members: ["ana", "ben"])
    environment.runbooks = RunbookBook(plans: readRunbooks.map { Plan($0) })
    return environment
  }

  /// Runs commands one after another, each at its time, and returns the state and all events.
  static func play(_ steps: [(Instant, Command<State>)]) throws -> (state: State, events: [Event]) {
    var loop = DecideLoop(state: State(), sequence: 0, seed: 7)
    var events: [Event] = []
    for (time, command) in steps {
      let outcome = try loop.decide([command], at: time, in: environment)
      events += outcome.events
      loop.commit()
    }
    return (loop.committed, events)
  }

  static let signal = Signal(
    key: "slo/playback-availability/page", service: "playback", severity: .critical, urgency: .page,
    summary: "playback-availability burns 412 times too fast",
    detail: "41 % of requests fail over 5 minutes and 1 hour; at this rate the month's budget lasts 1 h 45 min.",
    labels: [.init(name: "region", value: "eu-central"), .init(name: "window", value: "1h/5m")],
    slo: "playback-availability", burnRate: 412)

  static func night() throws -> (state: State, events: [Event]) {
    let before = now - .days(2)
    let encode = Signal(
      key: "encode/queue", service: "encode", severity: .warning, urgency: .ticket,
      summary: "Encode queue is older than 15 minutes")
    var steps: [(Instant, Command<State>)] = [
      (
        before,
        Ask<ULID>.openIncident(
          title: "Uploads stall in eu-west", service: nil, severity: .sev3, alerts: [], by: .user("ben")
        ).command
      ),
      (now - .hours(3), Ask<FireReply>.fire(encode, by: Actor("token/alertmanager")).command),
      (now - .minutes(9), Ask<FireReply>.fire(signal, by: .system("slo")).command),
    ]
    let first = try play(steps)
    let page = first.state.outbox.pages.sortedElements[0].key
    let old = first.state.incidents.open[0].id
    steps.insert(
      (
        before + .hours(1),
        Ask<Void>.noteIncident(old, text: "Failed over to eu-north.\nQueue drains.", by: .user("ben")).command
      ), at: 1)
    steps.insert(
      (before + .hours(2), Ask<Void>.resolveIncident(old, reason: "the queue is empty", by: .user("ben")).command),
      at: 2)
    steps.append((now - .minutes(8), Ask<Page>.claimPage(page).command))
    let replay = try play(steps)
    guard let live = replay.state.outbox.pages.sortedElements.last?.key else { return replay }
    steps[steps.count - 1] = (now - .minutes(8), Ask<Page>.claimPage(live).command)
    steps.append((now - .minutes(8) + .seconds(1), Ask<Void>.pageSent(live, attempt: 1, receipt: "250 queued").command))
    steps.append((now - .minutes(2), Ask<Void>.tick.command))
    return try play(steps)
  }

  static var catalog: CatalogView {
    func service(_ name: String, _ tier: Int, _ owner: String, _ needs: [String]) -> ServiceEntry {
      ServiceEntry(
        name: name, description: "Serves \(name) to members.", tier: tier, owner: owner, dependsOn: needs,
        policy: owner, place: "catalog/\(name).yaml:1")
    }
    var view = CatalogView(
      hash: "4f2a9c11d0e4b7", loadedAt: now - .hours(5), documents: 42,
      services: [
        service("billing", 1, "platform", []), service("catalog", 1, "streaming", ["search"]),
        service("encode", 2, "media", ["vault"]), service("edge", 0, "platform", []),
        service("playback", 0, "streaming", ["catalog", "edge"]), service("search", 2, "streaming", []),
        service("upload", 2, "media", ["vault"]), service("vault", 1, "media", []),
      ],
      people: [
        .init(name: "ana", displayName: "Ana Ruiz", teams: ["streaming"], hasContact: true),
        .init(name: "ben", displayName: "Ben Okafor", teams: ["streaming"], hasContact: true),
        .init(name: "chloe", displayName: "Chloé Petit", teams: ["platform"], hasContact: true),
      ],
      schedules: [
        .init(name: "streaming", title: "Streaming primary", zone: "Europe/Berlin", team: "streaming"),
        .init(name: "platform", title: "Platform", zone: "UTC", team: "platform"),
      ],
      plan: plan,
      freezes: [
        .init(
          name: "festival", services: ["playback", "edge"], start: now - .days(1), end: now + .days(2),
          reason: "the festival's premieres"),
        .init(
          name: "sale", services: ["billing"], start: now + .days(3), end: now + .days(4), reason: "the yearly sale"),
      ],
      runbooks: [
        .init(
          name: "playback-errors", title: "Playback errors", service: "playback",
          markdown:
            "# First look\n\n1. Open the **edge** dashboard\n2. Compare `5xx` by region\n\n```sh {\"name\":\"drain\"}\nkubectl drain edge-1\n```\n\n> Never drain two regions at once.\n\n| region | nodes |\n|---|---|\n| eu | 12 |\n\nAsk [the team](https://example.com/team) <script>alert(1)</script>",
          place: "runbooks/playback.md:1")
      ] + readRunbooks.map { RunbookEntry($0) },
      diagnostics: [
        .init(
          file: "catalog/search.yaml", line: 9, column: 3, isError: false,
          message: "unknown field spec.teer; did you mean tier?")
      ],
      isDegraded: false)
    view.teams = ["media", "platform", "streaming"]
    view.journeys = [
      JourneyEntry(
        name: "watch", title: "Watch a film", owner: "streaming", tier: 0,
        steps: [
          .init(name: "find the film at the edge", service: "edge", slos: []),
          .init(name: "press play", service: "playback", slos: []),
        ])
    ]
    return view
  }

  static let pairs: [BurnPair] = [
    .init(urgency: .page, long: .hours(1), short: .minutes(5), factor: 14.4),
    .init(urgency: .page, long: .hours(6), short: .minutes(30), factor: 6),
    .init(urgency: .ticket, long: .days(1), short: .hours(2), factor: 3),
    .init(urgency: .ticket, long: .days(3), short: .hours(6), factor: 1),
  ]

  static func objective(_ service: String, _ health: Health, _ left: Double?, _ burn: Double) -> ObjectiveStatus {
    ObjectiveStatus(
      name: "\(service)-availability", service: service, objective: 0.999, window: .days(30),
      indicator: "requests answered without a server error", health: health, evaluatedAt: now,
      watermark: now - .seconds(15),
      sli: left.map { 1 - (1 - $0) * 0.001 }, good: 8_211_904, total: 8_219_113, budgetLeft: left, covered: 0.82,
      pairs: pairs.enumerated().map { index, pair in
        BurnPairStatus(
          pair: pair, long: burn / Double(index * 3 + 1), short: burn / Double(index + 1),
          isFiring: health == .burning && index < 2,
          clearsAt: health == .burning && index < 2 ? now + .minutes(30 + Int64(index) * 35) : nil)
      },
      projection: health == .burning
        ? BudgetProjection(exhaustedAt: now + .minutes(104), earliest: now + .minutes(80), latest: now + .minutes(150))
        : nil,
      team: catalog.services.first { $0.name == service }?.owner,
      tier: catalog.services.first { $0.name == service }?.tier, burnNow: left == nil ? nil : burn,
      lastSample: now - .seconds(9))
  }

  static var objectives: [ObjectiveStatus] {
    [
      objective("billing", .healthy, 0.94, 0.3), objective("catalog", .atRisk, 0.21, 2.2),
      objective("edge", .healthy, 0.71, 0.9), objective("playback", .burning, 0.38, 412),
      objective("search", .exhausted, -0.12, 1.4), objective("upload", .healthy, 0.88, 0.1),
      objective("vault", .healthy, 1, 0),
    ]
  }

  /// As many SLOs as asked, in every state, of 50 services and 10 teams.
  static func many(_ count: Int) -> [ObjectiveStatus] {
    (0..<count).map { index in
      let health = index % 40 == 0 ? Health.burning : index % 25 == 0 ? .atRisk : index % 99 == 0 ? .noData : .healthy
      var slo = objective(
        "service-\(index % 50)", health, health == .noData ? nil : 1 - Double(index % 90) / 100, Double(index % 20))
      slo.name = "objective-\(10_000 + index)"
      slo.title = "Requests of journey \(index) answered in time"
      (slo.team, slo.tier) = ("team-\(index % 10)", index % 4)
      return slo
    }
  }

  static func sparklines(_ slos: [String]) -> [String: [Double?]] {
    Dictionary(
      slos.map { name in
        let drop = Double(name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF }) / 255
        return (name, (0..<32).map { index in index == 11 ? nil : 1 - drop * Double(index * index) / 1_000 })
      }, uniquingKeysWith: { $1 })
  }

  static func history(_ range: Interval) -> ObjectiveHistory {
    let count = 240
    let step = range / Int64(count)
    var left = 0.82
    var random = SeededGenerator(seed: 3)
    let points = (0...count).map { index -> ObjectiveHistory.Point in
      let time = now - range + step * Int64(index)
      let isBad = index > 228 || (index > 90 && index < 97)
      let isGap = index > 140 && index < 152
      left -= isBad ? (index > 228 ? 0.03 : 0.006) : 0.0001
      let total = 320 + 90 * Double(index % 60) / 60 + Double(random.next() % 40)
      let rate = isBad ? 0.3 : 0.0004 + Double(random.next() % 10) * 0.0001
      let long = index > 228 ? Double(index - 228) * 34 : index > 90 && index < 120 ? 30 - Double(index - 90) : 0.4
      return .init(
        time: time, budgetLeft: isGap ? nil : left, good: isGap ? nil : total * (1 - rate),
        total: isGap ? nil : total,
        burn: isGap ? [nil, nil] : [long, max(0.3, long / 5)])
    }
    return ObjectiveHistory(
      step: step, windows: [.hours(1), .hours(6)], points: points,
      exclusions: [.init(from: now - range / 3, to: now - range / 4, reason: "Maintenance: database upgrade")])
  }

  /// The same rotations as `shifts` shows, without its gap and override.
  static var plan: OnCallPlan {
    func weekly(_ name: String, _ people: [String]) -> ScheduleDefinition {
      let start = CivilDateTime(isoText: "2026-11-16T08:00")!
      return ScheduleDefinition(
        name: name, zone: .utc,
        layers: [ScheduleLayer(name: "weekly", users: people, cadence: .init(.weekly), start: start)])
    }
    return OnCallPlan(
      schedules: [weekly("streaming", ["ana", "ben", "chloe"]), weekly("platform", ["chloe", "ana"])],
      policies: [
        EscalationPolicy(
          name: "streaming",
          levels: [
            .init(targets: [.schedule("streaming")], after: .minutes(5)),
            .init(targets: [.schedule("platform")], after: .minutes(5)),
          ], repeats: 0)
      ])
  }

  static func shifts(_ schedule: String, _ from: Instant, _ to: Instant) -> ScheduleShifts? {
    let people = schedule == "streaming" ? ["ana", "ben", "chloe"] : ["chloe", "ana"]
    let monday = Instant(rfc3339: "2026-11-16T08:00:00Z")!
    var shifts: [ShiftView] = []
    for week in 0..<4 {
      let start = monday + .days(7 * Int64(week))
      let user = people[week % people.count]
      if schedule == "platform" && week == 1 {
        shifts.append(.init(start: start, end: start + .days(4), user: user, layer: "weekly"))
        shifts.append(.init(start: start + .days(4), end: start + .days(5), user: nil))
        shifts.append(.init(start: start + .days(5), end: start + .days(7), user: user, layer: "weekly"))
      } else if week == 0 && schedule == "streaming" {
        shifts.append(.init(start: start, end: start + .days(6), user: user, layer: "weekly"))
        shifts.append(.init(start: start + .days(6), end: start + .days(7), user: "ben", layer: nil, isOverride: true))
      } else {
        shifts.append(.init(start: start, end: start + .days(7), user: user, layer: "weekly"))
      }
    }
    let final = shifts.filter { $0.end > from && $0.start < to }
    return ScheduleShifts(final: final, layers: [.init(name: "weekly", shifts: final)])
  }

  static func site() throws -> Site {
    Site(
      state: try night().state, catalog: catalog, objectives: ObjectiveList(objectives), sparklines: sparklines,
      shifts: shifts)
  }

  static var context: PageContext {
    var context = PageContext(
      now: now, zone: .utc, sequence: 41, path: "/", reader: Reader(name: "ana", role: .admin, canLogOut: true))
    context.csrf = "sample"
    context.version = "0.1.0"
    context.firingAlerts = 1
    context.openIncidents = 1
    return context
  }
}
