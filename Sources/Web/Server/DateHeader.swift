import Base
import Synchronization

/// The `Date` of answers (RFC 9110, section 5.6.7), spelt out once for all answers of a second and only when there is
/// one: an idle server does not wake for it.
final class DateHeader: Sendable {
  private let newest = Mutex<(second: Int64, text: String)>((.min, ""))

  func text(at now: Instant) -> String {
    newest.withLock { newest in
      if newest.second != now.seconds { newest = (now.seconds, Self.spelt(now)) }
      return newest.text
    }
  }

  static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  static func spelt(_ time: Instant) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let civil = Zone.utc.civil(at: time)
    let (date, clock) = (civil.date, civil.time)
    let year = String(date.year)
    let day = "\(days[date.weekday.number - 1]), \(two(date.day)) \(months[date.month - 1]) "
    return day + String(repeating: "0", count: max(0, 4 - year.count)) + year
      + " \(two(clock.hour)):\(two(clock.minute)):\(two(clock.second)) GMT"
  }
}
