import Base

/// Deadlines in order, the same in every process: by time, then by identifier.
public struct Timers: Codable, Sendable {
  public struct Entry: Codable, Sendable, Hashable, Comparable {
    public var at: Instant
    public var id: ULID

    public init(at: Instant, id: ULID) {
      self.at = at
      self.id = id
    }

    public static func < (lhs: Entry, rhs: Entry) -> Bool { (lhs.at, lhs.id) < (rhs.at, rhs.id) }
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  /// The earliest deadline.
  public var next: Entry? { entries.first }

  public mutating func set(_ id: ULID, at: Instant) {
    let entry = Entry(at: at, id: id)
    let index = place(of: entry)
    if index < entries.count, entries[index] == entry { return }
    entries.insert(entry, at: index)
  }

  public mutating func cancel(_ id: ULID, at: Instant?) {
    guard let at else { return }
    let entry = Entry(at: at, id: id)
    let index = place(of: entry)
    if index < entries.count, entries[index] == entry { entries.remove(at: index) }
  }

  /// The entries that are due, earliest first.
  public func due(at now: Instant) -> ArraySlice<Entry> { entries.prefix { $0.at <= now } }

  private func place(of entry: Entry) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The last identifiers of a kind that grows for ever, so that a fold can forget the oldest.
public struct Recent: Codable, Sendable {
  public private(set) var ids: [ULID] = []
  private var start = 0

  public init() {}

  /// Those that are kept, oldest first.
  public var kept: ArraySlice<ULID> { ids[start...] }

  /// Keeps one more; returns the one that is to be forgotten when there are more than `limit`.
  public mutating func keep(_ id: ULID, limit: Int) -> ULID? {
    ids.append(id)
    guard ids.count - start > limit else { return nil }
    let oldest = ids[start]
    start += 1
    if start > limit {
      ids.removeFirst(start)
      start = 0
    }
    return oldest
  }
}
