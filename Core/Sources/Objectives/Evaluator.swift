import Base
import Ledger

/// Judges all SLOs in one pass.
///
/// Nearly all SLOs are quiet nearly always: no rule is near its factor, nothing is open, no step of the budget is
/// crossed. A pass over flat arrays finds those that are not, and only they go through the full judgement. Both say the
/// same; the pass only leaves out what would change nothing.
public struct Evaluator: Sendable {
  public let objectives: [Objective]
  var index: [String: Int] = [:]
  var contexts: [ObjectiveContext] = []
  private var memories: [ObjectiveMemory] = []
  /// What the pass looks at of each objective, in the order of the objectives.
  private var watches: [Watch] = []
  private var shapes: [Shape] = []
  /// By objective, of those that the pass can read.
  private var shapeOf: [Int] = []
  /// Composite ones, which the pass cannot read.
  private var apart: [Int] = []
  /// Those that the last evaluation judged in full.
  private var awake: [Int] = []

  /// Objectives that ask for the same windows.
  private struct Shape {
    var windows: [Interval]
    /// Places in `windows`.
    var pairs: [(long: Int, short: Int)]
    /// `nil` for calendar windows.
    var period: Int?
    var members: [Int] = []
    var slots: [SLISlot] = []
    /// A rule after the other, an objective after the other.
    var factors: [Double] = []
    var budgets: [Double] = []
  }

  private struct Watch {
    /// Something is open, or the pass cannot read it: it is judged every time.
    var isAwake = false
    /// The lowest share of the budget that would be news.
    var above = Double.infinity
    /// Below this share a step counts anew.
    var below = -Double.infinity
    /// When the calendar's period ends.
    var periodEnd = Instant.distantFuture
    var periodStart = Instant.distantPast
    var noDataAfter = Interval(nanoseconds: .max)
    var watchedSince = Instant.distantPast
  }

  /// Compiles the objectives for a ledger in which their SLIs are registered.
  ///
  /// - Parameters:
  ///   - zones: finds the zones of calendars; one that is not found is read as UTC.
  ///   - steps: the shares of the budget whose use is reported for an objective.
  ///   - old: the evaluator before, whose memory of objectives that stay is kept.
  ///   - remember: what the journal knows of an objective that `old` does not have.
  public init(
    _ objectives: [Objective], in ledger: Ledger, zones: (String) -> Zone? = { _ in nil },
    steps: (Objective) -> [Double] = { _ in BudgetPolicy.standardSteps }, keeping old: Evaluator? = nil,
    remember: (Objective) -> ObjectiveMemory = { _ in ObjectiveMemory() }
  ) {
    self.objectives = objectives
    index = Dictionary(objectives.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    contexts = objectives.map { objective in
      var context = ObjectiveContext(steps: steps(objective))
      if case .calendar(let window) = objective.window { context.zone = zones(window.zone) ?? .utc }
      context.members = objective.composite.compactMap { member in
        guard let place = index[member.id], objectives[place].composite.isEmpty else { return nil }
        return (objectives[place], member.weight)
      }
      return context
    }
    memories = objectives.map { old?.memory(of: $0.id) ?? remember($0) }
    watches = Array(repeating: Watch(), count: objectives.count)
    bind(to: ledger)
    for place in objectives.indices { watch(place) }
  }

  /// What the evaluations so far left of an objective.
  public func memory(of id: String) -> ObjectiveMemory? { index[id].map { memories[$0] } }

  /// Forgets what evaluations left: the commit of one failed, and the journal knows better.
  public mutating func forget(_ remember: (Objective) -> ObjectiveMemory) {
    for place in objectives.indices {
      memories[place] = remember(objectives[place])
      watch(place)
    }
  }

  /// Leaves these ranges out of the budgets from now on, by id; sorted and without overlaps (`merged`).
  public mutating func exclude(_ ranges: [String: [Range<Instant>]]) {
    for place in objectives.indices {
      let new = ranges[objectives[place].id] ?? []
      guard contexts[place].excluded != new else { continue }
      contexts[place].excluded = new
      watch(place)
    }
  }

  /// What judging an objective takes besides the ledger; `nil` for one that is not judged.
  public func context(of id: String) -> ObjectiveContext? { index[id].map { contexts[$0] } }

  /// What is left out of an objective's budget.
  public func excluded(from id: String) -> [Range<Instant>] { index[id].map { contexts[$0].excluded } ?? [] }

  // MARK: Compiling

  private mutating func bind(to ledger: Ledger) {
    var places: [String: Int] = [:]
    shapeOf = Array(repeating: 0, count: objectives.count)
    for (place, objective) in objectives.enumerated() {
      guard objective.composite.isEmpty, let slot = ledger.slot(of: objective.sli) else {
        apart.append(place)
        continue
      }
      contexts[place].slot = slot
      let isCalendar = objective.window != .rolling
      let name =
        "\(isCalendar ? 0 : objective.period.nanoseconds) "
        + objective.rules.map { "\($0.long.nanoseconds)/\($0.short.nanoseconds)" }.joined(separator: " ")
      let shape = places[name] ?? shapes.count
      if shape == shapes.count {
        shapes.append(Self.shape(of: objective, isCalendar: isCalendar))
        places[name] = shape
      }
      shapeOf[place] = shape
      shapes[shape].members.append(place)
      shapes[shape].slots.append(slot)
      shapes[shape].factors += objective.rules.map(\.factor)
      shapes[shape].budgets.append(objective.budget)
    }
  }

  private static func shape(of objective: Objective, isCalendar: Bool) -> Shape {
    var windows: [Interval] = []
    func place(_ window: Interval) -> Int {
      if let known = windows.firstIndex(of: window) { return known }
      windows.append(window)
      return windows.count - 1
    }
    let pairs = objective.rules.map { (long: place($0.long), short: place($0.short)) }
    let period = isCalendar ? nil : place(objective.period)
    return Shape(windows: windows, pairs: pairs, period: period)
  }

  /// Works out when an objective has to be judged.
  private mutating func watch(_ place: Int) {
    let (objective, context, memory) = (objectives[place], contexts[place], memories[place])
    var watch = Watch()
    watch.isAwake = !memory.isQuiet || !context.excluded.isEmpty || memory.watchedSince == nil
    watch.above = min(1, context.steps.first { !memory.steps.contains($0) } ?? 1)
    if let top = memory.steps.last {
      watch.below = objective.window == .rolling ? top - Hysteresis.step : -.infinity
      if memory.steps.contains(where: { !context.steps.contains($0) }) { watch.isAwake = true }
    }
    watch.noDataAfter = objective.noDataAfter ?? Interval(nanoseconds: .max)
    watch.watchedSince = memory.watchedSince ?? .distantPast
    if case .calendar(let window) = objective.window {
      watch.periodEnd = .distantPast
      if let start = memory.stepsOf {
        let period = window.period(containing: start) { _ in context.zone }
        (watch.periodStart, watch.periodEnd) = (period.lowerBound, period.upperBound)
      }
    }
    watches[place] = watch
  }

  // MARK: Evaluating

  /// Judges all objectives.
  ///
  /// - Returns: those of which the journal has something to learn, in the order of the objectives.
  public mutating func evaluate(in ledger: Ledger, now: Instant) -> [Evaluation] {
    awake = apart
    for shape in shapes.indices { sweep(shape, ledger, now) }
    var news: [Evaluation] = []
    var plans: [(shape: Int, plan: WindowPlan)] = []
    for place in awake.sorted() {
      let evaluation = judge(
        objectives[place], in: ledger, now: now, after: memories[place], context: contexts[place],
        known: readAhead(place, ledger, now, &plans))
      if memories[place] != evaluation.memory {
        memories[place] = evaluation.memory
        watch(place)
      }
      guard evaluation.isNews else { continue }
      news.append(
        evaluation.detailed(objectives[place], in: ledger, now: now, context: contexts[place]))
    }
    return news
  }

  /// The windows of an objective that is judged in full, read by the plan of those that are judged at the same time.
  private func readAhead(
    _ place: Int, _ ledger: Ledger, _ now: Instant, _ plans: inout [(shape: Int, plan: WindowPlan)]
  ) -> BurnReader.Known? {
    guard let slot = contexts[place].slot, let at = ledger.evaluationTime(slot, now: now) else { return nil }
    let shape = shapeOf[place]
    var index = plans.indices.suffix(64).last { plans[$0].shape == shape && plans[$0].plan.serves(at) }
    if index == nil {
      index = plans.count
      plans.append((shape, ledger.plan(shapes[shape].windows, at: at)))
    }
    return BurnReader.Known(windows: shapes[shape].windows, counts: ledger.read(slot, plans[index!].plan))
  }

  /// How many objectives the last evaluation had to judge in full.
  public var awakeCount: Int { awake.count }

  /// Looks at every member of a shape, and notes those that must be judged.
  private mutating func sweep(_ index: Int, _ ledger: Ledger, _ now: Instant) {
    let shape = shapes[index]
    let groups = group(shape, ledger, now)
    withUnsafeTemporaryAllocation(of: WindowCount.self, capacity: shape.windows.count) { counts in
      counts.initialize(repeating: WindowCount(good: 0, total: 0, covered: 0))
      for group in groups {
        for (member, at) in group.members {
          ledger.read(shape.slots[member], group.plan, into: counts)
          if isLoud(shape, member, counts) || isStepCrossed(shape, member, counts, at, ledger) {
            awake.append(shape.members[member])
          }
        }
      }
    }
  }

  private struct Group {
    var plan: WindowPlan
    var members: [(member: Int, at: Instant)] = []
  }

  /// The members that are not judged in any case, by the plan that serves them. Watermarks lie within two minutes of
  /// each other, so there are a dozen plans; read one plan after the other, the ledger's rows are gone through in
  /// order, which is several times faster than going from one to the other and back.
  private mutating func group(_ shape: Shape, _ ledger: Ledger, _ now: Instant) -> [Group] {
    var groups: [Group] = []
    var last = 0
    for (member, slot) in shape.slots.enumerated() {
      let place = shape.members[member]
      let newest = ledger.lastSample(slot) ?? .distantPast
      if watches[place].isAwake || now - max(newest, watches[place].watchedSince) >= watches[place].noDataAfter {
        awake.append(place)
        continue
      }
      guard let at = ledger.evaluationTime(slot, now: now) else { continue }
      if last >= groups.count || !groups[last].plan.serves(at) {
        // Windows of odd lengths share no plans; looking through all of them then would be in vain.
        last = groups.indices.suffix(64).first { groups[$0].plan.serves(at) } ?? groups.count
        if last == groups.count { groups.append(Group(plan: ledger.plan(shape.windows, at: at))) }
      }
      groups[last].members.append((member, at))
    }
    return groups
  }

  /// Whether a rule is at its factor. A hair below counts too: it costs a judgement.
  private func isLoud(_ shape: Shape, _ member: Int, _ counts: UnsafeMutableBufferPointer<WindowCount>) -> Bool {
    // A calendar's factors follow its period by a tenth at most; the full judgement takes them exactly.
    let level = shape.budgets[member] * (shape.period == nil ? 0.85 : 0.999)
    let base = member * shape.pairs.count
    for index in shape.pairs.indices {
      let pair = shape.pairs[index]
      let least = shape.factors[base + index] * level
      if counts[pair.long].badShare >= least, counts[pair.short].badShare >= least, counts[pair.long].total > 0 {
        return true
      }
    }
    return false
  }

  private func isStepCrossed(
    _ shape: Shape, _ member: Int, _ counts: UnsafeMutableBufferPointer<WindowCount>, _ at: Instant, _ ledger: Ledger
  ) -> Bool {
    let watch = watches[shape.members[member]]
    let share: Double
    if let period = shape.period {
      share = counts[period].badShare
    } else {
      let (from, to) = (watch.periodStart, watch.periodEnd)
      guard at >= from, at < to else { return true }
      share = ledger.count(shape.slots[member], from: from, to: at).badShare * ((at - from) / (to - from))
    }
    let consumed = share / shape.budgets[member]
    return consumed >= watch.above * 0.999 || consumed < watch.below * 1.001
  }

  // MARK: Reading

  /// An objective as it stands, with all that pages show.
  public func reading(of id: String, in ledger: Ledger, now: Instant) -> ObjectiveReading? {
    index[id].map { reading(at: $0, in: ledger, now: now) }
  }

  /// All objectives as they stand, in their order.
  public func readings(in ledger: Ledger, now: Instant) -> [ObjectiveReading] {
    objectives.indices.map { reading(at: $0, in: ledger, now: now) }
  }

  private func reading(at place: Int, in ledger: Ledger, now: Instant) -> ObjectiveReading {
    // What is open is what the last evaluation said: a reading opens and closes nothing.
    let evaluation = Objectives.evaluate(
      objectives[place], in: ledger, now: now, after: memories[place], context: contexts[place])
    var status = evaluation.status
    status.openAlerts = memories[place].alerts
    status.isDataMissing = memories[place].isDataMissing
    return status
  }
}
