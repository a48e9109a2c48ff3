import Base

/// The hours of a person in which nothing is sent that can wait.
public struct QuietHours: Sendable, Hashable {
  /// The days on which they begin; every day where there are none.
  public var days: [Weekday]
  public var from: CivilTime
  /// The same as `from` or before it: on the next day.
  public var to: CivilTime
  /// The person's.
  public var zone: Zone

  public init(days: [Weekday], from: CivilTime, to: CivilTime, zone: Zone) {
    self.days = days
    self.from = from
    self.to = to
    self.zone = zone
  }

  /// When the quiet hours that hold at an instant end, `nil` when none do. Where those of two days touch, as around
  /// the clock from Friday to Sunday, it is the end of the last.
  public func end(at instant: Instant) -> Instant? {
    var (end, at) = (Instant?.none, instant)
    // A week's quiet hours that never end would hold a page for ever: after eight days it goes out.
    for _ in 0..<8 {
      guard let next = stretch(at: at)?.upperBound, next > at else { break }
      (end, at) = (next, next)
    }
    return end
  }

  /// The stretch of one day that covers an instant: from its start, inclusive, to its end, exclusive.
  private func stretch(at instant: Instant) -> Range<Instant>? {
    let today = zone.civil(at: instant).date
    for date in [today.adding(days: -1), today] where days.isEmpty || days.contains(date.weekday) {
      let start = zone.instant(of: CivilDateTime(date: date, time: from))
      let last = from < to ? date : date.adding(days: 1)
      // Of a time that comes twice the second counts, so that nobody is woken in the repeated hour.
      let end = zone.instant(of: CivilDateTime(date: last, time: to), resolving: .lastOfTwo)
      if start <= instant, instant < end { return start..<end }
    }
    return nil
  }
}
