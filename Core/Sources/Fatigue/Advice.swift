import Base
import Events

/// What could be done about a rule, why, and what it would have done.
public struct Advice: Sendable {
  public var change: RuleChange
  /// Why, in figures.
  public var reason: String
  public var replay: Replay
}

/// Finds what would make a rule quieter. It says nothing about rules that fired too seldom.
public struct Adviser {
  private let book: AlertBook
  private let since: Instant
  private let now: Instant
  /// What grouping would do is the same for all rules of a service: it is tried once.
  private var grouped: [String: Advice?] = [:]

  /// - Parameter since: what is tried on the past is tried from here on.
  public init(_ book: AlertBook, since: Instant, now: Instant) {
    (self.book, self.since, self.now) = (book, since, now)
  }

  /// Fewer alerts than this within the range are no ground for advice.
  public static let minimum = 10
  /// Fewer judgements than this say nothing about a rule.
  public static let judgedMinimum = 5
  /// Below this share of actionable alerts a rule does not deserve to wake anybody.
  static let actionableMin = 0.2
  /// Lengths that a rule may be told to wait.
  static let holds: [Interval] = [.minutes(2), .minutes(5), .minutes(10), .minutes(15), .minutes(30), .hours(1)]
  static let groupWindows: [Interval] = [.minutes(1), .minutes(5), .minutes(10)]

  /// All advice for a rule that called people, the one that spares most calls first. Nothing that would have missed an
  /// alert that somebody found worth their time, unless most of the judged ones were not.
  public mutating func advice(for noise: RuleNoise) -> [Advice] {
    guard noise.fired >= Self.minimum, noise.paged >= Self.minimum else { return [] }
    let (book, since, now) = (self.book, self.since, self.now)
    func replay(_ change: RuleChange) -> Replay {
      Replay(book.alerts(of: noise.key, touchedBy: change, since: since), of: change, now: now)
    }
    var advice: [Advice] = []
    if noise.judged >= Self.judgedMinimum, noise.judgedActionable == 0 {
      advice.append(
        Advice(
          change: .remove, reason: "none of the \(noise.judged) that people judged was actionable",
          replay: replay(.remove)))
    }
    let idle = Double(noise.acknowledgedWithoutAction + noise.resolvedItself) / Double(noise.fired)
    let isWorthIt = noise.judged >= Self.judgedMinimum && (noise.actionableShare ?? 0) >= Self.actionableMin
    if let share = noise.actionableShare, noise.judged >= Self.judgedMinimum, share < Self.actionableMin {
      advice.append(
        Advice(
          change: .ticket,
          reason: "\(noise.judgedActionable) of the \(noise.judged) that people judged were actionable",
          replay: replay(.ticket)))
    } else if idle >= 0.8, !isWorthIt {
      advice.append(
        Advice(
          change: .ticket,
          reason: "\(noise.acknowledgedWithoutAction + noise.resolvedItself) of \(noise.fired) ended by themselves, "
            + "and nobody said that there was anything to do", replay: replay(.ticket)))
    }
    if let hold = Self.hold(noise, replay) { advice.append(hold) }
    if let group = group(noise) { advice.append(group) }
    return advice.filter { $0.replay.callsAfter < $0.replay.callsBefore }
      .enumerated().sorted { ($0.element.replay.callsAfter, $0.offset) < ($1.element.replay.callsAfter, $1.offset) }
      .map(\.element)
  }

  /// The shortest wait that would have spared half of the pages and missed nothing.
  private static func hold(_ noise: RuleNoise, _ replay: (RuleChange) -> Replay) -> Advice? {
    for wait in holds {
      let result = replay(.hold(wait))
      guard result.missed.isEmpty else { return nil }
      if result.pagedAfter * 2 <= result.pagedBefore {
        return Advice(
          change: .hold(wait),
          reason: "\(result.pagedBefore - result.pagedAfter) of \(result.pagedBefore) were over within \(wait.text)",
          replay: result)
      }
    }
    return nil
  }

  /// The shortest window in which a third of the service's pages would have been one with another.
  private mutating func group(_ noise: RuleNoise) -> Advice? {
    let service = noise.rule.service ?? ""
    if let known = grouped[service] { return known }
    // A rule without a service is grouped with itself alone.
    let alerts = book.alerts(of: noise.key, touchedBy: .group(.zero), since: since)
    var found: Advice?
    for window in Self.groupWindows where found == nil {
      let result = Replay(alerts, of: .group(window), now: now)
      guard result.pagedAfter * 3 <= result.pagedBefore * 2 else { continue }
      found = Advice(
        change: .group(window),
        reason: "\(result.pagedBefore - result.pagedAfter) of the service's \(result.pagedBefore) pages came within "
          + "\(window.text) of another", replay: result)
    }
    if !service.isEmpty { grouped[service] = .some(found) }
    return found
  }
}
