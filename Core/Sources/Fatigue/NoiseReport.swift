import Base
import Events

/// What one alert rule asked of people, and what came of it.
public struct RuleNoise: Sendable {
  public var key: String
  public var rule: AlertRule
  /// The newest alert's.
  public var summary: String
  public var fired = 0
  /// Alerts that somebody was called for.
  public var paged = 0
  /// How often a person was called.
  public var calls = 0
  public var nightCalls = 0
  /// Taken by somebody, then gone by itself, and nobody said or wrote what there was to do.
  public var acknowledgedWithoutAction = 0
  /// Gone before anybody touched it.
  public var resolvedItself = 0
  public var refired = 0
  public var judgedActionable = 0
  public var judgedNotActionable = 0
  /// From firing to resolution, of those that are over.
  public var duration = Spread([])
  /// Alerts of the range that are no longer known, for want of room: the counts are lower bounds.
  public var isCut = false

  public var judged: Int { judgedActionable + judgedNotActionable }
  /// The share of those judged that were worth their time; `nil` where nobody judged any.
  public var actionableShare: Double? { judged == 0 ? nil : Double(judgedActionable) / Double(judged) }
  public var nightShare: Double? { calls == 0 ? nil : Double(nightCalls) / Double(calls) }
}

/// Noise over a range, the rule that called people most first.
public struct NoiseReport: Sendable {
  public let from: Instant
  public let to: Instant
  public let rules: [RuleNoise]

  /// - Parameters:
  ///   - service: only the rules of this one.
  ///   - nights: the night that an instant is in for a person, `nil` by day.
  public init(
    _ book: AlertBook, from: Instant, to: Instant, service: String? = nil,
    nights: (_ person: String, _ at: Instant) -> CivilDate?
  ) {
    self.from = from
    self.to = to
    let night = Self.nightCalls(book, from: from, to: to, nights)
    var rules: [RuleNoise] = []
    for (number, key) in book.ruleKeys.enumerated() {
      guard let history = book.rules[key], history.alerts.last.map({ $0.firedAt >= from }) ?? false,
        service == nil || history.rule.service == service
      else { continue }
      var noise = RuleNoise(history, key: key, from: from, to: to)
      noise.nightCalls = min(noise.calls, night[number])
      if noise.fired > 0 { rules.append(noise) }
    }
    self.rules = rules.sorted { ($1.calls, $1.fired, $0.key) < ($0.calls, $0.fired, $1.key) }
  }

  public subscript(key: String) -> RuleNoise? { rules.first { $0.key == key } }

  /// Calls at night by the number of their rule.
  private static func nightCalls(
    _ book: AlertBook, from: Instant, to: Instant, _ nights: (String, Instant) -> CivilDate?
  ) -> [Int] {
    var counts = Array(repeating: 0, count: book.ruleKeys.count)
    for person in book.calls.sortedKeys {
      for call in book.calls(of: person, from: from, to: to) where counts.indices.contains(call.rule) {
        if nights(person, call.at) != nil { counts[call.rule] += 1 }
      }
    }
    return counts
  }
}

extension RuleNoise {
  init(_ history: AlertBook.RuleHistory, key: String, from: Instant, to: Instant) {
    (self.key, rule, summary) = (key, history.rule, history.summary)
    isCut = history.forgottenUntil.map { $0 >= from } ?? false
    var durations: [Interval] = []
    let first = history.alerts.partition { $0.firedAt >= from }
    for alert in history.alerts.suffix(from: first) {
      if alert.firedAt >= to { break }
      fired += 1
      calls += alert.calls
      if alert.paged { paged += 1 }
      if alert.acknowledgedWithoutAction { acknowledgedWithoutAction += 1 }
      if alert.resolvedItself { resolvedItself += 1 }
      if alert.hasRefired { refired += 1 }
      if let actionable = alert.actionable {
        if actionable { judgedActionable += 1 } else { judgedNotActionable += 1 }
      }
      if let resolved = alert.resolvedAt { durations.append(resolved - alert.firedAt) }
    }
    duration = Spread(durations)
  }
}
