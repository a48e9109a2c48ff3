import Base
import Events
import Journal

/// What alerts asked of people over the last 400 days: each alert under its rule, each call under its person.
///
/// Everything that pages say about load and noise is counted from these records, without reading the journal again.
public struct AlertBook: Fold {
  public static let name = "alertBook"
  public static let version = 2

  /// Older records are forgotten.
  public static let kept = Interval.days(400)
  /// All alerts, and those of one rule: a storm of one rule makes nothing of the others forgotten.
  static let (alertsMax, alertsPerRuleMax) = (150_000, 20_000)
  static let (rulesMax, peopleMax, callsPerPersonMax) = (5_000, 5_000, 10_000)
  static let incidentsMax = 1_000
  /// A condition that comes back sooner has re-fired.
  public static let refireWindow = Interval.hours(24)

  /// A rule with its alerts, oldest first.
  public struct RuleHistory: Sendable {
    public let rule: AlertRule
    /// The newest alert's summary.
    public internal(set) var summary: String
    public internal(set) var alerts = Chunks<AlertRecord>()
    /// The newest of those that were forgotten for want of room.
    public internal(set) var forgottenUntil: Instant?
  }

  public internal(set) var rules = SortedMap<String, RuleHistory>()
  /// The keys of the rules in the order they were first seen.
  var ruleKeys: [String] = []
  /// The rule of each alert.
  var ruleOf = SortedMap<ULID, Int>()
  /// The rules of the alerts in the order they fired, to forget the oldest.
  var order = Chunks<Int>()
  /// The calls of each person, oldest first.
  public internal(set) var calls = Sharded<String, Chunks<CallRecord>>()
  /// Pages on their way.
  var pending = SortedMap<ULID, PendingCall>()
  /// The incident of each alert, and the alerts of each of the last incidents.
  var incidentOf = Sharded<ULID, ULID>()
  var alertsOf = Sharded<ULID, [ULID]>()
  var incidents = Recent()

  struct PendingCall: Codable, Sendable {
    var person: String
    var alert: ULID
    var asked: Instant
    var isLow: Bool
  }

  public init() {}

  public mutating func apply(_ event: Event) throws {
    switch event.subject.kind {
    case "alert": try applyAlert(event)
    case "incident": try applyIncident(event)
    default: break
    }
  }

  private mutating func applyAlert(_ event: Event) throws {
    guard let id = ULID(event.subject.id) else { return }
    if let fired = try event.payload(AlertFired.self) {
      fire(id, fired.signal, at: event.time)
    } else if event.type == AlertAcknowledged.type {
      acknowledge(id, event)
    } else if let resolved = try event.payload(AlertResolved.self) {
      change(id) { alert in
        alert.resolved = event.time
        if event.actor.isPerson { alert.marks.insert(.resolvedByPerson) }
        alert.judge(resolved.actionable)
      }
    } else if let judged = try event.payload(AlertJudged.self) {
      change(id) { $0.judge(judged.actionable) }
    } else {
      try applyPage(event, id)
    }
  }

  private mutating func fire(_ id: ULID, _ signal: Signal, at time: Instant) {
    let number = number(of: AlertRule(signal))
    let marks: AlertRecord.Marks =
      switch signal.urgency {
      case .page: []
      case .ticket: .ticket
      case .record: .recordOnly
      }
    let record = AlertRecord(id: id, firedAt: time, condition: signal.key.stableHash, marks: marks)
    rules[ruleKeys[number]]?.add(record, signal.summary).forEach { ruleOf[$0] = nil }
    ruleOf[id] = number
    order.append(number)
    if order.count > Self.alertsMax { forgetOldest() }
  }

  /// Where each rule stands among the keys.
  var numbers = SortedMap<String, Int>()

  /// The number of a rule, which is new to the book, or one of the rest where that is full.
  private mutating func number(of rule: AlertRule) -> Int {
    if let number = numbers[rule.key] { return number }
    let rule = ruleKeys.count < Self.rulesMax ? rule : .rest
    let key = rule.key
    if let number = numbers[key] { return number }
    rules[key] = RuleHistory(rule: rule, summary: "")
    ruleKeys.append(key)
    numbers[key] = ruleKeys.count - 1
    return ruleKeys.count - 1
  }

  /// Makes room: the first in the order may have been dropped with its own rule's oldest already.
  private mutating func forgetOldest() {
    let key = ruleKeys[order.removeFirst()]
    guard ruleOf.count > Self.alertsMax, let old = rules[key]?.forgetFirst() else { return }
    ruleOf[old] = nil
  }

  /// Whether an alert is on record.
  public func knows(_ id: ULID) -> Bool { ruleOf[id] != nil }

  /// Whether somebody said that there was something to do; `nil` where nobody did, or the alert is not on record.
  public func actionable(_ id: ULID) -> Bool? {
    guard let alerts = ruleOf[id].flatMap({ rules[ruleKeys[$0]]?.alerts }) else { return nil }
    let index = alerts.partition { $0.id >= id }
    return index < alerts.count && alerts[index].id == id ? alerts[index].actionable : nil
  }

  private mutating func change(_ id: ULID, _ body: (inout AlertRecord) -> Void) {
    guard let number = ruleOf[id] else { return }
    rules[ruleKeys[number]]?.change(id, body)
  }

  private mutating func acknowledge(_ id: ULID, _ event: Event) {
    guard event.actor.isPerson else { return }
    change(id) { alert in
      alert.acknowledged = min(alert.acknowledged, event.time)
      alert.marks.insert(.acknowledged)
    }
    let person = String(event.actor.text.dropFirst(5))
    guard let calls = calls[person] else { return }
    // The first call of the alert counts: how long it took until this person answered at all.
    let recent = max(0, calls.count - 200)
    guard let index = (recent..<calls.count).first(where: { calls[$0].alert == id }),
      calls[index].answeredAt == nil
    else { return }
    self.calls[person]?[index].answered = event.time
  }

  private mutating func applyPage(_ event: Event, _ alert: ULID) throws {
    if let request = try event.payload(PageRequested.self) {
      guard request.kind == .fired, !request.person.hasPrefix("channel/") else { return }
      pending[request.page] = PendingCall(
        person: request.person, alert: alert, asked: event.time, isLow: request.urgency == .ticket)
    } else if let sent = try event.payload(PageSent.self) {
      if let call = pending.removeValue(forKey: sent.page) { land(call, at: event.time) }
    } else if let cancelled = try event.payload(PageCancelled.self) {
      pending[cancelled.page] = nil
    } else if let failed = try event.payload(PageFailed.self), failed.retryAt == nil {
      pending[failed.page] = nil
    }
  }

  private mutating func land(_ call: PendingCall, at time: Instant) {
    let earlier = calls[call.person]
    guard earlier != nil || calls.count < Self.peopleMax else { return }
    // A second channel of the same step is no second call.
    let count = earlier?.count ?? 0
    for index in (max(0, count - 32)..<count).reversed() {
      if let other = earlier?[index], other.alert == call.alert, other.asked == call.asked { return }
    }
    let record = CallRecord(
      alert: call.alert, cause: incidentOf[call.alert] ?? call.alert, at: time, asked: call.asked,
      rule: ruleOf[call.alert] ?? -1, isLow: call.isLow)
    calls[call.person, default: Chunks()].append(record)
    while let oldest = calls[call.person]?.first,
      oldest.at < time - Self.kept || calls[call.person]?.count ?? 0 > Self.callsPerPersonMax
    {
      calls[call.person]?.removeFirst()
    }
    change(call.alert) { $0.calls += 1 }
  }

  private mutating func applyIncident(_ event: Event) throws {
    guard let id = ULID(event.subject.id) else { return }
    if let opened = try event.payload(IncidentOpened.self) {
      alertsOf[id] = opened.alerts
      opened.alerts.forEach { incidentOf[$0] = id }
      if let old = incidents.keep(id, limit: Self.incidentsMax) {
        alertsOf[old]?.forEach { incidentOf[$0] = nil }
        alertsOf[old] = nil
      }
    } else if let joined = try event.payload(IncidentJoined.self) {
      guard alertsOf[id]?.count ?? .max < 1_000 else { return }
      alertsOf[id]?.append(joined.alert)
      incidentOf[joined.alert] = id
    } else if let merged = try event.payload(IncidentMerged.self) {
      move(alertsOf[id] ?? [], from: id, to: merged.into)
    } else if let split = try event.payload(IncidentSplit.self) {
      move(split.alerts, from: split.from, to: id)
    } else if event.type == IncidentNoted.type {
      for alert in alertsOf[id] ?? [] { change(alert) { $0.marks.insert(.noted) } }
    }
  }
}

extension AlertBook {
  /// Alerts belong to another incident from now on.
  private mutating func move(_ alerts: [ULID], from: ULID, to: ULID) {
    guard alertsOf[to] != nil else { return }
    alertsOf[from]?.removeAll { alerts.contains($0) }
    for alert in alerts where alertsOf[to]?.contains(alert) == false {
      alertsOf[to]?.append(alert)
      incidentOf[alert] = to
    }
  }

  /// What a call was about: the incident that its alert belongs to now, also where that came, was merged or was split
  /// after the call; else what was known then.
  func cause(of call: CallRecord) -> ULID { incidentOf[call.alert] ?? call.cause }
}

extension Actor {
  /// A person, rather than a sender or Mainstay itself.
  var isPerson: Bool { text.hasPrefix("user/") }
}

extension AlertRecord {
  mutating func judge(_ actionable: Bool?) {
    guard let actionable else { return }
    marks.remove(actionable ? .notActionable : .actionable)
    marks.insert(actionable ? .actionable : .notActionable)
  }
}

extension AlertBook.RuleHistory {
  /// Adds the newest alert; returns those that are forgotten for it.
  mutating func add(_ new: AlertRecord, _ summary: String) -> [ULID] {
    self.summary = summary.utf8.count > 200 ? String(summary.prefix(160)) : summary
    var alert = new
    if wentAway(alert.condition, since: alert.firedAt - AlertBook.refireWindow) { alert.marks.insert(.refired) }
    alerts.append(alert)
    var dropped: [ULID] = []
    while let oldest = alerts.first,
      oldest.firedAt < new.firedAt - AlertBook.kept || alerts.count > AlertBook.alertsPerRuleMax
    {
      if let id = forgetFirst() { dropped.append(id) }
    }
    return dropped
  }

  mutating func forgetFirst() -> ULID? {
    guard !alerts.isEmpty else { return nil }
    let oldest = alerts.removeFirst()
    forgottenUntil = oldest.firedAt
    return oldest.id
  }

  mutating func change(_ id: ULID, _ body: (inout AlertRecord) -> Void) {
    let index = alerts.partition { $0.id >= id }
    guard index < alerts.count, alerts[index].id == id else { return }
    body(&alerts[index])
  }

  /// Whether the condition was there before and resolved after an instant. Looks at the last alerts of the rule alone.
  func wentAway(_ condition: UInt64, since: Instant) -> Bool {
    alerts.last(256) { $0.condition == condition }?.resolvedAt.map { $0 >= since } ?? false
  }
}

// MARK: - Snapshots

extension AlertBook {
  private struct Form: Codable {
    struct Rule: Codable {
      var rule: AlertRule
      var summary: String
      var alerts: String
      var forgottenUntil: Instant?
    }

    /// In the order they were first seen.
    var rules: [Rule]
    var calls: Sharded<String, String>
    var pending: SortedMap<ULID, PendingCall>
    var alertsOf: Sharded<ULID, [ULID]>
    var incidents: Recent
  }

  public func snapshot() throws -> JSON {
    var calls = Sharded<String, String>()
    for (person, records) in self.calls { calls[person] = Lines.write(records, \.line) }
    return try JSON(
      encoding: Form(
        rules: ruleKeys.compactMap { rules[$0] }.map {
          .init(
            rule: $0.rule, summary: $0.summary, alerts: Lines.write($0.alerts, \.line),
            forgottenUntil: $0.forgottenUntil)
        }, calls: calls, pending: pending, alertsOf: alertsOf, incidents: incidents))
  }

  public init(snapshot: JSON) throws {
    let form = try snapshot.decode(Form.self)
    var all: [(id: ULID, rule: Int)] = []
    for (number, kept) in form.rules.enumerated() {
      var history = RuleHistory(rule: kept.rule, summary: kept.summary)
      history.alerts = try Lines.read(kept.alerts) { AlertRecord(line: $0) }
      history.forgottenUntil = kept.forgottenUntil
      let key = kept.rule.key
      ruleKeys.append(key)
      numbers[key] = number
      rules[key] = history
      for alert in history.alerts { all.append((alert.id, number)) }
    }
    for (id, rule) in all.sorted(by: { $0.id < $1.id }) {
      ruleOf[id] = rule
      order.append(rule)
    }
    for (person, text) in form.calls { calls[person] = try Lines.read(text) { CallRecord(line: $0) } }
    (pending, alertsOf, incidents) = (form.pending, form.alertsOf, form.incidents)
    for (incident, alerts) in alertsOf.sortedElements { alerts.forEach { incidentOf[$0] = incident } }
  }
}
