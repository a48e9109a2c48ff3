import Base

/// What is going to happen, in order of time and, at the same time, of planning: the same in every process.
struct Agenda<Item> {
  private struct Entry {
    var at: Instant
    var order: UInt64
    var item: Item
  }

  private var heap: [Entry] = []
  private var planned: UInt64 = 0

  var nextTime: Instant? { heap.first?.at }

  mutating func plan(_ item: Item, at time: Instant) {
    planned += 1
    heap.append(Entry(at: time, order: planned, item: item))
    var child = heap.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the first item if its time has come.
  mutating func take(at now: Instant) -> Item? {
    guard let first = heap.first, first.at <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      let children = (2 * parent + 1...2 * parent + 2).filter { $0 < heap.count }
      guard let least = children.min(by: isBefore), isBefore(least, parent) else { break }
      heap.swapAt(least, parent)
      parent = least
    }
    return first.item
  }

  private func isBefore(_ lhs: Int, _ rhs: Int) -> Bool {
    (heap[lhs].at, heap[lhs].order) < (heap[rhs].at, heap[rhs].order)
  }
}
