import Base
import Ledger
import Objectives

/// SLOs on the services of `Traffic`, counted in a ledger and judged as the server does it.
struct Fleet {
  /// The windows that Sloth's rules and ours ask for, the period last.
  static let windows: [Interval] = [
    .minutes(5), .minutes(30), .hours(1), .hours(2), .hours(6), .days(1), .days(3), .days(30),
  ]
  static let target = 0.999

  let objectives: [Objective]
  private(set) var ledger: Ledger
  private var slots: [SLISlot] = []
  private var series: [SeriesID] = []
  private var evaluator: Evaluator

  /// Takes the SLOs as they would be written, and finds out what each series counts towards.
  init(services: Int, at now: Instant) {
    objectives = (0..<services).map(Self.objective)
    var limits = LedgerLimits()
    limits.series = max(limits.series, services * Traffic.seriesPerService)
    ledger = Ledger(limits: limits)
    ledger.register(objectives.map(\.definition), at: now)
    evaluator = Evaluator(objectives, in: ledger)
    for objective in objectives {
      guard let slot = ledger.slot(of: objective.sli) else { preconditionFailure("no place for \(objective.id)") }
      slots.append(slot)
    }
  }

  private static func objective(_ service: Int) -> Objective {
    let name = Traffic.name(service)
    let spec = ObjectiveSpec(
      id: name, service: name, target: target, period: .days(30),
      bad: #"http_requests_total{service="\#(name)",code=~"(5..|429)"}"#,
      total: #"http_requests_total{service="\#(name)"}"#)
    guard let objective = ObjectiveCompiler.compile(spec).objective else {
      preconditionFailure("the SLO of \(name) does not compile")
    }
    return objective
  }

  /// Makes the series known; afterwards they may be counted.
  mutating func addSeries() {
    // A matcher of each service's own: what finding them together costs belongs to intake.
    for (service, objective) in objectives.enumerated() {
      let matcher = SeriesMatcher([objective])
      for index in 0..<Traffic.seriesPerService {
        let (code, pod) = Traffic.labels(index)
        let labels = LabelSet(
          metric: "http_requests_total",
          ["service": Traffic.name(service), "code": code, "pod": pod, "instance": "fleet", "job": "slo"])
        guard let id = ledger.intern(labels.key, targets: matcher.targets(of: labels)) else {
          preconditionFailure("the ledger takes no more series")
        }
        series.append(id)
      }
    }
  }

  /// Counts all series as they are at the traffic's tick.
  mutating func count(_ traffic: Traffic) {
    let time = traffic.time
    for (index, value) in traffic.values.enumerated() {
      ledger.ingest(series[index], CounterSample(time: time, value: Double(value)), now: time)
    }
  }

  /// Counts a sample of the first series alone.
  mutating func countOne(at time: Instant) {
    ledger.ingest(series[0], CounterSample(time: time, value: 0), now: time)
  }

  /// Judges every SLO once. Answers how many have something to tell, so that nothing can be left out.
  mutating func evaluate(now: Instant) -> Int {
    evaluator.evaluate(in: ledger, now: now).count
  }

  /// How many SLOs the last evaluation judged in full; the others were seen to be as quiet as before.
  var awake: Int { evaluator.awakeCount }

  /// Reads all windows of all SLOs and judges nothing. Answers the sum of the shares, so that none can be left out.
  func readWindows(now: Instant) -> Double {
    var (sum, plan) = (0.0, ledger.plan(Self.windows, at: now))
    withUnsafeTemporaryAllocation(of: WindowCount.self, capacity: Self.windows.count) { counts in
      counts.initialize(repeating: WindowCount(good: 0, total: 0, covered: 0))
      for slot in slots {
        guard let at = ledger.evaluationTime(slot, now: now) else { continue }
        if !plan.serves(at) { plan = ledger.plan(Self.windows, at: at) }
        ledger.read(slot, plan, into: counts)
        for count in counts { sum += count.badShare }
      }
    }
    return sum
  }

  /// The share of bad events of a service over a window, and the edges between which it was counted.
  func badShare(_ service: Int, _ window: Interval, now: Instant) -> (share: Double, from: Instant, to: Instant)? {
    guard let slot = ledger.slot(of: objectives[service].sli), let at = ledger.evaluationTime(slot, now: now) else {
      return nil
    }
    let count = ledger.window(slot, window, at: at)
    let (from, to) = ledger.edges(window, at: at)
    return (count.total > 0 ? count.bad / count.total : 0, from, to)
  }
}
