import Base
import Testing

@testable import Ledger

/// The bounds on memory, by arithmetic: a resident set moves with the allocator and the machine.
@Suite struct MemoryTests {
  static let start = SliceTests.start

  static func definitions(_ count: Int, slices: SliceRule? = nil) -> [SLIDefinition] {
    (0..<count).map {
      SLIDefinition(id: "payments-availability-\($0)", counts: .bad, period: .days(30), slices: slices)
    }
  }

  @Test func anSLOOfThirtyDaysTakesAtMost64KiB() {
    var ledger = Ledger()
    ledger.register(Self.definitions(1, slices: SliceRule(length: .minutes(1), target: 0.9)), at: Self.start)
    let slot = ledger.slot(of: "payments-availability-0")!
    let series = ledger.intern([0], targets: [SLITarget(id: "payments-availability-0", side: .total)])!
    ledger.setMarks((0..<100).map { Self.start + .minutes($0) }, of: slot)
    for minute in 0..<200 as Range<Int64> {
      let time = Self.start + .minutes(minute)
      ledger.ingest(series, CounterSample(time: time, value: 1, kind: .events), now: time)
    }
    // Everything that grows is full: as many marks and open slices as there may be.
    #expect(ledger.slis[0]!.marks.count == 64)
    #expect(ledger.slis[0]!.book!.bytes >= 96 * 16)
    let rings = ledger.banks.bytes / ledger.banks.rings[0].columns
    #expect(rings == Self.ringBytes)
    #expect(rings + ledger.recordBytes + 12 * (Self.series().bytes + 24) <= 64 << 10)
  }

  /// The sums of one SLI of whole events: 4 bytes an edge and lane, 8 a block of 32 edges and lane.
  static let ringBytes = (0..<3).reduce(0) { sum, ring in
    let rows = Int(Ring.rows(Banks.slots(ring, depth: 0)))
    return sum + rows * 2 * 4 + rows / RingBlock.edges * 2 * 8
  }

  /// Scraped every ten seconds.
  static func series() -> Series {
    var series = Series(
      key: [UInt8](repeating: 1, count: 160), targets: [.init(sli: 0, side: .total, weight: 1, reading: .increase)])
    for step in 0..<500 as Range<Int64> {
      let time = step * 10 * Ledger.second
      series.insert(.init(time: time, value: 1, created: .min), at: series.count)
      series.trim(horizon: 300 * Ledger.second, limit: 320)
    }
    return series
  }

  @Test func tenThousandWithTwelveSeriesEachStayUnderAGigabyte() {
    var banks = Banks()
    var largest = 0
    // One at a time is the worst for what is copied: a bank, never everything.
    for _ in 0..<300 {
      let before = banks.rings.map(\.bytes)
      _ = banks.take(0)
      let after = banks.rings.map(\.bytes)
      for (index, bytes) in after.enumerated() where index >= before.count || before[index] != bytes {
        largest = max(largest, bytes)
      }
    }
    #expect(largest <= (Int(Ring.rows(Banks.fineSlots)) * 8 + 70 * 16) * Banks.columnsMax)
    let series = Self.series()
    // Scraped every ten seconds: half a minute of samples fits twice into what is allocated.
    #expect(series.bytes < 1_200)
    let columns = (10_000 + Banks.columnsMax - 1) / Banks.columnsMax * Banks.columnsMax
    let records = 10_000 * 1_024
    let all = columns * Self.ringBytes + records + 120_000 * (series.bytes + MemoryLayout<Series?>.stride + 24)
    // With the bank that is copied while it grows and a snapshot of 16 KB each.
    #expect(all + largest + 10_000 * 16_384 < 700_000_000)
  }

  @Test func registeringManyAtOnceFillsWholeBanks() {
    var banks = Banks()
    banks.reserve([Int](repeating: 0, count: 600) + [1, 1])
    #expect(banks.rings.count == 4 * 3)
    #expect(stride(from: 0, to: 12, by: 3).map { banks.rings[$0].columns } == [252, 252, 96, 4])
    var places: Set<Banks.Place> = []
    for _ in 0..<600 { places.insert(banks.take(0)) }
    #expect(places.count == 600)
    #expect(banks.rings.count == 4 * 3)
    // What is freed is taken again before anything grows.
    banks.free(Banks.Place(bank: 1, column: 7))
    let again = banks.take(0)
    #expect(again == Banks.Place(bank: 1, column: 7))
  }

  @Test func aLongerPeriodMovesOneSLIAlone() {
    var ledger = Ledger()
    var definitions = Self.definitions(5)
    ledger.register(definitions, at: Self.start)
    let series = (0..<5).map { index in
      ledger.intern([UInt8(index)], targets: [SLITarget(id: definitions[index].id, side: .total)])!
    }
    func send(_ minute: Int64) {
      let time = Self.start + .minutes(minute)
      for (index, id) in series.enumerated() {
        ledger.ingest(id, CounterSample(time: time, value: Double(index + 1), kind: .delta), now: time)
      }
    }
    for minute in 0..<100 as Range<Int64> { send(minute) }
    let before = definitions.map { ledger.window(ledger.slot(of: $0.id)!, .hours(1), at: Self.start + .minutes(99)) }
    definitions[2].period = .days(90)
    ledger.register(definitions, at: Self.start)
    #expect(ledger.banks.depth(of: ledger.states[2].place) == 1)
    #expect(ledger.states.map(\.place.bank) == [0, 0, 1, 0, 0])
    let after = definitions.map { ledger.window(ledger.slot(of: $0.id)!, .hours(1), at: Self.start + .minutes(99)) }
    #expect(before == after)
    send(100)
    #expect(ledger.window(ledger.slot(of: definitions[2].id)!, .minutes(1), at: Self.start + .minutes(100)).total == 3)
    // Its old place is empty for whoever comes next.
    ledger.register(definitions + [SLIDefinition(id: "next", counts: .bad, period: .days(7))], at: Self.start)
    let next = ledger.slot(of: "next")!
    #expect(ledger.states[next.index].place.bank == 0)
    #expect(ledger.banks.totals(ledger.states[next.index].place, at: .max) == (0, 0))
  }

  @Test func aPlanReadsWhatWindowsDo() {
    var (ledger, series, slot) = IngestTests.ledger()
    let windows: [Interval] = [.minutes(5), .hours(6), .days(1), .days(3), .days(30)]
    let counts = UnsafeMutableBufferPointer<WindowCount>.allocate(capacity: windows.count)
    counts.initialize(repeating: WindowCount(good: -1, total: -1, covered: -1))
    defer { counts.deallocate() }
    for step in 0..<2_000 as Range<Int64> {
      let time = IngestTests.start + .seconds(137 * step)
      ledger.ingest(series, CounterSample(time: time, value: Double(step * step)), now: time)
      guard step % 97 == 0 else { continue }
      let plan = ledger.plan(windows, at: time)
      #expect(plan.serves(Instant(seconds: (time.seconds + 9) / 10 * 10)))
      #expect(!plan.serves(time + .seconds(10)))
      ledger.read(slot, plan, into: counts)
      #expect(Array(counts) == windows.map { ledger.window(slot, $0, at: time) })
      // It still tells the truth when the ledger has moved on.
      ledger.ingest(series, CounterSample(time: time + .seconds(60), value: Double(step * step)), now: time)
      ledger.read(slot, plan, into: counts)
      #expect(Array(counts) == windows.map { ledger.window(slot, $0, at: time) })
    }
  }
}
