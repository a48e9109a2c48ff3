/// A set in order, split into chunks, for state that readers hold while the writer goes on: a change copies the one
/// chunk that it touches. Insertion and removal take O(log n) steps and the copy of at most `chunkMax` elements.
public struct SortedChunks<Element: Comparable & Sendable>: Sendable {
  /// 256 elements of 16 bytes: 4 KiB. Elements are plain bytes, copied at once; the list of 400 chunks that 100,000 of
  /// them make is copied reference by reference.
  @inlinable static var chunkMax: Int { 256 }

  /// None is empty.
  @usableFromInline var chunks: [[Element]] = []
  @usableFromInline var elements = 0

  @inlinable public init() {}

  @inlinable public var count: Int { elements }

  @inlinable public var isEmpty: Bool { count == 0 }
  @inlinable public var first: Element? { chunks.first?.first }
  @inlinable public var last: Element? { chunks.last?.last }

  /// The chunk that an element belongs in: the first whose last is not before it, or the last chunk.
  @inlinable func chunk(of element: Element) -> Int {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle][chunks[middle].count - 1] < element { low = middle + 1 } else { high = middle }
    }
    return Swift.min(low, chunks.count - 1)
  }

  /// Where the element stands in its chunk, or would have to.
  @inlinable func place(of element: Element, in chunk: Int) -> Int {
    var (low, high) = (0, chunks[chunk].count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[chunk][middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }

  @inlinable public func contains(_ element: Element) -> Bool {
    guard !chunks.isEmpty else { return false }
    let chunk = chunk(of: element)
    let place = place(of: element, in: chunk)
    return place < chunks[chunk].count && chunks[chunk][place] == element
  }

  @inlinable public mutating func insert(_ element: Element) {
    guard let last else {
      chunks = [[element]]
      elements = 1
      return
    }
    // What grows at its end leaves full chunks behind; anything else is split in the middle.
    if last < element {
      elements += 1
      let end = chunks.count - 1
      if chunks[end].count == Self.chunkMax { chunks.append([element]) } else { chunks[end].append(element) }
      return
    }
    let chunk = chunk(of: element)
    let place = place(of: element, in: chunk)
    if chunks[chunk][place] == element { return }
    elements += 1
    guard chunks[chunk].count == Self.chunkMax else {
      chunks[chunk].insert(element, at: place)
      return
    }
    let half = Array(chunks[chunk][(Self.chunkMax / 2)...])
    chunks[chunk].removeLast(half.count)
    chunks.insert(half, at: chunk + 1)
    let target = place > Self.chunkMax / 2 ? chunk + 1 : chunk
    chunks[target].insert(element, at: self.place(of: element, in: target))
  }

  @inlinable public mutating func remove(_ element: Element) {
    guard !chunks.isEmpty else { return }
    let chunk = chunk(of: element)
    let place = place(of: element, in: chunk)
    guard place < chunks[chunk].count, chunks[chunk][place] == element else { return }
    chunks[chunk].remove(at: place)
    if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
    elements -= 1
  }

  /// The first that satisfies a condition, of those from an element on that are still near it.
  @inlinable public func first(
    from element: Element, while isNear: (Element) -> Bool, where isWanted: (Element) -> Bool
  ) -> Element? {
    guard !chunks.isEmpty else { return nil }
    var chunk = chunk(of: element)
    var place = place(of: element, in: chunk)
    while chunk < chunks.count {
      while place < chunks[chunk].count {
        let next = chunks[chunk][place]
        guard isNear(next) else { return nil }
        if isWanted(next) { return next }
        place += 1
      }
      (chunk, place) = (chunk + 1, 0)
    }
    return nil
  }

  /// The first ones after an element, or from the beginning.
  @inlinable public func prefix(_ limit: Int, after element: Element? = nil) -> [Element] {
    guard !chunks.isEmpty, limit > 0 else { return [] }
    var found: [Element] = []
    var chunk = element.map { self.chunk(of: $0) } ?? 0
    var place = element.map { self.place(of: $0, in: chunk) } ?? 0
    if let element, place < chunks[chunk].count, chunks[chunk][place] == element { place += 1 }
    while chunk < chunks.count, found.count < limit {
      found += chunks[chunk][place...].prefix(limit - found.count)
      (chunk, place) = (chunk + 1, 0)
    }
    return found
  }

  /// The last ones, the very last first.
  @inlinable public func last(_ limit: Int) -> [Element] {
    var found: [Element] = []
    for chunk in chunks.reversed() {
      for element in chunk.reversed() {
        if found.count >= limit { return found }
        found.append(element)
      }
    }
    return found
  }

  /// From the last to the first, or from the last one that is before an element.
  @inlinable public func descending(before element: Element? = nil) -> some Sequence<Element> {
    var end = chunks.count
    var rest = ArraySlice<Element>()
    if let element, !chunks.isEmpty {
      end = chunk(of: element)
      rest = chunks[end].prefix(place(of: element, in: end))
    }
    return (0...end).reversed().lazy.flatMap { [chunks] in ($0 == end ? rest : chunks[$0][...]).reversed() }
  }
}

extension SortedChunks: Sequence {
  @inlinable public func makeIterator() -> FlattenSequence<[[Element]]>.Iterator { chunks.joined().makeIterator() }
  @inlinable public var underestimatedCount: Int { count }
}
