import Base
import Events
import Journal

/// What is to be done when shares of an error budget are used up: an organisation's answer to a burn that no alert of
/// minutes covers.
public struct BudgetPolicy: Hashable, Sendable {
  public struct Step: Hashable, Sendable {
    /// The share of the budget that is used: 0.75. Above 1 for an overspent one.
    public var consumed: Double
    public var action: BudgetAction
    /// What people are told with it.
    public var note: String?

    public init(consumed: Double, action: BudgetAction, note: String? = nil) {
      self.consumed = consumed
      self.action = action
      self.note = note
    }
  }

  public var name: String
  /// The ids of its SLOs.
  public var slos: Set<String>
  public var steps: [Step]

  public init(name: String, slos: Set<String>, steps: [Step]) {
    self.name = name
    self.slos = slos
    self.steps = steps
  }

  /// Reported for every SLO without a policy.
  public static let standardSteps = [0.5, 0.75, 0.9, 1]

  /// The shares of an SLO's budget whose use is reported, ascending: those of its policies, or the standard ones.
  public static func steps(of slo: String, among policies: [BudgetPolicy]) -> [Double] {
    let own = policies.filter { $0.slos.contains(slo) }.flatMap { $0.steps.map(\.consumed) }
    return own.isEmpty ? standardSteps : Set(own).sorted()
  }
}

/// Which shares of the budgets were used up, what their policies asked for, and which months are closed.
public struct Budgets: Fold, Codable {
  public static let name = "budgets"
  public static let version = 1
  /// Closed months kept of an SLO.
  static let months = 36
  /// Requests of policies kept.
  static let requests = 500

  public struct Budget: Codable, Sendable {
    /// The steps that are reached, ascending.
    public var steps: [Double] = []
    /// The start of the calendar's period that they are of.
    public var stepsOf: Instant?
    /// What policies asked for at steps that are reached.
    public var open: [BudgetPolicyRequested] = []
    /// Oldest first.
    public var months: [ClosedMonth] = []
  }

  /// A month that is over, as it was counted.
  public struct ClosedMonth: Codable, Sendable, Hashable {
    public var period: PeriodClosed
    public var closedAt: Instant
  }

  /// Something that a budget policy asked for.
  public struct Request: Codable, Sendable {
    public var slo: String
    public var at: Instant
    public var request: BudgetPolicyRequested
  }

  public private(set) var bySLO = Sharded<String, Budget>()
  /// Oldest first.
  public private(set) var requested: [Request] = []

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard event.subject.kind == "slo" else { return }
    let slo = String(event.subject.id)
    if let reached = try event.payload(BudgetStepReached.self) {
      var budget = bySLO[slo] ?? Budget()
      budget.steps = (budget.steps.filter { $0 != reached.consumed } + [reached.consumed]).sorted()
      budget.stepsOf = reached.periodStart
      bySLO[slo] = budget
    } else if let rearmed = try event.payload(BudgetStepRearmed.self) {
      bySLO[slo]?.steps.removeAll { $0 == rearmed.consumed }
    } else if let closed = try event.payload(PeriodClosed.self) {
      bySLO[slo, default: Budget()].months.append(ClosedMonth(period: closed, closedAt: event.time))
      if bySLO[slo]!.months.count > Self.months { bySLO[slo]!.months.removeFirst() }
    } else if let request = try event.payload(BudgetPolicyRequested.self) {
      bySLO[slo, default: Budget()].open.append(request)
      requested.append(Request(slo: slo, at: event.time, request: request))
      if requested.count > Self.requests { requested.removeFirst() }
    } else if let withdrawn = try event.payload(BudgetPolicyWithdrawn.self) {
      bySLO[slo]?.open.removeAll {
        $0.policy == withdrawn.policy && $0.consumed == withdrawn.consumed && $0.action == withdrawn.action
      }
    }
  }

  /// Journals the steps that an evaluation found crossed, but for those on record.
  public func observe(
    _ transitions: [StepTransition], of slo: String, service: String, status: ObjectiveReading,
    into emitter: inout Emitter
  ) {
    let subject = Subject("slo", slo)
    let known = bySLO[slo]?.steps ?? []
    // Those that count anew first: in a new period the same step may be reached at once.
    var rearmed: Set<Double> = []
    for case .rearmed(let step) in transitions where known.contains(step) {
      rearmed.insert(step)
      emitter.emit(
        BudgetStepRearmed(service: service, consumed: step, budgetLeft: status.budgetLeft), on: subject)
    }
    for case .reached(let step) in transitions where !known.contains(step) || rearmed.contains(step) {
      emitter.emit(
        BudgetStepReached(
          service: service, consumed: step, budgetLeft: status.budgetLeft, periodStart: status.calendar?.lowerBound),
        on: subject)
    }
  }
}
