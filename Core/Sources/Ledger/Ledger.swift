import Base

/// Counts of good (or bad) and total events per SLI in time buckets, kept as running sums so that any window of any
/// SLI costs four reads.
///
/// Three rings hold the same running totals at edges 10 seconds apart for 6 hours, 5 minutes for 3 days and 1 hour for
/// the longest period. An increment lands in the bucket of its later sample. Times are those of the samples; `now` is
/// only used to refuse samples from the future.
public struct Ledger: Sendable {
  public let limits: LedgerLimits
  /// What became of the samples so far (since the process began; not part of a snapshot).
  public internal(set) var counts = IngestCounts()

  var slis: [SLIRecord?] = []
  var slots: [String: Int] = [:]
  var rings: [Ring]
  var series: [Series?] = []
  var seriesByKey: [[UInt8]: Int] = [:]
  var freeSeries: [Int] = []

  /// Width of the rings in SLIs; two lanes each.
  var capacity: Int { rings[0].lanes / 2 }

  static let chunk = 8
  static let second: Int64 = 1_000_000_000

  public init(limits: LedgerLimits = LedgerLimits()) {
    self.limits = limits
    let hours = Self.hourSlots(for: .days(30))
    // Each ring is a little deeper than its name says, so that the longest window still fits at a late watermark.
    rings = [
      Ring(step: 10 * Self.second, slots: 2_160 + 60, lanes: 2 * Self.chunk),
      Ring(step: 300 * Self.second, slots: 864 + 12, lanes: 2 * Self.chunk),
      Ring(step: 3_600 * Self.second, slots: hours, lanes: 2 * Self.chunk),
    ]
  }

  static func hourSlots(for period: Interval) -> Int {
    let clamped = min(max(period, .days(30)), LedgerLimits.longestPeriod)
    return Int((clamped.nanoseconds + 3_600 * second - 1) / (3_600 * second)) + 8
  }
}

/// What the ledger keeps of one SLI besides its lanes.
struct SLIRecord: Sendable {
  var definition: SLIDefinition
  /// Since when it is counted: a series born after this began at zero before our eyes.
  var registered: Instant
  /// The time of its first sample.
  var since: Instant?
  /// The newest sample of the good or bad side, and of the total side.
  var partWatermark: Instant?
  var totalWatermark: Instant?
  /// When it went from the definitions.
  var retired: Instant?
}

// MARK: SLIs

extension Ledger {
  /// Makes `definitions` the SLIs that are counted. Those already known keep their data; those that are gone keep it
  /// for a day. Series must be given their targets again with `retarget`.
  public mutating func register(_ definitions: [SLIDefinition], at now: Instant) {
    let wanted = Set(definitions.map(\.id))
    for index in slis.indices {
      guard var record = slis[index] else { continue }
      if wanted.contains(record.definition.id) {
        record.retired = nil
        slis[index] = record
      } else if let retired = record.retired {
        if retired + limits.retired < now { drop(index) }
      } else {
        slis[index]?.retired = now
      }
    }
    grow(for: definitions)
    for definition in definitions {
      if let index = slots[definition.id] {
        slis[index]?.definition = definition
      } else {
        let index = slis.firstIndex { $0 == nil } ?? slis.count
        if index == slis.count { slis.append(nil) }
        slis[index] = SLIRecord(definition: definition, registered: now)
        slots[definition.id] = index
      }
    }
  }

  /// The place of an SLI, `nil` where it is not counted.
  public func slot(of id: String) -> SLISlot? {
    guard let index = slots[id], slis[index]?.retired == nil else { return nil }
    return SLISlot(index)
  }

  private mutating func drop(_ index: Int) {
    guard let record = slis[index] else { return }
    slots[record.definition.id] = nil
    slis[index] = nil
    let capacity = capacity
    rings = rings.map { ring in
      ring.relaid(slots: ring.slots, lanes: ring.lanes) { $0 % capacity == index ? nil : $0 }
    }
  }

  private mutating func grow(for definitions: [SLIDefinition]) {
    let new = definitions.filter { slots[$0.id] == nil }.count
    let free = slis.filter { $0 == nil }.count
    let needed = slis.count + max(0, new - free)
    let old = capacity
    let width = needed <= old ? old : (needed + Self.chunk - 1) / Self.chunk * Self.chunk
    let hours = max(rings[2].slots, Self.hourSlots(for: definitions.map(\.period).max() ?? .zero))
    guard width != old || hours != rings[2].slots else { return }
    for index in rings.indices {
      rings[index] = rings[index].relaid(slots: index == 2 ? hours : rings[index].slots, lanes: 2 * width) { lane in
        let sli = lane % width
        return sli < old ? (lane / width) * old + sli : nil
      }
    }
  }
}
