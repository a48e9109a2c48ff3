/// A map in the order of its keys, split into parts, for state that readers hold while the writer goes on. Keys that
/// come one after another, as new ids do, are neighbours: a batch of new entries copies one or two parts, where
/// `Sharded` copies one for each.
///
/// A part has at most `partMax` entries and a group at most `groupMax` parts: 100,000 entries are 25 groups.
public struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
  /// An entry in a place of its own: a part is copied by counting references, whatever its entries are made of.
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

  @inlinable static var partMax: Int { 64 }
  @inlinable static var groupMax: Int { 64 }

  /// Groups of parts of entries in the order of their keys; none is empty.
  @usableFromInline var groups: [[[Box]]] = []
  @usableFromInline var entries = 0

  @inlinable public init() {}

  @inlinable public var count: Int { entries }
  @inlinable public var isEmpty: Bool { entries == 0 }

  /// Where a key is or has to go.
  @usableFromInline struct Location {
    @usableFromInline var group: Int
    @usableFromInline var part: Int
    @usableFromInline var index: Int
    @usableFromInline var isFound: Bool

    @inlinable init(group: Int, part: Int, index: Int, isFound: Bool) {
      self.group = group
      self.part = part
      self.index = index
      self.isFound = isFound
    }
  }

  /// The last place among `count` whose first key is not after the one that is looked for, or the first place.
  @inlinable static func last(_ count: Int, _ isAfter: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isAfter(middle) { high = middle } else { low = middle + 1 }
    }
    return Swift.max(0, low - 1)
  }

  @inlinable func locate(_ key: Key) -> Location {
    guard let end = groups.last, let last = end.last else {
      return Location(group: 0, part: 0, index: 0, isFound: false)
    }
    // What is looked for is mostly new: it is in the last part, or goes there.
    if !(key < last[0].key) {
      return Self.locate(key, in: last, group: groups.count - 1, part: end.count - 1)
    }
    let group = Self.last(groups.count) { key < groups[$0][0][0].key }
    let parts = groups[group]
    let part = Self.last(parts.count) { key < parts[$0][0].key }
    return Self.locate(key, in: parts[part], group: group, part: part)
  }

  @inlinable static func locate(_ key: Key, in boxes: [Box], group: Int, part: Int) -> Location {
    var (low, high) = (0, boxes.count)
    while low < high {
      let middle = (low + high) / 2
      if boxes[middle].key < key { low = middle + 1 } else { high = middle }
    }
    let isFound = low < boxes.count && boxes[low].key == key
    return Location(group: group, part: part, index: low, isFound: isFound)
  }

  /// The value of a key. Setting `nil` removes it. A change in place (`map[key]?.parts.append(…)`) copies nothing
  /// but, where a reader holds it, the part.
  @inlinable public subscript(key: Key) -> Value? {
    get {
      let place = locate(key)
      return place.isFound ? groups[place.group][place.part][place.index].value : nil
    }
    set { put(newValue, key, locate(key)) }
    _modify {
      let place = locate(key)
      var value = place.isFound ? take(place) : nil
      defer { put(value, key, place) }
      yield &value
    }
  }

  /// The value of a key, where there is none the default, which a change in place inserts.
  @inlinable public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { self[key] ?? fallback() }
    _modify {
      let place = locate(key)
      var value = (place.isFound ? take(place) : nil) ?? fallback()
      defer { put(value, key, place) }
      yield &value
    }
  }

  /// Takes a value out to be changed; the box holds nothing until `put`.
  @inlinable mutating func take(_ place: Location) -> Value? {
    guard isKnownUniquelyReferenced(&groups[place.group][place.part][place.index]) else {
      return groups[place.group][place.part][place.index].value
    }
    let box = groups[place.group][place.part][place.index]
    defer { box.value = nil }
    return box.value
  }

  @inlinable mutating func put(_ value: Value?, _ key: Key, _ place: Location) {
    switch (value, place.isFound) {
    case (let value?, true):
      if isKnownUniquelyReferenced(&groups[place.group][place.part][place.index]) {
        groups[place.group][place.part][place.index].value = value
      } else {
        groups[place.group][place.part][place.index] = Box(key, value)
      }
    case (let value?, false):
      insert(Box(key, value), place)
      entries += 1
    case (nil, true):
      remove(place)
      entries -= 1
    case (nil, false): break
    }
  }

  @inlinable mutating func insert(_ box: Box, _ place: Location) {
    guard !groups.isEmpty else {
      groups = [[[box]]]
      return
    }
    let (group, part) = (place.group, place.part)
    guard groups[group][part].count == Self.partMax else {
      groups[group][part].insert(box, at: place.index)
      return
    }
    // What grows at its end leaves full parts behind; anything else is split in the middle.
    if place.index == Self.partMax {
      add([box], group, part + 1)
      return
    }
    let half = Self.partMax / 2
    var upper = Array(groups[group][part][half...])
    groups[group][part].removeLast(half)
    if place.index > half {
      upper.insert(box, at: place.index - half)
    } else {
      groups[group][part].insert(box, at: place.index)
    }
    add(upper, group, part + 1)
  }

  @usableFromInline mutating func add(_ part: [Box], _ group: Int, _ index: Int) {
    guard groups[group].count == Self.groupMax else {
      groups[group].insert(part, at: index)
      return
    }
    if index == Self.groupMax {
      groups.insert([part], at: group + 1)
      return
    }
    let upper = Array(groups[group][(Self.groupMax / 2)...])
    groups[group].removeLast(upper.count)
    groups.insert(upper, at: group + 1)
    let isUpper = index > Self.groupMax / 2
    groups[isUpper ? group + 1 : group].insert(part, at: isUpper ? index - Self.groupMax / 2 : index)
  }

  /// Parts that have become small join the one before them, so that few entries never hold many parts.
  @usableFromInline mutating func remove(_ place: Location) {
    let (group, part) = (place.group, place.part)
    groups[group][part].remove(at: place.index)
    let left = groups[group][part].count
    if left == 0 {
      groups[group].remove(at: part)
    } else if part > 0, left + groups[group][part - 1].count <= Self.partMax / 2 {
      groups[group][part - 1] += groups[group].remove(at: part)
    }
    if groups[group].isEmpty {
      groups.remove(at: group)
    } else if group > 0, groups[group].count + groups[group - 1].count <= Self.groupMax / 2 {
      groups[group - 1] += groups.remove(at: group)
    }
  }

  /// Removes a key and returns its value, if it had one.
  @discardableResult
  @inlinable public mutating func removeValue(forKey key: Key) -> Value? {
    let place = locate(key)
    guard place.isFound else { return nil }
    defer { put(nil, key, place) }
    return groups[place.group][place.part][place.index].value
  }

  /// From the last entry to the first, or from the last one whose key is before the one given.
  public func descending(before key: Key? = nil) -> some Sequence<(key: Key, value: Value)> {
    var start = key.map { locate($0) } ?? Location(group: groups.count, part: 0, index: 0, isFound: false)
    return sequence(state: groups) { groups -> (key: Key, value: Value)? in
      while start.index == 0 {
        if start.part > 0 {
          start.part -= 1
        } else if start.group > 0 {
          start.group -= 1
          start.part = groups[start.group].count - 1
        } else {
          return nil
        }
        start.index = groups[start.group][start.part].count
      }
      start.index -= 1
      let box = groups[start.group][start.part][start.index]
      return box.value.map { (box.key, $0) }
    }
  }

  /// All keys, in order.
  public var sortedKeys: [Key] { map(\.key) }

  /// All entries in the order of their keys: what iterating it gives.
  public var sortedElements: [(key: Key, value: Value)] { Array(self) }
}

extension SortedMap: Sequence {
  /// Goes in the order of the keys.
  public struct Iterator: IteratorProtocol {
    fileprivate let groups: [[[Box]]]
    fileprivate var group = 0
    fileprivate var part = 0
    fileprivate var index = 0

    public mutating func next() -> (key: Key, value: Value)? {
      while group < groups.count {
        while part < groups[group].count {
          if index < groups[group][part].count, let value = groups[group][part][index].value {
            defer { index += 1 }
            return (groups[group][part][index].key, value)
          }
          part += 1
          index = 0
        }
        group += 1
        part = 0
      }
      return nil
    }
  }

  public func makeIterator() -> Iterator { Iterator(groups: groups) }
  public var underestimatedCount: Int { count }
}

extension SortedMap: Equatable where Value: Equatable {
  public static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.count == rhs.count && lhs.elementsEqual(rhs) { $0.key == $1.key && $0.value == $1.value }
  }
}

/// Coded as `Sharded` is: an array of keys and values in turn, in the order of the keys.
extension SortedMap: Encodable where Key: Encodable, Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for (key, value) in self {
      try container.encode(key)
      try container.encode(value)
    }
  }
}

extension SortedMap: Decodable where Key: Decodable, Value: Decodable {
  public init(from decoder: any Decoder) throws {
    self.init()
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd {
      let key = try container.decode(Key.self)
      self[key] = try container.decode(Value.self)
    }
  }
}
