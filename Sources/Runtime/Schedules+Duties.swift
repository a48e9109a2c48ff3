import Base
import Fatigue
import OnCall

extension Schedules {
  /// Who is on call over a range, each with the whole of their shift; none where there is no such schedule.
  public func duties(_ schedule: String, from: Instant, to: Instant, overrides: [Override]) -> [Duty] {
    let shifts = byName[schedule]?.shifts(from: from, to: to, overrides: overrides.map(\.covering)) ?? []
    return shifts.map { Duty(schedule: schedule, person: $0.user, start: $0.start, end: $0.end) }
  }
}
