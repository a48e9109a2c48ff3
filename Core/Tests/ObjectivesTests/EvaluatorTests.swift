import Base
import Definitions
import Ledger
import Testing

@testable import Objectives

/// The pass over all objectives and the judgement of each say the same.
@Suite struct EvaluatorTests {
  /// A company of objectives of every form over one ledger, with traffic that fails now and then.
  struct World {
    var random: SeededGenerator
    var now = Instant(rfc3339: "2026-10-30T22:00:00Z")!
    var ledger = Ledger()
    var objectives: [Objective] = []
    var excluded: [String: [Range<Instant>]] = [:]
    private var series: [(part: SeriesID, total: SeriesID, counts: SLISide)] = []
    private var totals: [(part: Double, total: Double)] = []
    private var failing: [Double] = []

    init(seed: UInt64, count: Int) throws {
      random = SeededGenerator(seed: seed)
      for index in 0..<count { objectives.append(try objective(index)) }
      objectives.append(try composite())
      ledger.register(objectives.sliDefinitions, at: now)
      for objective in objectives where objective.composite.isEmpty {
        let part = ledger.intern(
          LabelSet(metric: "p", ["i": objective.id]).key,
          targets: [SLITarget(id: objective.sli, side: objective.counts)])!
        let total = ledger.intern(
          LabelSet(metric: "t", ["i": objective.id]).key, targets: [SLITarget(id: objective.sli, side: .total)])!
        series.append((part, total, objective.counts))
        totals.append((0, 0))
        failing.append(0)
      }
    }

    private mutating func objective(_ index: Int) throws -> Objective {
      let target = [0.9, 0.99, 0.995, 0.999].randomElement(using: &random)!
      let period = [Interval.days(1), .days(7), .days(28), .days(30)].randomElement(using: &random)!
      let isGood = random.chance(0.4)
      let (compiled, _) = ObjectiveCompiler.compile(
        ObjectiveSpec(
          id: "slo\(index)", service: "s", target: target, period: period, good: isGood ? "p" : nil,
          bad: isGood ? nil : "p", total: "t"))
      var objective = try #require(compiled)
      if random.chance(0.3) {
        let duration = DurationShorthand(1, random.chance(0.5) ? .month : .week)
        objective.window = .calendar(
          CalendarWindow(duration: duration, start: CivilDateTime(isoText: "2026-01-01T00:00")!, zone: "UTC"))
        objective.period = duration.interval
      }
      if random.chance(0.3) { objective.traffic = TrafficGuard(minimumEvents: 500, minimumFailures: 20) }
      if random.chance(0.5) { objective.noDataAfter = .minutes(10) }
      for rule in objective.rules.indices where random.chance(0.1) { objective.rules[rule].hold = .minutes(2) }
      return objective
    }

    private func composite() throws -> Objective {
      var objective = try #require(
        ObjectiveCompiler.compile(.example(target: 0.99, period: .days(30))).objective)
      objective.composite = [CompositeMember(id: "slo0", weight: 2), CompositeMember(id: "slo1", weight: 1)]
      return objective
    }

    /// Half a minute of everybody's traffic.
    mutating func advance() {
      now += .seconds(30)
      for index in series.indices {
        if random.chance(0.02) { failing[index] = [0, 0, 0.002, 0.02, 0.2, 1].randomElement(using: &random)! }
        // Some are silent for a while, some late.
        if (now.seconds / 1_800 + Int64(index)) % 7 == 0 { continue }
        let late = Interval.seconds(Int64(index % 4) * 20)
        let events = Double(Int.random(in: 0...60, using: &random))
        let bad = (events * failing[index]).rounded()
        totals[index].total += events
        totals[index].part += series[index].counts == .good ? events - bad : bad
        ledger.ingest(series[index].total, .init(time: now - late, value: totals[index].total), now: now)
        ledger.ingest(series[index].part, .init(time: now - late, value: totals[index].part), now: now)
      }
      if random.chance(0.01), let objective = objectives.randomElement(using: &random) {
        let from = now - .minutes(Int64.random(in: 5...60, using: &random))
        excluded[objective.id] = ((excluded[objective.id] ?? []) + [from..<from + .minutes(20)]).merged()
      }
    }

    func context(of objective: Objective) -> ObjectiveContext {
      ObjectiveContext(
        members: objective.composite.compactMap { member in
          objectives.first { $0.id == member.id }.map { ($0, member.weight) }
        },
        excluded: excluded[objective.id] ?? [])
    }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>) func thePassAndTheJudgementSayTheSame(seed: UInt64) throws {
    var world = try World(seed: seed, count: 9)
    var evaluator = Evaluator(world.objectives, in: world.ledger)
    var memories = Dictionary(uniqueKeysWithValues: world.objectives.map { ($0.id, ObjectiveMemory()) })
    var news = 0
    for step in 0..<480 {
      world.advance()
      evaluator.exclude(world.excluded)
      let found = Dictionary(
        uniqueKeysWithValues: evaluator.evaluate(in: world.ledger, now: world.now).map { ($0.status.id, $0) })
      for objective in world.objectives {
        let expected = judge(
          objective, in: world.ledger, now: world.now, after: memories[objective.id]!,
          context: world.context(of: objective))
        memories[objective.id] = expected.memory
        let got = found[objective.id]
        news += expected.isNews ? 1 : 0
        #expect((got != nil) == expected.isNews, "seed \(seed) step \(step) \(objective.id)")
        #expect(got == nil || got?.memory == expected.memory, "seed \(seed) step \(step) \(objective.id)")
        #expect(got == nil || got?.alerts.count == expected.alerts.count)
        #expect(got == nil || (got?.steps == expected.steps && got?.data == expected.data))
      }
    }
    // The seeds are not idle: there was something to find.
    #expect(news > 20, "seed \(seed)")
    for objective in world.objectives {
      var (mine, theirs) = (evaluator.memory(of: objective.id)!, memories[objective.id]!)
      // A pass over a quiet objective does not note the period of its steps, where none is reached.
      if mine.steps.isEmpty { (mine.stepsOf, theirs.stepsOf) = (nil, nil) }
      #expect(mine == theirs, "seed \(seed) \(objective.id)")
    }
  }

  /// Without this the pass could leave everything to the full judgement and still be right.
  @Test func quietObjectivesAreNotJudged() throws {
    let start = Instant(seconds: 1_790_000_000)
    let objectives = try (0..<50).map { index in
      var spec = ObjectiveSpec.example(target: 0.999, period: .days(30))
      spec.id = "slo\(index)"
      return try #require(ObjectiveCompiler.compile(spec).objective)
    }
    var ledger = Ledger()
    ledger.register(objectives.sliDefinitions, at: start)
    let ids = objectives.map { objective in
      [SLISide.bad, .total].map { side in
        ledger.intern(
          LabelSet(metric: "\(side)", ["i": objective.id]).key, targets: [SLITarget(id: objective.sli, side: side)])!
      }
    }
    var evaluator = Evaluator(objectives, in: ledger)
    for step in 0..<60 as Range<Int64> {
      let now = start + .minutes(step)
      for (index, id) in ids.enumerated() {
        // The third fails for ten minutes.
        let bad = index == 3 ? Double(min(max(step - 20, 0), 10) * 60) : 0
        ledger.ingest(id[0], .init(time: now, value: bad), now: now)
        ledger.ingest(id[1], .init(time: now, value: Double(step * 60)), now: now)
      }
      let news = evaluator.evaluate(in: ledger, now: now)
      if step == 0 { #expect(evaluator.awakeCount == 50) }
      if step > 1, step < 20 { #expect(evaluator.awakeCount == 0, "minute \(step)") }
      if step == 25 { #expect(evaluator.awakeCount == 1) }
      #expect(news.allSatisfy { $0.status.id == "slo3" })
    }
    #expect(evaluator.memory(of: "slo3")?.alerts == [.ticket])
    // A reload keeps what is open, and forgets what is gone.
    let reloaded = Evaluator(Array(objectives[1...3]), in: ledger, keeping: evaluator)
    #expect(reloaded.memory(of: "slo3") == evaluator.memory(of: "slo3"))
    #expect(reloaded.memory(of: "slo0") == nil)
    #expect(reloaded.reading(of: "slo3", in: ledger, now: start + .minutes(60))?.state == .burning)
  }

  /// The burn rate of a composite is the mean of its members' by their weights: one of weight 3 that burns at 40 and
  /// one of weight 1 that does not burn give 30.
  @Test func aCompositeIsTheWeightedMeanOfItsMembers() throws {
    let start = Instant(seconds: 1_790_000_000)
    func member(_ id: String, _ target: Double) throws -> Objective {
      var spec = ObjectiveSpec.example(target: target, period: .days(30))
      spec.id = id
      return try #require(ObjectiveCompiler.compile(spec).objective)
    }
    let (web, search) = (try member("web", 0.99), try member("search", 0.999))
    var whole = try member("whole", 0.99)
    whole.composite = [CompositeMember(id: "web", weight: 3), CompositeMember(id: "search", weight: 1)]
    var ledger = Ledger()
    ledger.register([web, search, whole].sliDefinitions, at: start)
    #expect(ledger.slot(of: "whole") == nil)
    let ids = ["web", "search"].map { id in
      [SLISide.bad, .total].map { side in
        ledger.intern(LabelSet(metric: "\(side)", ["i": id]).key, targets: [SLITarget(id: id, side: side)])!
      }
    }
    for step in 0..<400 as Range<Int64> {
      let now = start + .seconds(10 * step)
      ledger.ingest(ids[0][0], .init(time: now, value: Double(40 * step)), now: now)
      ledger.ingest(ids[0][1], .init(time: now, value: Double(100 * step)), now: now)
      ledger.ingest(ids[1][0], .init(time: now, value: 0), now: now)
      ledger.ingest(ids[1][1], .init(time: now, value: Double(5 * step)), now: now)
    }
    let now = start + .seconds(3_990)
    var evaluator = Evaluator([web, search, whole], in: ledger)
    let news = evaluator.evaluate(in: ledger, now: now)
    #expect(news.map(\.status.id) == ["web", "whole"])
    let reading = try #require(evaluator.reading(of: "whole", in: ledger, now: now))
    let rates = reading.readings.map { $0.long.map { ($0 * 1_000).rounded() / 1_000 } }
    #expect(rates.first == 30)
    #expect(reading.total == 399 * 105)
    #expect(reading.openAlerts == [.page])
    let alone = try #require(evaluator.reading(of: "web", in: ledger, now: now))
    #expect(abs((1 - reading.budgetLeft) - 0.75 * (1 - alone.budgetLeft)) < 1e-9)
  }
}
