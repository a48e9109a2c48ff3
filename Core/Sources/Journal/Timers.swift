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

  private var entries = SortedChunks<Entry>()

  public init() {}

  public var count: Int { entries.count }

  /// The earliest deadline.
  public var next: Entry? { entries.first }

  public mutating func set(_ id: ULID, at: Instant) { entries.insert(Entry(at: at, id: id)) }

  public mutating func cancel(_ id: ULID, at: Instant?) {
    if let at { entries.remove(Entry(at: at, id: id)) }
  }

  /// The entries that are due, earliest first.
  public func due(at now: Instant) -> [Entry] { entries.prefix { $0.at <= now } }

  private enum CodingKeys: CodingKey { case entries }

  public init(from decoder: any Decoder) throws {
    let list = try decoder.container(keyedBy: CodingKeys.self).decode([Entry].self, forKey: .entries)
    for entry in list { entries.insert(entry) }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Array(entries), forKey: .entries)
  }
}

/// The last identifiers of a kind that grows for ever, so that a fold can forget the oldest.
public struct Recent: Codable, Sendable {
  /// Those that are kept, oldest first.
  public private(set) var kept = Chunks<ULID>()

  public init() {}

  /// Keeps one more; returns the one that is to be forgotten when there are more than `limit`.
  public mutating func keep(_ id: ULID, limit: Int) -> ULID? {
    kept.append(id)
    return kept.count > limit ? kept.removeFirst() : nil
  }

  private enum CodingKeys: CodingKey { case ids, start }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    // Older snapshots begin with some that were forgotten.
    let forgotten = try values.decodeIfPresent(Int.self, forKey: .start) ?? 0
    for id in try values.decode([ULID].self, forKey: .ids).dropFirst(forgotten) { kept.append(id) }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Array(kept), forKey: .ids)
  }
}
