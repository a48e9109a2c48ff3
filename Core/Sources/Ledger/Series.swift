import Base

/// A series of the ledger: an index that stays valid until the series is forgotten.
public struct SeriesID: Hashable, Sendable {
  public let index: Int32

  init(_ index: Int) { self.index = Int32(index) }
}

/// The recent samples of one series, and what it counts towards.
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
  }

  let key: [UInt8]
  var targets: [Target]
  /// In order of time. The newest is never let go; older ones stay for the reorder horizon.
  var points: [Point] = []
  /// Older points were let go, so nothing can be put before the first one any more.
  var truncated = false

  init(key: [UInt8], targets: [Target]) {
    self.key = key
    self.targets = targets
  }

  /// The increment from one sample to the next one. A counter that went down, or says that it began after the earlier
  /// sample, was reset: all of its value is new (the rule of PromQL's `increase`).
  static func increment(from earlier: Point, to later: Point) -> Double {
    if later.created > earlier.time || later.value < earlier.value { return later.value }
    return later.value - earlier.value
  }

  /// Lets go of points behind the reorder horizon, several at a time to keep the cost of a sample constant.
  mutating func trim(horizon: Int64, limit: Int) {
    guard let newest = points.last else { return }
    var drop = max(0, points.count - limit)
    // The newest point behind the horizon stays: a late sample just inside needs its predecessor.
    while drop < points.count - 1, points[drop + 1].time <= newest.time - horizon { drop += 1 }
    if drop >= 8 || points.count > limit {
      points.removeFirst(drop)
      truncated = true
    }
  }
}
