import Testing

@testable import Base

@Suite struct SortedMapTests {
  /// Few keys that come and go, and many that are added in order and removed at random, so that parts and groups are
  /// split and joined.
  @Test(arguments: [700, 30_000]) func behavesLikeADictionary(keys: Int) {
    var random = SeededGenerator(seed: UInt64(keys))
    var map = SortedMap<Int, [Int]>()
    var model: [Int: [Int]] = [:]
    for step in 0..<60_000 {
      let key = step.isMultiple(of: 2) ? step % keys : Int.random(in: 0..<keys, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0, 1:
        map[key] = [step]
        model[key] = [step]
      case 2:
        #expect(map.removeValue(forKey: key) == model.removeValue(forKey: key))
      case 3:
        map[key] = nil
        model[key] = nil
      case 4:
        map[key]?.append(step)
        model[key]?.append(step)
      case 5:
        map[key, default: [-1]].append(step)
        model[key, default: [-1]].append(step)
      default:
        #expect(map[key] == model[key])
      }
      #expect(map.count == model.count)
    }
    #expect(map.sortedKeys == model.keys.sorted())
    #expect(map.sortedElements.map(\.value) == model.keys.sorted().map { model[$0]! })
    #expect(map.descending().map(\.key) == model.keys.sorted().reversed())
    for key in [-1, 0, 63, 64, keys / 2, keys - 1, keys + 5] {
      #expect(map.descending(before: key).map(\.key) == model.keys.filter { $0 < key }.sorted().reversed())
    }
    holdsItsBounds(map)
    for key in model.keys.shuffled(using: &random).dropFirst(50) {
      map[key] = nil
      model[key] = nil
    }
    #expect(map.sortedKeys == model.keys.sorted())
    holdsItsBounds(map)
    // What is left of many entries does not stay spread over many parts.
    #expect(map.groups.reduce(0) { $0 + $1.count } <= 12)
  }

  private func holdsItsBounds(_ map: SortedMap<Int, [Int]>) {
    for group in map.groups {
      #expect((1...SortedMap<Int, [Int]>.groupMax).contains(group.count))
      for part in group { #expect((1...SortedMap<Int, [Int]>.partMax).contains(part.count)) }
    }
  }

  /// A reader holds a copy: what comes after the last key touches one part, and nothing that the reader sees.
  @Test func whatIsAddedAtItsEndCopiesOnePart() {
    var map = SortedMap<Int, Int>()
    for key in 0..<10_000 { map[key] = key }
    let reader = map
    for key in 10_000..<10_032 { map[key] = key }
    func addresses(_ map: SortedMap<Int, Int>) -> Set<UnsafeRawPointer?> {
      Set(map.groups.flatMap { $0.map { $0.withUnsafeBytes(\.baseAddress) } })
    }
    #expect(addresses(map).subtracting(addresses(reader)).count <= 2)
    #expect(reader.count == 10_000)
    #expect(reader[10_001] == nil)
    map[5] = -5
    #expect(reader[5] == 5)
    #expect(map[5] == -5)
  }

  @Test func isCodedLikeAShardedMap() throws {
    var ids = IDGenerator(seed: 2)
    let keys = (0..<500).map { ids.next(at: Instant(seconds: $0)) }
    var map = SortedMap<ULID, Int>()
    var sharded = Sharded<ULID, Int>()
    for (index, key) in keys.enumerated() {
      map[key] = index
      sharded[key] = index
    }
    let json = try JSON(encoding: map)
    #expect(json == (try JSON(encoding: sharded)))
    #expect(try json.decode(SortedMap<ULID, Int>.self) == map)
  }
}
