import Base
import Events

/// How long incidents took over a range: distributions, never a mean.
public struct FiguresReport: Sendable {
  /// Below this many a middle value says less than the values themselves.
  public static let medianMinimum = 5
  /// Below this many on either side nothing is said about a change.
  public static let trendMinimum = 20
  /// A change is told when chance alone makes one as great less often than this.
  public static let significance = 0.05

  public let from: Instant
  public let to: Instant
  /// The incidents that began in the range, oldest first.
  public let incidents: [IncidentRecord]
  /// Of all of them, in the order of `Measure.allCases`.
  public let measures: [MeasureFigures]
  /// By what they were told apart, worst or first first; incidents that belong to no group stand last without a name.
  public let groups: [Group]

  /// One group's figures.
  public struct Group: Sendable {
    public let name: String?
    public let incidents: Int
    public let open: Int
    public let measures: [MeasureFigures]
  }

  public var open: Int { incidents.count { $0.isOpen } }

  public func figures(_ measure: Measure) -> MeasureFigures {
    measures.first { $0.measure == measure } ?? MeasureFigures(measure, [])
  }

  /// - Parameters:
  ///   - records: what may be counted for the reader, in any order; merged incidents are left to the one that took
  ///     them over.
  ///   - from, to: the incidents that began in this range, `to` not included; the trend compares them with those of
  ///     the range of the same length before.
  ///   - place: where a service stands.
  public init(
    _ records: [IncidentRecord], from: Instant, to: Instant, filter: FigureFilter = FigureFilter(),
    by grouping: Grouping? = nil, place: (String) -> Placement
  ) {
    let counted = records.filter { record in
      record.mergedInto == nil && record.start < to && record.start >= from - (to - from)
        && filter.fits(record, place)
    }.sorted { ($0.start, $0.id) < ($1.start, $1.id) }
    let now = counted.filter { $0.start >= from }
    let before = counted.filter { $0.start < from }
    (self.from, self.to, incidents) = (from, to, now)
    measures = Self.compared(
      Measure.allCases.map { MeasureFigures($0, now) }, Measure.allCases.map { MeasureFigures($0, before) })
    groups = grouping.map { Self.groups(now, by: $0, place) } ?? []
  }

  private static func compared(_ now: [MeasureFigures], _ before: [MeasureFigures]) -> [MeasureFigures] {
    let tests = zip(now, before).map { now, before in
      now.isEnoughForTrend && before.isEnoughForTrend ? RankTest(now.spread.values, before.spread.values) : nil
    }
    var adjusted = RankTest.holm(tests.compactMap { $0?.p })[...]
    return zip(zip(now, before), tests).map { pair, test in
      let earlier = pair.1
      var figures = pair.0
      let side = Trend.Side(count: earlier.spread.count, pending: earlier.pending, median: earlier.spread.median)
      let p = test == nil ? nil : adjusted.popFirst()
      figures.trend = Trend(before: side, verdict: verdict(figures, earlier, test, p))
      return figures
    }
  }

  private static func verdict(
    _ now: MeasureFigures, _ before: MeasureFigures, _ test: RankTest?, _ p: Double?
  ) -> Trend.Verdict {
    for side in [now, before] where side.spread.count < trendMinimum { return .tooFew }
    for side in [now, before] where !side.isEnoughForTrend { return .tooManyPending }
    guard let test, let p else { return .noDifference(p: 1) }
    guard p < significance else { return .noDifference(p: p) }
    return test.z > 0 ? .longer(p: p) : .shorter(p: p)
  }

  private static func groups(
    _ records: [IncidentRecord], by grouping: Grouping, _ place: (String) -> Placement
  ) -> [Group] {
    var members: [String: [IncidentRecord]] = [:]
    var rest: [IncidentRecord] = []
    for record in records {
      let names = grouping.names(record, place)
      for name in names { members[name, default: []].append(record) }
      if names.isEmpty { rest.append(record) }
    }
    let named = members.keys.sorted { one, other in
      grouping == .tier ? (Int(one) ?? .max, one) < (Int(other) ?? .max, other) : one < other
    }
    return named.map { group($0, members[$0] ?? []) } + (rest.isEmpty ? [] : [group(nil, rest)])
  }

  private static func group(_ name: String?, _ records: [IncidentRecord]) -> Group {
    Group(
      name: name, incidents: records.count, open: records.count { $0.isOpen },
      measures: Measure.allCases.map { MeasureFigures($0, records) })
  }
}

/// One measure over a set of incidents.
public struct MeasureFigures: Sendable {
  public let measure: Measure
  /// The lengths that are known.
  public let spread: Spread
  /// Each incident with its length, longest first.
  public let taken: [(incident: IncidentRecord, length: Interval)]
  /// Open incidents in which it has not happened yet. They are left out, and would be among the longest.
  public let pending: Int
  /// Incidents that do not say when.
  public let unknown: Int
  /// Incidents whose times contradict each other.
  public let outOfOrder: Int
  /// For `mitigate`: incidents without a mitigation of their own, for which the resolution stands in.
  public let standIns: Int
  /// Against the range before; `nil` for groups.
  public internal(set) var trend: Trend?

  public var median: Interval? { spread.count < FiguresReport.medianMinimum ? nil : spread.median }
  /// `nil` below ten.
  public var p90: Interval? { spread.p90 }
  public var slowest: (incident: IncidentRecord, length: Interval)? { taken.first }

  /// Enough lengths, and so few pending ones that leaving them out cannot make the difference.
  var isEnoughForTrend: Bool { spread.count >= FiguresReport.trendMinimum && pending * 10 <= spread.count }

  init(_ measure: Measure, _ records: [IncidentRecord]) {
    var (taken, pending, unknown, outOfOrder, standIns) = ([(IncidentRecord, Interval)](), 0, 0, 0, 0)
    for record in records {
      switch measure.reading(of: record) {
      case .took(let length):
        taken.append((record, length))
        if measure == .mitigate, record.mitigatedAt == nil { standIns += 1 }
      case .pending: pending += 1
      case .unknown: unknown += 1
      case .outOfOrder: outOfOrder += 1
      }
    }
    self.measure = measure
    self.taken = taken.sorted { ($1.1, $0.0.id) < ($0.1, $1.0.id) }
    self.spread = Spread(taken.map(\.1))
    (self.pending, self.unknown, self.outOfOrder, self.standIns) = (pending, unknown, outOfOrder, standIns)
  }
}

/// How a measure compares with the range of the same length before, by a Mann–Whitney U test of the two.
public struct Trend: Sendable, Hashable {
  public enum Verdict: Sendable, Hashable {
    /// Fewer than twenty on one side: too few to say.
    case tooFew
    /// So many incidents of one side are still pending that the others do not stand for all.
    case tooManyPending
    /// Chance alone makes such a difference often enough.
    case noDifference(p: Double)
    case shorter(p: Double)
    case longer(p: Double)
  }

  public struct Side: Sendable, Hashable {
    public let count: Int
    public let pending: Int
    public let median: Interval?
  }

  public let before: Side
  public let verdict: Verdict

  /// The p value, after Holm's correction for the measures that were compared.
  public var p: Double? {
    switch verdict {
    case .tooFew, .tooManyPending: nil
    case .noDifference(let p), .shorter(let p), .longer(let p): p
    }
  }
}
