import Base
import Events
import Journal

/// What one evaluation found of one SLO.
public struct BurnObservation: Sendable {
  public struct Firing: Sendable {
    public var pair: BurnPair
    /// Burn rates over its two windows.
    public var long: Double
    public var short: Double
    public init(pair: BurnPair, long: Double, short: Double) {
      self.pair = pair
      self.long = long
      self.short = short
    }
  }

  public var slo: String
  public var service: String
  /// The pairs above their factor.
  public var firing: [Firing]
  /// The share of the budget left; `nil` where there is no data to say.
  public var budgetLeft: Double?

  public init(slo: String, service: String, firing: [Firing], budgetLeft: Double?) {
    self.slo = slo
    self.service = service
    self.firing = firing
    self.budgetLeft = budgetLeft
  }
}

/// Which burns have been journalled as begun: what makes an evaluation's result an event only when it changes.
public struct Burns: Fold, Codable {
  public static let name = "burns"
  public static let version = 1

  public struct Burn: Codable, Sendable {
    public var pairs: [BurnPair] = []
    public var exhausted = false
    /// When the first of the pairs began to fire.
    public var since: Instant?
  }

  public private(set) var bySLO = Sharded<String, Burn>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard event.subject.kind == "slo" else { return }
    let slo = String(event.subject.id)
    var burn = bySLO[slo] ?? Burn()
    if let started = try event.payload(BurnStarted.self) {
      burn.pairs.append(started.pair)
      burn.since = burn.since ?? event.time
    } else if let ended = try event.payload(BurnEnded.self) {
      burn.pairs.removeAll { $0 == ended.pair }
      if burn.pairs.isEmpty { burn.since = nil }
    } else if event.type == BudgetExhausted.type {
      burn.exhausted = true
    } else if event.type == BudgetRestored.type {
      burn.exhausted = false
    }
    bySLO[slo] = burn.pairs.isEmpty && !burn.exhausted ? nil : burn
  }

  /// Journals what changed between the burns on record and an observation.
  public func observe(_ observation: BurnObservation, into emitter: inout Emitter) {
    let burn = bySLO[observation.slo] ?? Burn()
    let subject = Subject("slo", observation.slo)
    let left = observation.budgetLeft ?? 1
    for firing in observation.firing where !burn.pairs.contains(firing.pair) {
      emitter.emit(
        BurnStarted(
          service: observation.service, pair: firing.pair, long: firing.long, short: firing.short, budgetLeft: left),
        on: subject)
    }
    for pair in burn.pairs where !observation.firing.contains(where: { $0.pair == pair }) {
      emitter.emit(BurnEnded(service: observation.service, pair: pair, budgetLeft: left), on: subject)
    }
    guard let budget = observation.budgetLeft else { return }
    if budget <= 0, !burn.exhausted {
      emitter.emit(BudgetExhausted(service: observation.service), on: subject)
    } else if budget > 0.01, burn.exhausted {
      // A hundredth of slack, so that a budget that hovers at its end is not reported again and again.
      emitter.emit(BudgetRestored(service: observation.service, budgetLeft: budget), on: subject)
    }
  }
}

extension BurnRule {
  /// The rule as events name it.
  public var pair: BurnPair {
    BurnPair(urgency: severity == .page ? .page : .ticket, long: long, short: short, factor: factor)
  }
}
