import Base

/// Which pages go out next. Each channel has a lane of its own, so that one that is slow or dead holds up no other; a
/// lane has so many places, and rests when its other side asks for a pause.
///
///     due in the outbox ──add──▶ waiting in its lane ──take──▶ under way ──end──▶ out
struct DeliveryLanes: Sendable {
  /// Attempts under way at once over one channel.
  static let perLane = 32
  /// And over all.
  static let overall = 512
  /// A longer pause fails the pages that fall due in it, so that their people are reached another way.
  static let pauseHeld = Interval.seconds(2)

  private struct Lane {
    var waiting: [ULID] = []
    var head = 0
    var underWay = 0
    var pausedUntil = Instant.distantPast

    mutating func next() -> ULID? {
      guard head < waiting.count else { return nil }
      defer {
        head += 1
        if head > 1_024, head * 2 > waiting.count {
          waiting.removeFirst(head)
          head = 0
        }
      }
      return waiting[head]
    }
  }

  private var lanes: [String: Lane] = [:]
  /// The lanes in the order they came: each take begins after the lane that was last served.
  private var order: [String] = []
  private var turn = 0
  /// Pages in a lane or under way, with their lanes.
  private var known: [ULID: String] = [:]
  private var underWay = 0

  /// Whether the page is waiting here or under way already.
  func knows(_ page: ULID) -> Bool { known[page] != nil }

  mutating func add(_ page: ULID, to lane: String) {
    guard known.updateValue(lane, forKey: page) == nil else { return }
    if lanes[lane] == nil { order.append(lane) }
    lanes[lane, default: Lane()].waiting.append(page)
  }

  struct Taken: Sendable {
    /// May go out now.
    var pages: [ULID] = []
    /// Fall due in a long pause of their channel, with its end.
    var paused: [(page: ULID, until: Instant)] = []
    /// When a lane that rests goes on.
    var wakeAt: Instant?
  }

  /// Takes what may go out now, one lane after the other in turns.
  mutating func take(at now: Instant) -> Taken {
    var taken = Taken()
    guard !order.isEmpty else { return taken }
    for offset in 0..<order.count {
      let name = order[(turn + offset) % order.count]
      guard var lane = lanes[name] else { continue }
      let pause = lane.pausedUntil - now
      if pause > Self.pauseHeld {
        while let page = lane.next() { taken.paused.append((page, lane.pausedUntil)) }
      } else if pause > .zero {
        if lane.head < lane.waiting.count { taken.wakeAt = min(taken.wakeAt ?? .distantFuture, lane.pausedUntil) }
      } else {
        while lane.underWay < Self.perLane, underWay < Self.overall, let page = lane.next() {
          lane.underWay += 1
          underWay += 1
          taken.pages.append(page)
        }
      }
      lanes[name] = lane
    }
    turn = (turn + 1) % order.count
    return taken
  }

  /// An attempt is over, or was not made.
  mutating func end(_ page: ULID, wasTaken: Bool = true) {
    guard let name = known.removeValue(forKey: page) else { return }
    guard wasTaken else { return }
    lanes[name]?.underWay -= 1
    underWay -= 1
  }

  /// The other side of a channel asked for nothing before `until`.
  mutating func pause(_ lane: String, until: Instant) {
    guard var found = lanes[lane] else { return }
    found.pausedUntil = max(found.pausedUntil, until)
    lanes[lane] = found
  }
}
