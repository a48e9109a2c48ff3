import Base

/// When a person is not to be woken: a stretch of their day, 22:00–07:00 in their own zone unless they say otherwise.
public struct Night: Sendable, Hashable {
  public var zone: Zone
  public var from: CivilTime
  /// Exclusive; not after `from`: on the next day.
  public var to: CivilTime

  public static let from = CivilTime(hour: 22, minute: 0)!
  public static let to = CivilTime(hour: 7, minute: 0)!

  public init(zone: Zone, from: CivilTime = Night.from, to: CivilTime = Night.to) {
    self.zone = zone
    self.from = from
    self.to = to
  }

  /// The night that an instant falls into, named by the day on which it begins; `nil` by day.
  public func night(of instant: Instant) -> CivilDate? {
    let civil = zone.civil(at: instant)
    let second = civil.time.secondOfDay
    if from < to { return second >= from.secondOfDay && second < to.secondOfDay ? civil.date : nil }
    if second >= from.secondOfDay { return civil.date }
    return second < to.secondOfDay ? civil.date.adding(days: -1) : nil
  }
}
