import Testing

@testable import Base

@Suite struct ShardedTests {
  @Test func behavesLikeADictionary() {
    var random = SeededGenerator(seed: 1)
    var map: Sharded<String, [Int]> = [:]
    var model: [String: [Int]] = [:]
    for step in 0..<20_000 {
      let key = "key-\(Int.random(in: 0..<700, using: &random))"
      switch Int.random(in: 0..<6, using: &random) {
      case 0:
        map[key] = [step]
        model[key] = [step]
      case 1:
        #expect(map.removeValue(forKey: key) == model.removeValue(forKey: key))
      case 2:
        map[key] = nil
        model[key] = nil
      case 3:
        map[key]?.append(step)
        model[key]?.append(step)
      case 4:
        map[key, default: [-1]].append(step)
        model[key, default: [-1]].append(step)
      default:
        #expect(map[key] == model[key])
      }
      #expect(map.count == model.count)
    }
    #expect(map.sortedKeys == model.keys.sorted())
    #expect(Dictionary(uniqueKeysWithValues: map.map { ($0.key, $0.value) }) == model)
    #expect(map.sortedElements.map(\.value) == model.keys.sorted().map { model[$0]! })
  }

  @Test func isTheSameInAnyOrderOfInsertion() throws {
    var random = SeededGenerator(seed: 2)
    var ids = IDGenerator(seed: 2)
    let keys = (0..<2_000).map { ids.next(at: Instant(seconds: $0)) }
    var first = Sharded<ULID, Int>()
    for (index, key) in keys.enumerated() { first[key] = index }
    for _ in 0..<5 {
      var second = Sharded<ULID, Int>()
      for (index, key) in Array(keys.enumerated()).shuffled(using: &random) {
        second[ULID(high: key.high, low: key.low ^ 1)] = 0
        second[key] = index
      }
      for key in keys { second[ULID(high: key.high, low: key.low ^ 1)] = nil }
      #expect(first == second)
      #expect(first.map(\.key) == second.map(\.key))
    }
    let json = try JSON(encoding: first)
    #expect(json.array?.prefix(2) == [.string(keys[0].description), 0])
    #expect(try json.decode(Sharded<ULID, Int>.self) == first)
    #expect(first.sortedKeys == keys)
  }

  /// A reader holds a copy; a write to one key leaves every other shard shared with it.
  @Test func aWriteCopiesOneShard() {
    var map = Sharded<String, [Int]>()
    for index in 0..<10_000 { map["key-\(index)"] = [index] }
    func addresses(_ map: Sharded<String, [Int]>) -> [UnsafeRawPointer?] {
      map.shards.map { shard in shard.boxes.withUnsafeBytes(\.baseAddress) }
    }
    let reader = map
    map["key-77"]?.append(1)
    let differing = zip(addresses(reader), addresses(map)).count { $0 != $1 }
    #expect(differing == 1)
    #expect(reader["key-77"] == [77])
    #expect(map["key-77"] == [77, 1])
    // Of the shard that was copied only the changed value was.
    let pairs = zip(reader.shards.flatMap(\.boxes), map.shards.flatMap(\.boxes))
    #expect(pairs.count { $0 !== $1 } == 1)
    #expect(map.shards.count == 4_096)
    #expect(map.shards.allSatisfy { $0.boxes.count < 16 })

    // With no reader a change in place copies not even the value.
    map["key-78"]?.reserveCapacity(10)
    let before = map["key-78"]!.withUnsafeBytes(\.baseAddress)
    map["key-78"]?.append(2)
    #expect(map["key-78"]!.withUnsafeBytes(\.baseAddress) == before)
  }

  /// The published test vectors of FNV-1a, 64 bits.
  @Test func hashesAsPublished() {
    #expect("".stableHash == 0xcbf2_9ce4_8422_2325)
    #expect("a".stableHash == 0xaf63_dc4c_8601_ec8c)
    #expect("foobar".stableHash == 0x8594_4171_f739_67e8)
  }
}
