import Access
import Alerts
import Base
import Definitions
import Events
import Journal
import OnCall
import Procedures

/// Whether an alert pages now, and why not. Decides on the state as it is; what it decided of several alerts at once
/// counts for those that come after.
struct Judge {
  enum Verdict {
    case page(low: Bool)
    case hold(AlertSuppressed)
  }

  // Not the whole state: a judge is made for each alert, and copies what it holds.
  private let access: Access
  private let alerts: Alerts
  private let silences: Silences
  private let procedures: Procedures
  let environment: Environment
  let now: Instant
  /// Alerts that are decided already: whether they are heads from here on.
  private var decided: [ULID: Bool] = [:]
  /// The heads that were decided, by their group.
  private var fresh: [String: Alert] = [:]

  /// A cause gathers what fires at most so long after it.
  static let causeReach = Interval.hours(4)
  /// Nobody joins an alert that nobody answered for so long.
  static let unanswered = Interval.minutes(30)
  /// What can wait goes out together when it comes within so long.
  static let lowTogether = Interval.hours(1)
  /// So many alerts are looked at for one that inhibits; past them it pages.
  static let sourcesMax = 2_000
  private static let headsMax = 8

  init(_ state: State, _ environment: Environment, now: Instant) {
    access = state.access
    alerts = state.alerts
    silences = state.silences
    procedures = state.procedures
    self.environment = environment
    self.now = now
  }

  private var holding: Holding { environment.holding }

  /// As `State.policy`.
  private func policy(for signal: Signal) -> EscalationPolicy? {
    State.policy(for: signal, in: environment, access)
  }

  mutating func verdict(on alert: Alert) -> Verdict {
    let verdict = decide(alert)
    switch verdict {
    case .page(let low): note(alert, isHead: true, low: low)
    case .hold(let held):
      note(alert, isHead: held.isWait, low: held.code == .deferred)
    }
    return verdict
  }

  private mutating func note(_ alert: Alert, isHead: Bool, low: Bool) {
    decided[alert.id] = isHead
    if isHead, let group = Alert.group(of: alert.signal, low: low), fresh[group] == nil { fresh[group] = alert }
  }

  private func decide(_ alert: Alert) -> Verdict {
    let signal = alert.signal
    if signal.integration == Signal.runbooks, policy(for: signal) != nil {
      return .page(low: false)
    }
    let service = signal.service.flatMap { environment.services[$0] }
    let tier = service?.tier.map(environment.tier)
    if signal.urgency == .record { return .hold(code(.recordedOnly, "recorded, never paged: its urgency says so")) }
    if let tier, tier.paging == .record {
      return .hold(code(.recordedOnly, "recorded, never paged: tier \(tier.level) says so"))
    }
    if let held = heldBack(alert) ?? flapping(alert) { return .hold(held) }
    let low = signal.urgency == .ticket || tier?.paging == .notify
    if let head = head(for: alert, low: low) { return .hold(joined(head, low: low)) }
    if !low, let held = grouped(alert) { return .hold(held) }
    guard let policy = policy(for: signal) else {
      return .hold(
        code(
          .noPolicy, "nobody can be paged: no policy is named and nobody has a contact; \(Environment.contactRemedy)"))
    }
    if low {
      let at = holding.atWork(service: signal.service, policy: policy.name, from: now)
      let why = signal.urgency == .ticket ? "its urgency is ticket" : "tier \(tier?.level ?? 0) notifies only"
      if at > now {
        return .hold(code(.deferred, "waits for working hours, \(at.rfc3339): \(why)", until: at))
      }
    } else if let tier, tier.level > 1, now < alert.firedAt + tier.groupWait {
      let until = alert.firedAt + tier.groupWait
      return .hold(
        code(.waiting, "waits \(tier.groupWait.text) for others of its group: tier \(tier.level)", until: until))
    }
    return .page(low: low)
  }

  private func code(_ code: AlertSuppressed.Code, _ reason: String, until: Instant? = nil) -> AlertSuppressed {
    AlertSuppressed(code: code, reason: reason, until: until)
  }
}

// MARK: - Silence, maintenance, inhibition, flapping

extension Judge {
  /// The silence, the maintenance or the inhibition that holds an alert back now.
  func heldBack(_ alert: Alert) -> AlertSuppressed? {
    let signal = alert.signal
    if signal.integration == Signal.runbooks, policy(for: signal) != nil { return nil }
    return silenced(signal) ?? maintained(signal) ?? inhibited(alert)
  }

  private func silenced(_ signal: Signal) -> AlertSuppressed? {
    if let silence = silences.covering(signal, at: now, zone: holding.zone) {
      let end = silence.times(zone: holding.zone).window(at: now)?.upperBound
      let words = silence.comment.isEmpty ? "" : ": \(silence.comment)"
      return AlertSuppressed(
        code: .silenced, reason: "silenced by \(silence.author)\(words)", until: end, by: silence.subject.text)
    }
    for silence in holding.silences where silence.matchers.allSatisfy({ $0.matches(signal.matchable($0.name)) }) {
      guard let window = silence.times.window(at: now) else { continue }
      return AlertSuppressed(
        code: .silenced, reason: "silenced by \(silence.author), as defined: \(silence.reason)",
        until: window.upperBound, by: "silence/\(silence.name)")
    }
    return nil
  }

  private func maintained(_ signal: Signal) -> AlertSuppressed? {
    for planned in holding.maintenance {
      guard
        signal.service.map(planned.services.contains) == true
          || signal.slo.map({ slo in planned.slos.contains { slo == $0 || slo.hasPrefix("\($0).") } }) == true,
        let window = planned.times.window(at: now)
      else { continue }
      return AlertSuppressed(
        code: .maintenance, reason: "planned maintenance \(planned.name): \(planned.reason)", until: window.upperBound,
        by: "maintenance/\(planned.name)")
    }
    return nil
  }

  private func inhibited(_ alert: Alert) -> AlertSuppressed? {
    for rule in holding.inhibitions where rule.target.all(alert.signal) {
      // As in Alertmanager: what is both a source and a target is not held back by its like.
      let isSource = rule.source.all(alert.signal)
      let found = sources(of: rule, for: alert).first { source in
        source.id != alert.id && source.isOpen && source.flapping?.quietUntil == nil && rule.source.all(source.signal)
          && rule.equal.allSatisfy { source.signal.matchable($0) == alert.signal.matchable($0) }
          && !(isSource && rule.target.all(source.signal))
      }
      guard let found else { continue }
      return AlertSuppressed(
        code: .inhibited, reason: "inhibited by \(rule.name) while this is open: \(found.signal.summary)",
        into: found.id, by: "inhibition/\(rule.name)")
    }
    return nil
  }

  /// Where an alert that inhibits can be: found by its name or its service where the rule pins one of them.
  private func sources(of rule: Holding.Inhibition, for alert: Alert) -> [Alert] {
    let named = rule.source.lazy.compactMap { matcher -> String? in
      if case .equal(let value) = matcher.test, matcher.name == "alertname", !value.isEmpty { return value }
      return nil
    }.first
    if let name = named ?? (rule.equal.contains("alertname") ? alert.signal.label("alertname") : nil), !name.isEmpty {
      return Array(alerts.named(name).prefix(Self.sourcesMax))
    }
    if rule.equal.contains("service"), let service = alert.signal.service {
      return Array(alerts.newest(service: service).prefix(Self.sourcesMax))
    }
    return Array(alerts.newest().prefix(Self.sourcesMax))
  }

  private func flapping(_ alert: Alert) -> AlertSuppressed? {
    guard let flapping = alert.flapping else { return nil }
    let often = "it has fired \(flapping.count) times since \(flapping.since.rfc3339)"
    if let until = flapping.quietUntil {
      return code(
        .flapping, "\(often) and is quiet now; it is over at \(until.rfc3339) unless it comes back", until: until)
    }
    let until = flapping.firingSince + Flap.steady
    guard alert.escalatedAt != nil, now < until else { return nil }
    return code(.flapping, "\(often); it pages again if it goes on until \(until.rfc3339)", until: until)
  }
}

extension [LabelMatcher] {
  fileprivate func all(_ signal: Signal) -> Bool { allSatisfy { $0.matches(signal.matchable($0.name)) } }
}

// MARK: - Groups

extension Judge {
  /// The alert of its own group that pages, or will, for both.
  private func head(for alert: Alert, low: Bool) -> Alert? {
    guard let group = Alert.group(of: alert.signal, low: low) else { return nil }
    if let fresh = fresh[group], fresh.id != alert.id { return fresh }
    return alerts.head(of: group, among: Self.headsMax) { head in
      head.id != alert.id && decided[head.id] != false && gathers(head, low: low)
    }
  }

  /// Whether somebody is, or will be, told of it.
  private func gathers(_ head: Alert, low: Bool) -> Bool {
    if head.status == .acknowledged || head.suppression != nil { return true }
    if low { return (head.escalatedAt ?? head.firedAt) > now - Self.lowTogether }
    if let run = head.procedure.flatMap({ procedures.runs[$0] }), run.status != .finished { return true }
    return (head.escalatedAt ?? head.firedAt) > now - Self.unanswered
  }

  private func joined(_ head: Alert, low: Bool) -> AlertSuppressed {
    let how = Self.words(head, isDecided: decided[head.id] != nil)
    return AlertSuppressed(
      code: .joined, reason: "joined \"\(head.signal.summary)\", \(how)", into: head.id,
      by: Alert.group(of: head.signal, low: low))
  }

  private static func words(_ head: Alert, isDecided: Bool) -> String {
    if head.status == .acknowledged { return "which somebody has taken" }
    switch isDecided ? nil : head.suppression?.code {
    case .grouped: return "which waits for its likelier cause"
    case .waiting: return "which waits for others before it pages"
    case .deferred: return "which waits for working hours"
    default: return "which pages"
    }
  }

  /// The likelier cause among what its service depends on, where one pages.
  private func grouped(_ alert: Alert) -> AlertSuppressed? {
    guard let service = alert.signal.service else { return nil }
    var causes: [(reach: ServiceGraph.Reach, head: Alert)] = []
    for reach in holding.dependencies.dependencies(of: service) {
      if let head = cause(at: reach.service, of: alert) { causes.append((reach, head)) }
      if causes.count == 16 { break }
    }
    // The one that is not itself explained by another of them, the nearest of these.
    let root = causes.first { candidate in
      !causes.contains { other in
        holding.dependencies.depends(candidate.reach.service, on: other.reach.service)
          && !holding.dependencies.depends(other.reach.service, on: candidate.reach.service)
      }
    }
    return (root ?? causes.first).map { Self.grouped($0.head, chain: $0.reach.chain) }
  }

  static func grouped(_ cause: Alert, chain: [String]) -> AlertSuppressed {
    AlertSuppressed(
      code: .grouped,
      reason: "\(chain.joined(separator: " needs ")), and the likelier cause pages for both: \(cause.signal.summary)",
      into: cause.id, chain: chain, by: "cause/\(chain[chain.count - 1])")
  }

  private func cause(at service: String, of alert: Alert) -> Alert? {
    let group = "high/\(service)"
    if let fresh = fresh[group], fresh.id != alert.id, reaches(fresh, alert) { return fresh }
    return alerts.head(of: group, among: Self.headsMax) { head in
      head.id != alert.id && decided[head.id] == nil && (head.isPaging || head.status == .acknowledged)
        && gathers(head, low: false) && reaches(head, alert)
    }
  }

  private func reaches(_ cause: Alert, _ alert: Alert) -> Bool { alert.firedAt <= cause.firedAt + Self.causeReach }

  /// Causes before what depends on them, then by age, so that alerts that are looked at together form one group.
  func rootsFirst(_ alerts: [Alert]) -> [Alert] {
    guard alerts.count > 1 else { return alerts }
    let depths = holding.dependencies.depths(of: alerts.compactMap(\.signal.service))
    func rank(_ alert: Alert) -> Int { alert.signal.service.flatMap { depths[$0] } ?? 0 }
    return alerts.sorted { (rank($0), $0.id) < (rank($1), $1.id) }
  }
}
