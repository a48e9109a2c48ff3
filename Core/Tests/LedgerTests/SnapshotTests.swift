import Base
import Testing

@testable import Ledger

@Suite struct SnapshotTests {
  static let start = Instant(seconds: 1_790_000_000)

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Written by the version before this one: two SLIs, one of them removed, two series, sent over two hours.
  static let version1 = """
    010203736c6f01808090f4a0da9a0901808098bf84e1add73101808098bf84e1add7310180908197db84b1d7310180908197db84b1d7310003
    6f6c64008080b0dce28ed01b01808098bf84e1add73101808098bf84e1add731000180908197db84b1d7310180a8eef88be1add7318090dfc0
    4aac1101a2d6daaa0100c30e010c00e702020000000000001a40010400c30e017800e70201d804011400ad1100c30e010c00e7020200000000
    00001a40010480e0a596bb11ec0601c6add80500e006010c000b02000000000000214000e0060178000b01ec0400ed0600e006010c000b0200
    000000000021408080c58bc6d101f8100192d93c00f710010c02000000000000214000f710017801ec0400f91000f710010c02000000000000
    21400212085f5f6e616d655f5f0872657175657374730001000204808098bf84e1add7310000000000005940008080c58bc6d1010000000000
    006440008080c58bc6d1010000000000c07c40008090dfc04a0000000000607d400010085f5f6e616d655f5f066572726f7273000200010102
    04808098bf84e1add73100000000000000000280f0b8feb9e0add7318080c58bc6d1010000000000001840008080c58bc6d101000000000000
    1a40008090dfc04a0000000000000040018098fee9c484b1d731
    """

  @Test func theVersionBeforeIsRead() throws {
    var ledger = try #require(Ledger(snapshot: Self.bytes(Self.version1)))
    let slot = try #require(ledger.slot(of: "slo"))
    #expect(ledger.slot(of: "old") == nil)
    let at = Self.start + .seconds(7_210)
    // The figures of the version that wrote it.
    #expect(ledger.window(slot, .minutes(5), at: at) == WindowCount(good: 307.5, total: 310, covered: 1))
    #expect(ledger.window(slot, .hours(6), at: at).good == 361.5)
    #expect(
      ledger.window(slot, .days(30), at: at) == WindowCount(good: 361.5, total: 370, covered: 0.0027846331506521296))
    // Series go on where they were: 470 → 480, and errors 2 → 5.
    for (name, value) in [("requests", 480.0), ("errors", 5)] {
      let id = ledger.intern(LabelSet(metric: name).key, targets: [])!
      ledger.ingest(id, CounterSample(time: at + .seconds(10), value: value), now: at + .seconds(10))
    }
    #expect(ledger.window(slot, .days(30), at: at + .seconds(10)).total == 380)
    #expect(ledger.window(slot, .days(30), at: at + .seconds(10)).bad == 11.5)
    #expect(try #require(Ledger(snapshot: ledger.snapshot())).snapshot() == ledger.snapshot())
  }

  /// A ledger with one of everything.
  static func everything() -> Ledger {
    var ledger = Ledger()
    ledger.register(
      [
        SLIDefinition(id: "events", counts: .bad, period: .days(30)),
        SLIDefinition(
          id: "slices", counts: .good, period: .days(90), slices: SliceRule(length: .minutes(5), target: 0.5)),
        SLIDefinition(id: "shares", counts: .bad, period: .days(7), slices: SliceRule(length: .hours(3), target: nil)),
        SLIDefinition(id: "gone", counts: .bad, period: .days(30)),
      ], at: start)
    let targets: [[SLITarget]] = [
      [
        SLITarget(id: "events", side: .total), SLITarget(id: "slices", side: .total),
        SLITarget(id: "gone", side: .total),
      ],
      [SLITarget(id: "events", side: .bad, weight: 0.5), SLITarget(id: "shares", side: .bad, reading: .value)],
      [SLITarget(id: "slices", side: .good, weight: -1, reading: .samplesWhere(.greaterOrEqual, 2.5))],
      [
        SLITarget(id: "shares", side: .total, reading: .samples), SLITarget(id: "slices", side: .good, reading: .share),
      ],
    ]
    let ids = targets.indices.map { ledger.intern([UInt8($0)], targets: targets[$0])! }
    ledger.setMarks([start + .seconds(601), start + .days(9)], of: SLISlot(0))
    for step in 0..<6 as Range<Int64> {
      let time = start + .seconds(step * 211)
      for (kind, id) in zip(SampleKind.allCases, ids) {
        let created = step == 3 ? time - .seconds(5) : nil
        let sample = CounterSample(time: time, value: Double(step * step % 7), created: created, kind: kind)
        ledger.ingest(id, sample, now: time, previousExposition: start - .seconds(10))
      }
    }
    ledger.setMarks([start + .seconds(333), start + .seconds(601), start + .days(9)], of: SLISlot(0))
    let past = (1...4).map { (time: start - .hours(20 - Int64($0)), part: 1.0, total: 4.0) }
    ledger.backfill(SLISlot(0), past, from: start - .hours(20), upTo: start)
    ledger.backfill(SLISlot(2), past, from: start - .hours(20), upTo: start - .hours(16))
    ledger.register(ledger.slis.compactMap { $0?.definition }.filter { $0.id != "gone" }, at: start)
    return ledger
  }

  @Test func everythingComesBack() throws {
    let ledger = Self.everything()
    let bytes = ledger.snapshot()
    var again = try #require(Ledger(snapshot: bytes))
    #expect(again.states == ledger.states)
    #expect(again.slis.map(\.?.marks) == ledger.slis.map(\.?.marks))
    #expect(again.slis.map(\.?.book) == ledger.slis.map(\.?.book))
    #expect(again.slis.map(\.?.backfill) == ledger.slis.map(\.?.backfill))
    #expect(again.slis.map(\.?.retired) == ledger.slis.map(\.?.retired))
    #expect(again.series.map(\.?.targets) == ledger.series.map(\.?.targets))
    #expect(again.series.map(\.?.kind) == ledger.series.map(\.?.kind))
    #expect(again.snapshot() == bytes)
    #expect(ledger.slis[2]!.backfill?.carry != nil)
    // What comes next is counted the same.
    var straight = ledger
    for index in 0..<4 {
      let time = Self.start + .seconds(1_300)
      let sample = CounterSample(time: time, value: 9, kind: SampleKind.allCases[index])
      straight.ingest(SeriesID(index), sample, now: time)
      again.ingest(SeriesID(index), sample, now: time)
    }
    #expect(again.snapshot() == straight.snapshot())
  }

  /// The bytes of docs/formats/ledger.md, so that a change of the format is noticed. After one that is meant, read the
  /// old bytes in a test like `theVersionBeforeIsRead`.
  @Test func bytesOfThisVersion() throws {
    let bytes = Self.everything().snapshot()
    #expect(Self.hex(bytes) == Self.version2.filter { !$0.isWhitespace })
    #expect(Ledger(snapshot: Self.bytes(Self.version2)) != nil)
  }

  @Test func mutatedSnapshotsNeverCrash() {
    var random = SeededGenerator(seed: 29)
    for original in [Self.everything().snapshot(), Self.bytes(Self.version1)] {
      for _ in 0..<400 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if random.chance(0.2) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
        guard var ledger = Ledger(snapshot: bytes) else { continue }
        // Whatever was read is a ledger that works.
        let now = Self.start + .hours(1)
        for index in ledger.series.indices {
          ledger.ingest(SeriesID(index), CounterSample(time: now, value: 5, kind: .events), now: now)
        }
        for index in ledger.slis.indices {
          let slot = SLISlot(index)
          _ = ledger.window(slot, .days(30), at: now, excluding: [Self.start..<now])
          _ = ledger.evaluationTime(slot, now: now)
        }
        #expect(ledger.snapshot().isEmpty == false)
      }
    }
  }
  static let version2 = """
    0204066576656e747301808090f4a0da9a0900808098bf84e1add731018080b4d88a828dd73101808098bf84e1add7310180d8cbedb89eae
    d7310180d8cbedb89eaed73100018080b4d88a828dd731808098bf84e1add731038088dec4b5f4add7318098dc9334000000000000124000
    0000000000314080e8b9a58284aed731000000000000001a4000000000000034408080d0fba7af8fda310000000000000025400000000000
    00384006736c69636573008080b0dce28ed01b0280e0a596bb11000000000000e03f808098bf84e1add73101808098bf84e1add731018080
    98bf84e1add7310180d8cbedb89eaed7310180d8cbedb89eaed731000000019cadd8054a9eadd80500000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
    00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000f03f000000000000f03f
    000000000000f03f0000000000001440000000000000f03f0000000000000000000000000000000000000000000000400673686172657301
    8080c892ff839302018080cfa2d2f404808098bf84e1add731018080b4d88a828dd73101808098bf84e1add7310180d8cbedb89eaed73101
    80d8cbedb89eaed73100028080b4d88a828dd7318080c886a3c893d731d09d14000000000000004000000000000020400001d89d1404da9d
    140000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002a
    40000000000000184004676f6e6501808090f4a0da9a0900808098bf84e1add73101808098bf84e1add73101808098bf84e1add731000180
    d8cbedb89eaed73101808098bf84e1add73100000180a0fb8dde9eaed731a011010800cb1002000000000000124000140104001401020014
    010200140104012000cb100102001401060014010400290104e40600fc040102000b0102000b0102000b010200c001020000000000001240
    01060102010400fc040108000b0108000b0108000b010800c0010102010a00010104d40500c1050102010201020102000f02000000000000
    254000c1050108010801080108000f0110a01100de100102004200de100102001d01020024e40600e1060102000300e106010201020002f4
    1000f410010200f4100104a01102000000000000d03f00a011010200a011e40600910502000000000000d03f00d301009105010200d301d4
    0500c20502000000000000d03f001200c20501020012a01100a11100cc100102001401060014010400290104e40600e50600e1060102010a
    00010104d40500d50500d405011004010000030002010203020006808098bf84e1add73100000000000000000280f0b8feb9e0add73180f8
    a389a40c000000000000f03f0080f8a389a40c00000000000010400080f8a389a40c00000000000000400180a0d4bacb85aed73180f8a389
    a40c00000000000000400080f8a389a40c000000000000104000010102020005000000000000e03f02090006808098bf84e1add731000000
    00000000000280f0b8feb9e0add73180f8a389a40c000000000000f03f0080f8a389a40c00000000000010400080f8a389a40c0000000000
    0000400180a0d4bacb85aed73180f8a389a40c00000000000000400080f8a389a40c00000000000010400001020001011c000000000000f0
    bf0300000000000004400180d8cbedb89eaed7310001030602021201200006808098bf84e1add73100000000000000000280f0b8feb9e0ad
    d73180f8a389a40c000000000000f03f0080f8a389a40c00000000000010400080f8a389a40c00000000000000400180a0d4bacb85aed731
    80f8a389a40c00000000000000400080f8a389a40c000000000000104000
    """
}
