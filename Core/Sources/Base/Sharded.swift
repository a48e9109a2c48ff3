/// A map split into shards, for state that readers hold while the writer goes on: a write copies the one shard that
/// it touches, never the whole map. (A dictionary of 100,000 alerts copied on write stalls the writer for 25 ms.)
///
/// Everything about it is the same in every process and for every order of insertion: iteration goes shard by shard,
/// and by key within a shard; `sortedElements` goes by key.
public struct Sharded<Key: StableHashable, Value: Sendable>: Sendable {
  /// Entries in the order of their keys. Values are optional so that one can be changed in place, see `_modify`.
  struct Shard: Sendable {
    var keys: [Key] = []
    var values: [Value?] = []

    /// Where the key is, or where it would have to stand.
    func find(_ key: Key) -> (index: Int, isFound: Bool) {
      var (low, high) = (0, keys.count)
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < key { low = middle + 1 } else { high = middle }
      }
      return (low, low < keys.count && keys[low] == key)
    }
  }

  /// 256 shards: 100,000 entries make shards of 400, and the list of shards is copied in a microsecond.
  static var shardCount: Int { 256 }

  /// Empty until the first insertion, so that empty maps cost nothing.
  private(set) var shards: [Shard] = []
  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  private func shardIndex(_ key: Key) -> Int {
    let hash = key.stableHash
    return Int((hash ^ hash >> 32) & UInt64(Self.shardCount - 1))
  }

  /// The value of a key. Setting `nil` removes it. A change in place (`map[key]?.parts.append(…)`) copies nothing
  /// but, where a reader holds it, the shard.
  public subscript(key: Key) -> Value? {
    get {
      guard count > 0 else { return nil }
      let shard = shards[shardIndex(key)]
      let place = shard.find(key)
      return place.isFound ? shard.values[place.index] : nil
    }
    set { modify(key) { $0 = newValue } }
    _modify {
      if shards.isEmpty { shards = Array(repeating: Shard(), count: Self.shardCount) }
      let shard = shardIndex(key)
      let place = shards[shard].find(key)
      if place.isFound {
        defer { if shards[shard].values[place.index] == nil { remove(at: place.index, shard: shard) } }
        yield &shards[shard].values[place.index]
      } else {
        var value: Value?
        defer { if let value { insert(key, value, at: place.index, shard: shard) } }
        yield &value
      }
    }
  }

  /// The value of a key, where there is none the default, which a change in place inserts.
  public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { self[key] ?? fallback() }
    _modify {
      if shards.isEmpty { shards = Array(repeating: Shard(), count: Self.shardCount) }
      let shard = shardIndex(key)
      let place = shards[shard].find(key)
      if !place.isFound { insert(key, fallback(), at: place.index, shard: shard) }
      yield &shards[shard].values[place.index]!
    }
  }

  private mutating func modify(_ key: Key, _ change: (inout Value?) -> Void) { change(&self[key]) }

  private mutating func insert(_ key: Key, _ value: Value, at index: Int, shard: Int) {
    shards[shard].keys.insert(key, at: index)
    shards[shard].values.insert(value, at: index)
    count += 1
  }

  private mutating func remove(at index: Int, shard: Int) {
    shards[shard].keys.remove(at: index)
    shards[shard].values.remove(at: index)
    count -= 1
  }

  /// Removes a key and returns its value, if it had one.
  @discardableResult
  public mutating func removeValue(forKey key: Key) -> Value? {
    guard count > 0 else { return nil }
    let shard = shardIndex(key)
    let place = shards[shard].find(key)
    guard place.isFound else { return nil }
    let value = shards[shard].values[place.index]
    remove(at: place.index, shard: shard)
    return value
  }

  /// All keys, in order.
  public var sortedKeys: [Key] { shards.flatMap(\.keys).sorted() }

  /// All entries in the order of their keys.
  public var sortedElements: [(key: Key, value: Value)] { sorted { $0.key < $1.key } }
}

extension Sharded: Sequence {
  /// Goes shard by shard: the same in every process, though not in the order of the keys.
  public struct Iterator: IteratorProtocol {
    fileprivate let shards: [Shard]
    fileprivate var shard = 0
    fileprivate var index = 0

    public mutating func next() -> (key: Key, value: Value)? {
      while shard < shards.count {
        if index < shards[shard].keys.count, let value = shards[shard].values[index] {
          defer { index += 1 }
          return (shards[shard].keys[index], value)
        }
        shard += 1
        index = 0
      }
      return nil
    }
  }

  public func makeIterator() -> Iterator { Iterator(shards: shards) }
  public var underestimatedCount: Int { count }
}

extension Sharded: ExpressibleByDictionaryLiteral {
  /// Of two equal keys the last one counts.
  public init(dictionaryLiteral elements: (Key, Value)...) {
    for (key, value) in elements { self[key] = value }
  }
}

extension Sharded: Equatable where Value: Equatable {
  public static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.count == rhs.count
      && zip(lhs.shards, rhs.shards).allSatisfy { $0.keys == $1.keys && $0.values == $1.values }
  }
}

/// Coded as an array of keys and values in turn, in the order of the keys.
extension Sharded: Encodable where Key: Encodable, Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for (key, value) in sortedElements {
      try container.encode(key)
      try container.encode(value)
    }
  }
}

extension Sharded: Decodable where Key: Decodable, Value: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd {
      let key = try container.decode(Key.self)
      self[key] = try container.decode(Value.self)
    }
  }
}
