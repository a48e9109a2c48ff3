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

  /// What is rarely looked at of each SLI, and what each sample and window needs.
  var slis: [SLIRecord?] = []
  var states: [SLIState] = []
  var slots: [String: Int] = [:]
  var freeSLIs: [Int] = []
  var banks = Banks()
  var series: [Series?] = []
  var seriesByKey: [[UInt8]: Int] = [:]
  var freeSeries: [Int] = []

  static let second: Int64 = 1_000_000_000

  public init(limits: LedgerLimits = LedgerLimits()) { self.limits = limits }

  /// Times between the years 1823 and 2116: sums and differences of them need no care.
  static func isSane(_ time: Int64) -> Bool { time.magnitude < 1 << 62 }

  /// A time that somebody asks for.
  static func bounded(_ time: Instant) -> Int64 { min(max(time.nanoseconds, -1 << 62 + 1), 1 << 62 - 1) }
}

/// What the ledger keeps of one SLI besides its lanes, for those who ask seldom.
struct SLIRecord: Sendable {
  var definition: SLIDefinition
  /// When it went from the definitions.
  var retired: Instant?
  /// In order of time.
  var marks: [Mark] = []
  /// Set where slices of time are judged.
  var book: SliceBook?
  var backfill: Backfill?
  /// Not filled in yet, in order of time.
  var gaps: [Gap] = []

  init(definition: SLIDefinition, retired: Instant? = nil, limits: LedgerLimits) {
    self.definition = definition
    self.retired = retired
    book = definition.slices.map { SliceBook(rule: $0, limits: limits) }
  }
}

/// What every sample and window of an SLI needs: no references, so reading one costs no counting of them. Times are in
/// nanoseconds.
struct SLIState: Sendable, Equatable {
  var place: Banks.Place
  var counts: SLISide
  var isSliced = false
  var hasMarks = false
  /// Its newest gap is open: no live sample came since.
  var awaits = false
  /// Since when it is counted: a series born after this began at zero before our eyes.
  var registered: Int64
  /// The time of its first data, and of its first sample, which a backfill is older than; `Int64.max` without.
  var since = Int64.max
  var live = Int64.max
  /// The newest sample of the good or bad side, and of the total side; `Int64.min` without.
  var part = Int64.min
  var total = Int64.min
  /// Up to where it was backfilled: what samples say up to there is counted already. `Int64.min` without.
  var backfilled = Int64.min
  /// Where live samples begin after its last gap: none before is counted, or counted from. `Int64.min` without.
  var resumed = Int64.min

  init(place: Banks.Place, definition: SLIDefinition, registered: Instant) {
    self.place = place
    counts = definition.counts
    isSliced = definition.slices != nil
    self.registered = registered.nanoseconds
  }

  /// The newest data on either side, filled in or live.
  var newest: Int64 { max(part, total, backfilled) }
}

// MARK: SLIs

extension Ledger {
  /// Makes `definitions` the SLIs that are counted. Those already known keep their data, unless what they count
  /// changed; those that are gone keep it for a day. Series must be given their targets again with `retarget`.
  public mutating func register(_ definitions: [SLIDefinition], at now: Instant) {
    let wanted = Set(definitions.map(\.id))
    for index in slis.indices {
      guard let record = slis[index] else { continue }
      if wanted.contains(record.definition.id) {
        slis[index]!.retired = nil
      } else if let retired = record.retired {
        if retired + limits.retired < now { drop(index) }
      } else {
        slis[index]!.retired = now
      }
    }
    var new: [SLIDefinition] = []
    var named: Set<String> = []
    for definition in definitions where named.insert(definition.id).inserted {
      if let index = slots[definition.id] { redefine(index, definition, now) } else { new.append(definition) }
    }
    banks.reserve(new.map { Banks.depth(for: $0.period) })
    for definition in new {
      let index = freeSLIs.popLast() ?? slis.count
      let place = banks.take(Banks.depth(for: definition.period))
      let record = SLIRecord(definition: definition, limits: limits)
      let state = SLIState(place: place, definition: definition, registered: now)
      if index == slis.count {
        slis.append(record)
        states.append(state)
      } else {
        slis[index] = record
        states[index] = state
      }
      slots[definition.id] = index
    }
  }

  /// The place of an SLI, `nil` where it is not counted.
  public func slot(of id: String) -> SLISlot? {
    guard let index = slots[id], slis[index]?.retired == nil else { return nil }
    return SLISlot(index)
  }

  func isKnown(_ slot: SLISlot) -> Bool { slis.indices.contains(slot.index) && slis[slot.index] != nil }

  private mutating func drop(_ index: Int) {
    guard let record = slis[index] else { return }
    slots[record.definition.id] = nil
    slis[index] = nil
    banks.free(states[index].place)
    freeSLIs.append(index)
  }

  private mutating func redefine(_ index: Int, _ definition: SLIDefinition, _ now: Instant) {
    let old = slis[index]!.definition
    let depth = Banks.depth(for: definition.period)
    guard old.counts == definition.counts, old.slices == definition.slices else {
      // Good events are no bad ones and slices no events: it begins anew.
      banks.free(states[index].place)
      states[index] = SLIState(place: banks.take(depth), definition: definition, registered: now)
      slis[index] = SLIRecord(definition: definition, limits: limits)
      return
    }
    slis[index]!.definition = definition
    if depth != banks.depth(of: states[index].place) {
      let place = banks.take(depth)
      banks.move(states[index].place, to: place)
      states[index].place = place
    }
  }
}

// MARK: Size

extension Ledger {
  /// About how many bytes it holds: sums, records and the recent samples of its series.
  public var bytes: Int { banks.bytes + recordBytes + seriesBytes }

  var recordBytes: Int {
    let fixed = MemoryLayout<SLIRecord?>.stride + MemoryLayout<SLIState>.stride
    return slis.reduce(0) { sum, record in
      guard let record else { return sum + fixed }
      let marks = record.marks.capacity * MemoryLayout<Mark>.stride + record.gaps.capacity * MemoryLayout<Gap>.stride
      // The id stands in the record and as a key of `slots`; arrays and strings have a head of 32 bytes.
      return sum + fixed + marks + (record.book?.bytes ?? 0) + record.definition.id.utf8.count + 32 + 48
    }
  }

  private var seriesBytes: Int { series.reduce(0) { $0 + ($1?.bytes ?? 0) + MemoryLayout<Series?>.stride + 24 } }
}
