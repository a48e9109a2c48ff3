import Base
import Definitions

/// Periods of the calendar, one after the other from a first start on (OpenSLO `calendar`).
public struct CalendarWindow: Hashable, Sendable {
  public var duration: DurationShorthand
  /// When the first period began, in the zone's civil time.
  public var start: CivilDateTime
  /// A name of the zone database.
  public var zone: String

  public init(duration: DurationShorthand, start: CivilDateTime, zone: String) {
    self.duration = duration
    self.start = start
    self.zone = zone
  }

  /// The period that an instant lies in; its end is the next one's beginning.
  ///
  /// Days, weeks, months, quarters and years step on the zone's calendar from the first start, so that a period begins
  /// at the same time of day across changes of the clock, and one that began on the 31st begins on the last day of
  /// shorter months. Minutes and hours are lengths of time. Before the first start the same steps are taken backwards.
  ///
  /// - Parameter resolve: gives the zone of a name; where it has none, UTC is taken.
  public func period(containing instant: Instant, zone resolve: (_ name: String) -> Zone?) -> Range<Instant> {
    let zone = resolve(zone) ?? .utc
    var index = estimate(instant, zone)
    while beginning(index, zone) > instant { index -= 1 }
    while beginning(index + 1, zone) <= instant { index += 1 }
    return beginning(index, zone)..<beginning(index + 1, zone)
  }

  private var count: Int { max(1, duration.count) }

  /// Near the right period; months are too short for it to be beyond it by more than a few.
  private func estimate(_ instant: Instant, _ zone: Zone) -> Int {
    let civil = zone.civil(at: instant)
    switch duration.unit {
    case .minute, .hour:
      let length = duration.interval.nanoseconds
      return length > 0 ? Int((instant - zone.instant(of: start)).nanoseconds / length) : 0
    case .day: return (civil.date.dayNumber - start.date.dayNumber) / count
    case .week: return (civil.date.dayNumber - start.date.dayNumber) / (7 * count)
    case .month, .quarter, .year:
      let months = (civil.date.year - start.date.year) * 12 + civil.date.month - start.date.month
      return months / (count * monthsOfUnit)
    }
  }

  private var monthsOfUnit: Int {
    switch duration.unit {
    case .quarter: 3
    case .year: 12
    default: 1
    }
  }

  private func beginning(_ index: Int, _ zone: Zone) -> Instant {
    switch duration.unit {
    case .minute, .hour: zone.instant(of: start) + duration.interval * Int64(index)
    case .day: at(start.date.adding(days: index * count), zone)
    case .week: at(start.date.adding(days: index * count * 7), zone)
    case .month, .quarter, .year: at(start.date.adding(months: index * count * monthsOfUnit), zone)
    }
  }

  private func at(_ date: CivilDate, _ zone: Zone) -> Instant {
    zone.instant(of: CivilDateTime(date: date, time: start.time))
  }
}
