import Base

/// The alerts whose sender has to repeat them, and until when each of them holds. A repeat moves the deadline here, in
/// memory; the journal hears only of the first report and of the end.
///
/// Deadlines stand in slots of a second. One that has moved is found in its old slot, when that comes, and put into
/// its new one, so that a repeat costs a look-up.
public struct Leases: Sendable {
  /// What names a sender's condition: 128 bits over its integration and its key or labels.
  public struct Key: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
      self.high = high
      self.low = low
    }
  }

  public struct Lease: Sendable, Hashable {
    /// The alert that it holds open. Several conditions may hold one, where a route gave them one key.
    public var alert: ULID
    public var deadline: Instant
  }

  /// Conditions remembered; past it those of closed alerts are dropped by their deadline alone, and new ones go to the
  /// writer each time.
  public static let max = 400_000

  private var leases: [Key: Lease] = [:]
  private var holders: [ULID: Int] = [:]
  private var slots: [Int64: [Key]] = [:]
  private var nextSlot: Int64?

  public init() {}

  public var count: Int { leases.count }

  public subscript(key: Key) -> Lease? { leases[key] }

  /// How many conditions hold an alert open.
  public func holders(of alert: ULID) -> Int { holders[alert] ?? 0 }

  private static func slot(of deadline: Instant) -> Int64 {
    let (slot, rest) = deadline.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return slot + (rest > 0 ? 1 : 0)
  }

  /// A condition was reported: its alert holds until the deadline.
  public mutating func hold(_ key: Key, alert: ULID, until deadline: Instant) {
    if let known = leases[key] {
      if known.alert == alert, known.deadline <= deadline {
        leases[key]?.deadline = deadline
        return
      }
      release(key)
    }
    guard leases.count < Self.max else { return }
    leases[key] = Lease(alert: alert, deadline: deadline)
    holders[alert, default: 0] += 1
    let slot = Self.slot(of: deadline)
    slots[slot, default: []].append(key)
    nextSlot = min(nextSlot ?? slot, slot)
  }

  /// The condition is over, or its alert is.
  @discardableResult
  public mutating func release(_ key: Key) -> Lease? {
    guard let lease = leases.removeValue(forKey: key) else { return nil }
    if let count = holders[lease.alert], count > 1 {
      holders[lease.alert] = count - 1
    } else {
      holders[lease.alert] = nil
    }
    return lease
  }

  /// Takes out what has run out by now, oldest first, at most so many.
  ///
  /// - Returns: the alerts that nothing holds open any more.
  public mutating func expire(at now: Instant, limit: Int = 1_000) -> [ULID] {
    var silent: [ULID] = []
    // Whole seconds, so that a lease runs out at the same moment whichever slot it stands in.
    let last = now.seconds
    let whole = Instant(seconds: last)
    while var slot = nextSlot, slot <= last, silent.count < limit {
      for key in slots.removeValue(forKey: slot) ?? [] {
        guard let lease = leases[key] else { continue }
        if lease.deadline > whole {
          slots[Self.slot(of: lease.deadline), default: []].append(key)
        } else if release(key) != nil, holders[lease.alert] == nil {
          silent.append(lease.alert)
        }
      }
      slot += 1
      // Silence of hours would otherwise be walked second by second.
      while slots[slot] == nil, slot <= last { slot += 1 }
      nextSlot = slots.isEmpty ? nil : slot <= last ? slot : slots.keys.min()
    }
    return silent
  }
}
