/// A list that is added to at its end and forgotten from its start, in pieces: while a reader holds it, a write copies
/// one piece.
public struct Chunks<Element: Sendable>: Sendable, RandomAccessCollection {
  @inlinable static var size: Int { 128 }
  @usableFromInline var chunks: [[Element]] = []
  /// Elements of the first piece that are forgotten already.
  @usableFromInline var start = 0
  @usableFromInline var elements = 0

  @inlinable public init() {}

  @inlinable public var count: Int { elements }
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { elements }

  @inlinable public subscript(index: Int) -> Element {
    get { chunks[(start + index) / Self.size][(start + index) % Self.size] }
    _modify { yield &chunks[(start + index) / Self.size][(start + index) % Self.size] }
  }

  @inlinable public mutating func append(_ element: Element) {
    if (start + elements).isMultiple(of: Self.size) {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(Self.size)
    }
    chunks[chunks.count - 1].append(element)
    elements += 1
  }

  @discardableResult
  @inlinable public mutating func removeFirst() -> Element {
    let element = self[0]
    start += 1
    elements -= 1
    if start == Self.size || count == 0 {
      chunks.removeFirst()
      start = 0
      if count == 0 { chunks = [] }
    }
    return element
  }

  /// The elements from an index on.
  @inlinable public func suffix(from index: Int) -> [Element] {
    guard index < count else { return [] }
    var result: [Element] = []
    result.reserveCapacity(count - index)
    var place = start + Swift.max(0, index)
    while place < start + count {
      let chunk = chunks[place / Self.size]
      result += chunk[(place % Self.size)...]
      place += Self.size - place % Self.size
    }
    return result
  }

  /// The last element that satisfies a condition, of at most `limit` from the end.
  @inlinable public func last(_ limit: Int, where isWanted: (Element) -> Bool) -> Element? {
    var left = Swift.min(limit, count)
    for chunk in chunks.reversed() {
      let some = chunk.suffix(left)
      if let found = some.last(where: isWanted) { return found }
      left -= some.count
      if left == 0 { return nil }
    }
    return nil
  }

  /// The first index whose element satisfies what all later ones satisfy too.
  @inlinable public func partition(_ isLater: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isLater(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
