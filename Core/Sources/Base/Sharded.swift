/// A map split into shards, for state that readers hold while the writer goes on: a write copies the one shard that
/// it touches, never the whole map. (A dictionary of 100,000 alerts copied on write stalls the writer for 25 ms.)
///
/// Everything about it is the same in every process and for every order of insertion: iteration goes shard by shard,
/// and by key within a shard; `sortedElements` goes by key.
public struct Sharded<Key: StableHashable, Value: Sendable>: Sendable {
  /// An entry in a place of its own: a shard is copied by counting references, whatever its entries are made of.
  /// Shared with readers' copies; one that is shared is replaced and never changed.
  @usableFromInline final class Box: @unchecked Sendable {
    @usableFromInline let key: Key
    /// `nil` only while it is changed in place, see `_modify`.
    @usableFromInline var value: Value?

    @inlinable init(_ key: Key, _ value: Value?) {
      self.key = key
      self.value = value
    }
  }

  /// Entries in the order of their keys.
  @usableFromInline struct Shard: Sendable {
    @usableFromInline var boxes: [Box] = []

    @inlinable init() {}

    /// Where the key is, or where it would have to stand.
    @inlinable func find(_ key: Key) -> (index: Int, isFound: Bool) {
      var (low, high) = (0, boxes.count)
      while low < high {
        let middle = (low + high) / 2
        if boxes[middle].key < key { low = middle + 1 } else { high = middle }
      }
      return (low, low < boxes.count && boxes[low].key == key)
    }

    /// Takes a value out to be changed; the box holds nothing until `put`.
    @inlinable mutating func take(_ index: Int) -> Value? {
      guard isKnownUniquelyReferenced(&boxes[index]) else { return boxes[index].value }
      defer { boxes[index].value = nil }
      return boxes[index].value
    }

    @inlinable mutating func put(_ value: Value, _ index: Int) {
      if isKnownUniquelyReferenced(&boxes[index]) {
        boxes[index].value = value
      } else {
        boxes[index] = Box(boxes[index].key, value)
      }
    }
  }

  /// 64 groups of 64 shards: 100,000 entries make shards of 25, and a write copies one of these with the list of its
  /// group and that of the groups.
  @inlinable static var groupCount: Int { 64 }

  /// Empty until the first insertion, and each group until its own, so that small maps cost little.
  @usableFromInline var groups: [[Shard]] = []
  @usableFromInline var entries = 0

  /// All shards that are there, in order.
  var shards: [Shard] { groups.flatMap { $0 } }

  @inlinable public init() {}

  @inlinable public var count: Int { entries }
  @inlinable public var isEmpty: Bool { entries == 0 }

  /// Where in the groups a key belongs.
  @inlinable func home(_ key: Key) -> (group: Int, shard: Int) {
    let hash = key.stableHash
    let place = Int((hash ^ hash >> 32) & UInt64(Self.groupCount * Self.groupCount - 1))
    return (place % Self.groupCount, place / Self.groupCount)
  }

  /// The value of a key. Setting `nil` removes it. A change in place (`map[key]?.parts.append(…)`) copies nothing
  /// but, where a reader holds it, the shard.
  @inlinable public subscript(key: Key) -> Value? {
    get {
      guard entries > 0 else { return nil }
      let (group, shard) = home(key)
      guard !groups[group].isEmpty else { return nil }
      let place = groups[group][shard].find(key)
      return place.isFound ? groups[group][shard].boxes[place.index].value : nil
    }
    set {
      let place = locate(key)
      put(newValue, key, place)
    }
    _modify {
      let place = locate(key)
      var value = place.isFound ? groups[place.group][place.shard].take(place.index) : nil
      defer { put(value, key, place) }
      yield &value
    }
  }

  /// The value of a key, where there is none the default, which a change in place inserts.
  @inlinable public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { self[key] ?? fallback() }
    _modify {
      let place = locate(key)
      var value = (place.isFound ? groups[place.group][place.shard].take(place.index) : nil) ?? fallback()
      defer { put(value, key, place) }
      yield &value
    }
  }

  /// Where a key is or has to go.
  @usableFromInline struct Location {
    @usableFromInline var group: Int
    @usableFromInline var shard: Int
    @usableFromInline var index: Int
    @usableFromInline var isFound: Bool

    @inlinable init(group: Int, shard: Int, index: Int, isFound: Bool) {
      self.group = group
      self.shard = shard
      self.index = index
      self.isFound = isFound
    }
  }

  @inlinable mutating func locate(_ key: Key) -> Location {
    let (group, shard) = home(key)
    if groups.isEmpty { groups = Array(repeating: [], count: Self.groupCount) }
    if groups[group].isEmpty { groups[group] = Array(repeating: Shard(), count: Self.groupCount) }
    let place = groups[group][shard].find(key)
    return Location(group: group, shard: shard, index: place.index, isFound: place.isFound)
  }

  @inlinable mutating func put(_ value: Value?, _ key: Key, _ place: Location) {
    switch (value, place.isFound) {
    case (let value?, true): groups[place.group][place.shard].put(value, place.index)
    case (let value?, false):
      groups[place.group][place.shard].boxes.insert(Box(key, value), at: place.index)
      entries += 1
    case (nil, true):
      groups[place.group][place.shard].boxes.remove(at: place.index)
      entries -= 1
    case (nil, false): break
    }
  }

  /// Removes a key and returns its value, if it had one.
  @discardableResult
  @inlinable public mutating func removeValue(forKey key: Key) -> Value? {
    guard let value = self[key] else { return nil }
    put(nil, key, locate(key))
    return value
  }

  /// All keys, in order.
  public var sortedKeys: [Key] { map(\.key).sorted() }

  /// All entries in the order of their keys.
  public var sortedElements: [(key: Key, value: Value)] { sorted { $0.key < $1.key } }
}

extension Sharded: Sequence {
  /// Goes shard by shard: the same in every process, though not in the order of the keys.
  public struct Iterator: IteratorProtocol {
    fileprivate let groups: [[Shard]]
    fileprivate var group = 0
    fileprivate var shard = 0
    fileprivate var index = 0

    public mutating func next() -> (key: Key, value: Value)? {
      while group < groups.count {
        while shard < groups[group].count {
          let boxes = groups[group][shard].boxes
          if index < boxes.count, let value = boxes[index].value {
            defer { index += 1 }
            return (boxes[index].key, value)
          }
          shard += 1
          index = 0
        }
        group += 1
        shard = 0
      }
      return nil
    }
  }

  public func makeIterator() -> Iterator { Iterator(groups: groups) }
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
    lhs.count == rhs.count && lhs.elementsEqual(rhs) { $0.key == $1.key && $0.value == $1.value }
  }
}

/// Coded as an array of keys and values in turn, in the order of the keys.
extension Sharded: Encodable where Key: Encodable, Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for key in sortedKeys {
      try container.encode(key)
      try container.encode(self[key])
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
