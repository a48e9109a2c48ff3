import Base
import Ledger
import Testing

@testable import Store

@Suite struct SeriesTableTests {
  static func key(_ number: Int) -> [UInt8] {
    Array("series \(number), \(String(repeating: "x", count: number % 40))".utf8)
  }

  static func find(_ table: inout SeriesTable, _ key: [UInt8], minute: Int32 = 0) -> Int32? {
    key.withUnsafeBytes { bytes in table.find(bytes, minute: minute).map { table[$0].code } }
  }

  static func insert(_ table: inout SeriesTable, _ key: [UInt8], _ code: Int32, minute: Int32 = 0) {
    key.withUnsafeBytes { table.insert($0, code: code, group: -1, minute: minute) }
  }

  /// Random look-ups and additions equal those of a dictionary, in the sender's order and out of it.
  @Test(arguments: 1...8 as ClosedRange<UInt64>) func equalsADictionary(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var table = SeriesTable(limit: 100_000, seed: seed)
    var model: [[UInt8]: Int32] = [:]
    for round in 0..<20 {
      table.begin()
      var order = Array(0..<Int.random(in: 1...400, using: &random))
      if round % 3 == 2 { order.shuffle(using: &random) }
      for number in order {
        let key = Self.key(number)
        let found = Self.find(&table, key)
        #expect(found == model[key])
        guard found == nil, random.chance(0.7) else { continue }
        let code = Int32.random(in: -3...1_000, using: &random)
        Self.insert(&table, key, code)
        model[key] = code
      }
    }
    #expect(table.count == model.count)
    let sizes = table.sizes
    #expect(sizes.counted == model.values.count { $0 >= 0 } && sizes.refused == model.values.count { $0 == -3 })
    // Half of them go; the others stay what they were.
    let gone = table.keep { $0.code % 2 == 0 }
    #expect(gone == model.values.count { $0 % 2 != 0 })
    for (key, code) in model { #expect(Self.find(&table, key) == (code % 2 == 0 ? code : nil)) }
  }

  /// Keys whose hashes fall together are told apart by their bytes; here all of them, for one slot follows another.
  @Test func aTruncatedKeyIsAnotherSeries() {
    var table = SeriesTable(limit: 10, seed: 1)
    let key = Self.key(39)
    Self.insert(&table, key, 7)
    for length in 0..<key.count { #expect(Self.find(&table, Array(key.prefix(length))) == nil) }
    for place in key.indices {
      var other = key
      other[place] ^= 1
      #expect(Self.find(&table, other) == nil)
    }
    #expect(Self.find(&table, key) == 7)
  }

  @Test func isBoundedInEntriesAndBytes() {
    var table = SeriesTable(limit: 10, seed: 1)
    for number in 0..<10 {
      #expect(!table.isFull(for: 100))
      Self.insert(&table, Self.key(number), 0)
    }
    #expect(table.isFull(for: 0))
    table = SeriesTable(limit: 10, seed: 1)
    Self.insert(&table, [UInt8](repeating: 1, count: 5_000), 0)
    #expect(table.isFull(for: 200) && !table.isFull(for: 100))
  }
}
