import Base
import Events
import Journal

/// A change of an alert rule that is tried on the past.
public enum RuleChange: Sendable, Hashable, Codable {
  /// The condition has to hold for so long before anybody is called.
  case hold(Interval)
  /// Waits for working hours instead of calling somebody now.
  case ticket
  /// Alerts of the service that fire within so long of the first join it.
  case group(Interval)
  /// Nobody is told any more.
  case remove
}

/// What a change would have done to the alerts of the past.
public struct Replay: Sendable {
  /// Alerts that called somebody, as it was and as it would have been.
  public var pagedBefore = 0
  public var pagedAfter = 0
  /// Calls of people, likewise.
  public var callsBefore = 0
  public var callsAfter = 0
  /// Alerts that somebody found worth their time and that would have called nobody; or later, where `delay` says so.
  public var missed: [ULID] = []
  /// Alerts that people judged worth their time, of those that paged.
  public var actionable = 0
  /// How much later those that still call somebody would have.
  public var delay = Interval.zero

  /// Applies a change to the alerts of one rule.
  ///
  /// - Parameter alerts: of the rule and, where the change groups, of its whole service; oldest first.
  public init(_ alerts: [AlertRecord], of change: RuleChange, now: Instant) {
    if case .hold(let interval) = change { delay = interval }
    var leader: Instant?
    for alert in alerts where alert.paged {
      pagedBefore += 1
      callsBefore += alert.calls
      if alert.actionable == true { actionable += 1 }
      let calls: Bool
      switch change {
      case .hold(let interval):
        // Somebody who resolved it early would not have known of it: what counts is whether it went on.
        calls = (alert.resolvedAt ?? max(now, alert.firedAt + interval)) - alert.firedAt >= interval
      case .ticket, .remove: calls = false
      case .group(let window):
        calls = leader.map { alert.firedAt - $0 >= window } ?? true
        if calls { leader = alert.firedAt }
      }
      if calls {
        pagedAfter += 1
        callsAfter += alert.calls
      } else if alert.actionable == true, !change.joins {
        missed.append(alert.id)
      }
    }
  }

  /// Folds the events of alerts into the records that a replay takes, by rule.
  public static func book(of events: [Event]) throws -> AlertBook {
    var book = AlertBook()
    for event in events { try book.apply(event) }
    return book
  }
}

extension RuleChange {
  /// What joins an alert is shown and acknowledged with it: nothing is missed.
  var joins: Bool { if case .group = self { true } else { false } }
}

extension AlertBook {
  /// The alerts that paged and that a change of a rule would touch, from an instant on, oldest first.
  public func alerts(of key: String, touchedBy change: RuleChange, since: Instant) -> [AlertRecord] {
    guard let history = rules[key] else { return [] }
    func recent(_ history: RuleHistory) -> [AlertRecord] {
      history.alerts.suffix(from: history.alerts.partition { $0.firedAt >= since }).filter(\.paged)
    }
    guard change.joins, let service = history.rule.service else { return recent(history) }
    return ruleKeys.compactMap { rules[$0] }.filter { $0.rule.service == service }.flatMap(recent)
      .sorted { $0.id < $1.id }
  }
}
