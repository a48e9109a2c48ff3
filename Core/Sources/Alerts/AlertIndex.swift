import Base
import Events
import Journal

/// Where open alerts are found. Worked out from the alerts alone, so that a snapshot need not carry it.
struct AlertIndex: Sendable {
  var byKey = SortedChunks<KeyPlace>()
  var open = SortedChunks<ULID>()
  var byService = SortedMap<String, SortedChunks<ULID>>()
  var byName = SortedMap<String, SortedChunks<ULID>>()
  var paging = SortedChunks<ULID>()
  /// The open ones that stand in a list of their own, and not under another alert.
  var apart = SortedChunks<ULID>()
  var heads = SortedMap<String, SortedChunks<ULID>>()
  var held = SortedMap<String, SortedChunks<ULID>>()
  var timers = SortedChunks<Timers.Entry>()

  /// An open alert's place among the hashes of keys. Bytes alone, so that a hundred thousand of them are cheap to copy
  /// in pieces; whoever finds one compares the key itself. The hashes are this process's own: no sender knows which
  /// keys fall together.
  struct KeyPlace: Comparable, Sendable {
    let hash: Int
    let id: ULID

    init(_ key: String, _ id: ULID) {
      hash = key.hashValue
      self.id = id
    }

    static func < (lhs: Self, rhs: Self) -> Bool { lhs.hash == rhs.hash ? lhs.id < rhs.id : lhs.hash < rhs.hash }
  }

  /// The open alert with a key: the one of those with its hash that has it.
  func first(key: String, where hasKey: (ULID) -> Bool) -> ULID? {
    let place = KeyPlace(key, ULID(high: 0, low: 0))
    return byKey.first(from: place, while: { $0.hash == place.hash }, where: { hasKey($0.id) })?.id
  }

  mutating func open(_ alert: Alert) {
    byKey.insert(KeyPlace(alert.signal.key, alert.id))
    open.insert(alert.id)
    if !alert.isUnderAnother { apart.insert(alert.id) }
    byService[alert.signal.service ?? "", default: SortedChunks()].insert(alert.id)
    if let name = alert.name { byName[name, default: SortedChunks()].insert(alert.id) }
  }

  private mutating func close(_ alert: Alert) {
    byKey.remove(KeyPlace(alert.signal.key, alert.id))
    open.remove(alert.id)
    if !alert.isUnderAnother { apart.remove(alert.id) }
    Self.remove(alert.id, at: alert.signal.service ?? "", from: &byService)
    if let name = alert.name { Self.remove(alert.id, at: name, from: &byName) }
  }

  /// Follows an alert from one state to the next.
  mutating func move(from before: Alert, to after: Alert) {
    let (old, new) = (Place(before), Place(after))
    if old.isPaging != new.isPaging {
      if new.isPaging { paging.insert(after.id) } else { paging.remove(after.id) }
    }
    if old.isApart != new.isApart, after.isOpen {
      if new.isApart { apart.insert(after.id) } else { apart.remove(after.id) }
    }
    if old.head != new.head {
      if let group = old.head { Self.remove(after.id, at: group, from: &heads) }
      if let group = new.head { heads[group, default: SortedChunks()].insert(after.id) }
    }
    if old.held != new.held {
      if let key = old.held { Self.remove(after.id, at: key, from: &held) }
      if let key = new.held { held[key, default: SortedChunks()].insert(after.id) }
    }
    if old.wakes != new.wakes {
      if let at = old.wakes { timers.remove(.init(at: at, id: after.id)) }
      if let at = new.wakes { timers.insert(.init(at: at, id: after.id)) }
    }
    if before.isOpen, !after.isOpen { close(before) }
  }

  private static func remove(_ id: ULID, at key: String, from map: inout SortedMap<String, SortedChunks<ULID>>) {
    map[key]?.remove(id)
    if map[key]?.isEmpty == true { map[key] = nil }
  }

  /// What of an alert is indexed and changes while it is open.
  private struct Place {
    var isPaging: Bool
    var isApart: Bool
    var head: String?
    var held: String?
    var wakes: Instant?

    init(_ alert: Alert) {
      isPaging = alert.isPaging
      isApart = !alert.isUnderAnother
      head = alert.isHead ? alert.group : nil
      held = alert.status == .firing ? alert.heldUnder : nil
      wakes = alert.wakesAt
    }
  }
}

extension Alert {
  fileprivate var name: String? { signal.labels.first { $0.name == "alertname" }?.value }
}

/// The index is left out: it is made again.
extension Alerts {
  private enum CodingKeys: String, CodingKey { case alerts, sweeps, resolved }

  public init(from decoder: any Decoder) throws {
    self.init()
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let alerts = try values.decode(SortedMap<ULID, Alert>.self, forKey: .alerts)
    let resolved = try values.decode(Recent.self, forKey: .resolved)
    self.init(alerts, resolved: resolved, sweeps: try values.decode([Sweep].self, forKey: .sweeps))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(alerts, forKey: .alerts)
    try values.encode(sweeps, forKey: .sweeps)
    try values.encode(resolved, forKey: .resolved)
  }
}
