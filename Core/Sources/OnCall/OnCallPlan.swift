import Base

/// Every schedule of the definitions in force, the policies that page by them, and the zones that people live in:
/// what questions over more than one schedule are asked of.
public struct OnCallPlan: Sendable {
  /// The overrides of a schedule, in the order in which they were made.
  public typealias OverridesOf = (_ schedule: String) -> [ScheduleOverride]

  /// Sorted by name.
  public let schedules: [ScheduleDefinition]
  /// Sorted by name.
  public let policies: [EscalationPolicy]
  /// By person, as far as they say where they live.
  private let zones: [String: Zone]

  public init(
    schedules: [ScheduleDefinition] = [], policies: [EscalationPolicy] = [], zones: [String: Zone] = [:]
  ) {
    self.schedules = schedules.sorted { $0.name < $1.name }
    self.policies = policies.sorted { $0.name < $1.name }
    self.zones = zones
  }

  public func schedule(named name: String) -> ScheduleDefinition? {
    var (low, high) = (0, schedules.count)
    while low < high {
      let middle = (low + high) / 2
      if schedules[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < schedules.count && schedules[low].name == name ? schedules[low] : nil
  }

  /// The zone that a person lives in; `nil` where they do not say.
  public func zone(of person: String) -> Zone? { zones[person] }

  /// The schedules that a policy pages first, sorted.
  public var primaries: [String] {
    var names: Set<String> = []
    for policy in policies { names.formUnion(Self.schedules(of: policy.levels.first)) }
    return names.sorted()
  }

  /// The policies that page by a schedule, with the levels in which they do, counted from 1.
  public func uses(of schedule: String) -> [(policy: String, levels: [Int])] {
    policies.compactMap { policy in
      let levels = policy.levels.indices.filter { Self.schedules(of: policy.levels[$0]).contains(schedule) }
      return levels.isEmpty ? nil : (policy.name, levels.map { $0 + 1 })
    }
  }

  static func schedules(of level: EscalationPolicy.Level?) -> [String] {
    (level?.targets ?? []).compactMap { if case .schedule(let name) = $0 { name } else { nil } }
  }
}

/// A shift and the schedule it belongs to.
public struct ScheduledShift: Sendable, Hashable, Codable {
  public var schedule: String
  public var shift: Shift

  public init(schedule: String, shift: Shift) {
    self.schedule = schedule
    self.shift = shift
  }
}

extension OnCallPlan {
  /// The shifts of a person in all schedules that lie in or reach into a range, by start.
  ///
  /// - Parameter limit: no more than so many of each schedule are looked through.
  public func shifts(
    of person: String, from: Instant, to: Instant, overrides: OverridesOf, limit: Int = 10_000
  ) -> [ScheduledShift] {
    var found: [ScheduledShift] = []
    for schedule in schedules {
      let overrides = overrides(schedule.name)
      // Most schedules have nothing to do with most people.
      guard
        schedule.layers.contains(where: { $0.users.contains(person) })
          || overrides.contains(where: { $0.user == person })
      else { continue }
      for shift in schedule.shifts(from: from, to: to, overrides: overrides, limit: limit) where shift.user == person {
        found.append(ScheduledShift(schedule: schedule.name, shift: shift))
      }
    }
    return found.sorted { ($0.shift.start, $0.schedule) < ($1.shift.start, $1.schedule) }
  }

  /// How long somebody with these shifts is on call within a range. Two shifts at once count once.
  public static func time(of shifts: [ScheduledShift], from: Instant, to: Instant) -> Interval {
    var total = Interval.zero
    var counted = from
    for shift in shifts.map(\.shift).sorted(by: { $0.start < $1.start }) {
      let (start, end) = (max(shift.start, counted), min(shift.end, to))
      guard start < end else { continue }
      total = total + (end - start)
      counted = end
    }
    return total
  }
}
