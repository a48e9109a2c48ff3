/// A map split into shards, for state that readers hold while the writer goes on: a write copies the one shard that
/// it touches, never the whole map. (A dictionary of 100,000 alerts copied on write stalls the writer for 25 ms.)
///
/// Everything about it is the same in every process and for every order of insertion: iteration goes shard by shard,
/// and by key within a shard; `sortedElements` goes by key.
public struct Sharded<Key: StableHashable, Value: Sendable>: Sendable {
  /// A value in a place of its own: a shard is copied by counting references, whatever its values are made of.
  @usableFromInline final class Box {
    /// `nil` only while it is changed in place, see `_modify`.
    @usableFromInline var value: Value?

    @inlinable init(_ value: Value?) { self.value = value }
  }

  /// Entries in the order of their keys.
  @usableFromInline struct Shard: @unchecked Sendable {
    @usableFromInline var keys: [Key] = []
    /// Shared with readers' copies; one that is shared is replaced and never changed.
    @usableFromInline var boxes: [Box] = []

    @inlinable init() {}

    /// Where the key is, or where it would have to stand.
    @inlinable func find(_ key: Key) -> (index: Int, isFound: Bool) {
      var (low, high) = (0, keys.count)
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < key { low = middle + 1 } else { high = middle }
      }
      return (low, low < keys.count && keys[low] == key)
    }

    /// Takes a value out to be changed; the box holds nothing until `put`.
    @inlinable mutating func take(_ index: Int) -> Value? {
      guard isKnownUniquelyReferenced(&boxes[index]) else { return boxes[index].value }
      defer { boxes[index].value = nil }
      return boxes[index].value
    }

    @inlinable mutating func put(_ value: Value, _ index: Int) {
      if isKnownUniquelyReferenced(&boxes[index]) { boxes[index].value = value } else { boxes[index] = Box(value) }
    }
  }

  /// 256 shards: 100,000 entries make shards of 400, and the list of shards is copied in a microsecond.
  @inlinable static var shardCount: Int { 256 }

  /// Empty until the first insertion, so that empty maps cost nothing.
  @usableFromInline var shards: [Shard] = []
  @usableFromInline var entries = 0

  @inlinable public init() {}

  @inlinable public var count: Int { entries }
  @inlinable public var isEmpty: Bool { count == 0 }

  @inlinable func shardIndex(_ key: Key) -> Int {
    let hash = key.stableHash
    return Int((hash ^ hash >> 32) & UInt64(Self.shardCount - 1))
  }

  /// The value of a key. Setting `nil` removes it. A change in place (`map[key]?.parts.append(…)`) copies nothing
  /// but, where a reader holds it, the shard.
  @inlinable public subscript(key: Key) -> Value? {
    get {
      guard entries > 0 else { return nil }
      let shard = shards[shardIndex(key)]
      let place = shard.find(key)
      return place.isFound ? shard.boxes[place.index].value : nil
    }
    set {
      let (shard, place) = locate(key)
      switch (newValue, place.isFound) {
      case (let value?, true): shards[shard].put(value, place.index)
      case (let value?, false): insert(key, value, at: place.index, shard: shard)
      case (nil, true): remove(at: place.index, shard: shard)
      case (nil, false): break
      }
    }
    _modify {
      let (shard, place) = locate(key)
      var value = place.isFound ? shards[shard].take(place.index) : nil
      defer {
        switch (value, place.isFound) {
        case (let value?, true): shards[shard].put(value, place.index)
        case (let value?, false): insert(key, value, at: place.index, shard: shard)
        case (nil, true): remove(at: place.index, shard: shard)
        case (nil, false): break
        }
      }
      yield &value
    }
  }

  /// The value of a key, where there is none the default, which a change in place inserts.
  @inlinable public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { self[key] ?? fallback() }
    _modify {
      let (shard, place) = locate(key)
      var value = (place.isFound ? shards[shard].take(place.index) : nil) ?? fallback()
      defer {
        if place.isFound {
          shards[shard].put(value, place.index)
        } else {
          insert(key, value, at: place.index, shard: shard)
        }
      }
      yield &value
    }
  }

  /// Where a key is or has to go.
  @inlinable mutating func locate(_ key: Key) -> (shard: Int, place: (index: Int, isFound: Bool)) {
    if shards.isEmpty { shards = Array(repeating: Shard(), count: Self.shardCount) }
    let shard = shardIndex(key)
    return (shard, shards[shard].find(key))
  }

  @inlinable mutating func insert(_ key: Key, _ value: Value, at index: Int, shard: Int) {
    shards[shard].keys.insert(key, at: index)
    shards[shard].boxes.insert(Box(value), at: index)
    entries += 1
  }

  @inlinable mutating func remove(at index: Int, shard: Int) {
    shards[shard].keys.remove(at: index)
    shards[shard].boxes.remove(at: index)
    entries -= 1
  }

  /// Removes a key and returns its value, if it had one.
  @discardableResult
  @inlinable public mutating func removeValue(forKey key: Key) -> Value? {
    guard entries > 0 else { return nil }
    let shard = shardIndex(key)
    let place = shards[shard].find(key)
    guard place.isFound else { return nil }
    let value = shards[shard].boxes[place.index].value
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
        if index < shards[shard].keys.count, let value = shards[shard].boxes[index].value {
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
      && zip(lhs.shards, rhs.shards).allSatisfy { $0.keys == $1.keys && $0.boxes.map(\.value) == $1.boxes.map(\.value) }
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
