import Base

/// A series of the ledger: an index that stays valid until the series is forgotten.
public struct SeriesID: Hashable, Sendable {
  public let index: Int32

  init(_ index: Int) { self.index = Int32(index) }
}

/// The recent samples of one series, and what it counts towards. Sixteen bytes a sample: a hundred thousand series are
/// remembered at once.
struct Series: Sendable {
  struct Point: Sendable, Equatable {
    var time: Int64
    var value: Double
    /// When the counter began, `Int64.min` where nobody said.
    var created: Int64
    /// `created` is the exposition before this one, not what the sender says: no more than "after that".
    var isInferred = false
  }

  struct Target: Sendable, Equatable {
    var sli: Int32
    var side: SLISide
    var weight: Double
    var reading: SampleReading
  }

  private struct Kept: Sendable {
    var time: Int64
    var value: Double
  }

  let key: [UInt8]
  var targets: [Target]
  /// What its samples mean. A sender that changes its mind begins the series anew.
  private(set) var kind = SampleKind.cumulative
  /// In order of time. The newest is never let go; older ones stay for the reorder horizon.
  private var kept: [Kept] = []
  /// When the counter of each kept sample began; empty while nobody says so.
  private var births: [Int64] = []
  /// The time of the sample whose birth is inferred: only the first of a series can be.
  private var inferred = Int64.min
  /// The newest sample of a series whose samples are not remembered; `Int64.min` without.
  private(set) var lastHeard = Int64.min
  /// Older samples were let go, so nothing can be put before the first one any more.
  var truncated = false

  init(key: [UInt8], targets: [Target], kind: SampleKind = .cumulative) {
    self.key = key
    self.targets = targets
    self.kind = kind
  }

  /// How many samples are remembered.
  var count: Int { kept.count }
  var newest: Int64? { kept.last?.time ?? (lastHeard == .min ? nil : lastHeard) }

  func time(_ place: Int) -> Int64 { kept[place].time }

  subscript(place: Int) -> Point {
    let time = kept[place].time
    return Point(
      time: time, value: kept[place].value, created: births.isEmpty ? .min : births[place],
      isInferred: !births.isEmpty && time == inferred && births[place] != .min)
  }

  /// Where a sample of this time goes: the place of the first one that is not before it.
  func place(of time: Int64) -> Int {
    var place = kept.count
    // Nearly always the newest.
    while place > 0, kept[place - 1].time >= time { place -= 1 }
    return place
  }

  mutating func insert(_ point: Point, at place: Int) {
    if point.created != .min, births.isEmpty { births = [Int64](repeating: .min, count: kept.count) }
    if point.created != .min || !births.isEmpty { births.insert(point.created, at: place) }
    if point.isInferred { inferred = point.time }
    kept.insert(Kept(time: point.time, value: point.value), at: place)
  }

  /// Says what the samples of a series without any mean.
  mutating func become(_ kind: SampleKind) { self.kind = kind }

  /// Notes a sample that is not remembered.
  mutating func heard(_ time: Int64) { lastHeard = max(lastHeard, time) }

  /// Forgets what was counted from: the samples that follow mean something else.
  mutating func begin(_ kind: SampleKind) {
    self = Series(key: key, targets: targets, kind: kind)
    truncated = true
  }

  /// The increment from one sample to the next one. A counter that went down, or says that it began after the earlier
  /// sample, was reset: all of its value is new (the rule of PromQL's `increase`).
  static func increment(from earlier: Point, to later: Point) -> Double {
    if later.created > earlier.time || later.value < earlier.value { return max(0, later.value) }
    return later.value - earlier.value
  }

  /// Lets go of points behind the reorder horizon, several at a time to keep the cost of a sample constant, but before
  /// a short list grows.
  mutating func trim(horizon: Int64, limit: Int) {
    guard kept.count > 8, let newest = kept.last?.time else { return }
    var drop = max(0, kept.count - limit)
    // The newest point behind the horizon stays: a late sample just inside needs its predecessor.
    while drop < kept.count - 1, kept[drop + 1].time <= newest - horizon { drop += 1 }
    let isFull = kept.count == kept.capacity && kept.count <= 64
    guard drop >= 8 || kept.count > limit || (isFull && drop > 0) else { return }
    kept.removeFirst(drop)
    if !births.isEmpty { births.removeFirst(drop) }
    truncated = true
  }
}

extension Series.Target {
  /// What a sample counts by itself, or `nil` where it takes the sample before to tell.
  func events(of value: Double, _ kind: SampleKind) -> Double? {
    switch reading {
    case .increase: kind == .cumulative || kind == .gauge ? nil : number(value)
    case .value: number(value)
    case .samples: 1
    case .samplesWhere(let comparison, let threshold): comparison.holds(value, threshold) ? 1 : 0
    case .share: min(max(value, 0), 1)
    }
  }

  /// A number of events below 0 means something only where it is subtracted.
  private func number(_ value: Double) -> Double { weight < 0 ? value : max(0, value) }

  /// Whether a value below 0 can be read.
  func reads(negative kind: SampleKind) -> Bool {
    switch reading {
    case .samples, .samplesWhere: true
    case .increase: kind == .gauge || (kind != .cumulative && weight < 0)
    case .value, .share: kind == .gauge || weight < 0
    }
  }
}

extension Series {
  /// About how many bytes it holds.
  var bytes: Int {
    let heads = 32 * 4
    return heads + key.count + targets.capacity * MemoryLayout<Target>.stride
      + kept.capacity * MemoryLayout<Kept>.stride + births.capacity * MemoryLayout<Int64>.stride
  }
}
