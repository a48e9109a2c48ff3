import Base
import Definitions
import Engine
import OnCall
import Runtime
import Web

/// A schedule over a range as pages show it: who is paged, with gaps, and the rotations beneath.
enum ScheduleViews {
  /// The schedules of a snapshot with the policies that page by them and the zones of the people.
  static func plan(
    _ snapshot: Snapshot, _ schedules: Schedules, _ environment: Engine.Environment, _ zones: SystemZones
  ) -> OnCallPlan {
    var homes: [String: Zone] = [:]
    for contact in snapshot.all(ContactSpec.self) {
      guard let name = contact.spec.timeZone, let zone = zones.zone(named: name) else { continue }
      homes[contact.spec.user.shortName] = zone
    }
    return OnCallPlan(
      schedules: Array(schedules.byName.values), policies: Array(environment.policies.values), zones: homes)
  }

  static func shifts(
    _ schedule: ScheduleDefinition, from: Instant, to: Instant, overrides: [OverrideView]
  ) -> ScheduleShifts {
    let covering = overrides.map { ScheduleOverride(id: $0.id, user: $0.user, start: $0.start, end: $0.end) }
    var final = schedule.shifts(from: from, to: to, overrides: covering).map(view)
    final += schedule.gaps(from: from, to: to, overrides: covering).map {
      ShiftView(start: $0.start, end: $0.end, user: nil)
    }
    final.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    let layers = schedule.layers.indices.map { index in
      ScheduleShifts.Layer(
        name: schedule.layers[index].name, shifts: schedule.shifts(ofLayer: index, from: from, to: to).map(view))
    }
    return ScheduleShifts(final: final, layers: layers)
  }

  private static func view(_ shift: Shift) -> ShiftView {
    switch shift.source {
    case .layer(let name):
      ShiftView(start: shift.start, end: shift.end, user: shift.user, layer: name, isOverride: false)
    case .override(let id):
      ShiftView(start: shift.start, end: shift.end, user: shift.user, layer: id, isOverride: true)
    }
  }
}
