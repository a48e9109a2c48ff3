import Base

extension StatusSite {
  typealias Stretch = (range: Range<Instant>, state: ComponentState)

  /// Days are counted in UTC: readers are anywhere, and a file cannot ask them.
  static func today(_ now: Instant) -> CivilDate { CivilDateTime(clockSeconds: Int(now.seconds)).date }

  static func start(of date: CivilDate) -> Instant { Instant(seconds: Int64(date.dayNumber) * 86_400) }

  static func days(_ stretches: [Stretch], from first: CivilDate, since: Instant, at now: Instant) -> [Day] {
    let down = union(stretches.filter(\.state.isDown).map(\.range))
    return (first.dayNumber...today(now).dayNumber).map { number in
      let date = CivilDate(dayNumber: number)
      let day = start(of: date)..<(start(of: date) + .days(1))
      guard day.upperBound > since else { return Day(date: date, worst: nil, down: .zero) }
      let worst = stretches.filter { $0.range.overlaps(day) }.map(\.state).max() ?? .operational
      return Day(date: date, worst: worst, down: length(of: down, within: day))
    }
  }

  /// The share of the time from `beginning` to `now` without an outage; `nil` where that is no time at all.
  static func uptime(_ stretches: [Stretch], within beginning: Instant, until now: Instant) -> Double? {
    guard beginning < now else { return nil }
    let down = length(of: union(stretches.filter(\.state.isDown).map(\.range)), within: beginning..<now)
    return 1 - down / (now - beginning)
  }

  /// Ranges joined where they overlap or touch, so that two incidents at once count once.
  static func union(_ ranges: [Range<Instant>]) -> [Range<Instant>] {
    var joined: [Range<Instant>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    return joined
  }

  private static func length(of ranges: [Range<Instant>], within bounds: Range<Instant>) -> Interval {
    ranges.reduce(.zero) { sum, range in
      let (from, to) = (max(range.lowerBound, bounds.lowerBound), min(range.upperBound, bounds.upperBound))
      return from < to ? sum + (to - from) : sum
    }
  }
}
