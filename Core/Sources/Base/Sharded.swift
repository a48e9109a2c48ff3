/// A hash that is the same in every process, unlike the standard library's.
public protocol StableHashable: Hashable, Comparable {
  var stableHash: UInt64 { get }
}

extension String: StableHashable {
  /// FNV-1a over the UTF-8 bytes.
  public var stableHash: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
  }
}

extension ULID: StableHashable {
  /// The random bits, folded.
  public var stableHash: UInt64 { (low ^ (high << 48) ^ (high >> 16)) &* 0x9E37_79B9_7F4A_7C15 }
}

/// A map in shards. A reader that holds a copy costs the writer a copy of one small shard at its next change, where a
/// plain dictionary of 100,000 entries would be copied whole. Reading in order sorts by key, so that no decision
/// depends on hash order.
public struct Sharded<Key: StableHashable, Value> {
  private var shards: [[Key: Value]]
  public private(set) var count = 0

  private static var shardBits: UInt64 { 8 }

  public init() { shards = Array(repeating: [:], count: 1 << Self.shardBits) }

  public var isEmpty: Bool { count == 0 }

  private func shard(of key: Key) -> Int { Int(key.stableHash >> (64 - Self.shardBits)) }

  public subscript(key: Key) -> Value? {
    get { shards[shard(of: key)][key] }
    set {
      let shard = shard(of: key)
      let before = shards[shard].count
      shards[shard][key] = newValue
      count += shards[shard].count - before
    }
    _modify {
      let shard = shard(of: key)
      let before = shards[shard].count
      yield &shards[shard][key]
      count += shards[shard].count - before
    }
  }

  public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { self[key] ?? fallback() }
    _modify {
      let shard = shard(of: key)
      let before = shards[shard].count
      yield &shards[shard][key, default: fallback()]
      count += shards[shard].count - before
    }
  }

  /// All entries by key.
  public var sortedElements: [(key: Key, value: Value)] {
    shards.flatMap { $0.map { (key: $0.key, value: $0.value) } }.sorted { $0.key < $1.key }
  }
}

extension Sharded: Sendable where Key: Sendable, Value: Sendable {}

extension Sharded: Codable where Key: Codable, Value: Codable {
  private struct Entry: Codable {
    var key: Key
    var value: Value
  }

  public init(from decoder: any Decoder) throws {
    self.init()
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd {
      let entry = try container.decode(Entry.self)
      self[entry.key] = entry.value
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for (key, value) in sortedElements { try container.encode(Entry(key: key, value: value)) }
  }
}
