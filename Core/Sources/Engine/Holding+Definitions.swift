import Alerts
import Base
import Catalog
import Definitions
import Events

extension Holding {
  /// Compiles what a snapshot says about silences, maintenance, inhibitions, dependencies and working hours.
  ///
  /// - Parameter zone: finds a zone; where there is none, times count in UTC, and the definitions say so.
  init(_ snapshot: Snapshot, zone: @escaping @Sendable (_ name: String) -> Zone?) {
    self.init()
    self.zone = zone
    silences = snapshot.all(SilenceSpec.self).map { silence in
      PlannedSilence(
        name: silence.ref.shortName, matchers: silence.spec.matchers,
        times: RecurringTimes(
          start: silence.spec.start, end: silence.spec.end, recurrence: silence.spec.recurrence,
          zone: zone(silence.spec.timeZone) ?? .utc),
        author: silence.spec.author ?? "the definitions", reason: silence.spec.reason)
    }
    maintenance = snapshot.all(MaintenanceSpec.self).filter(\.spec.suppressAlerts).map { window in
      Window(
        name: window.ref.shortName, services: Set(window.spec.services.map(\.shortName)),
        slos: Set(window.spec.slos.map(\.shortName)),
        times: RecurringTimes(
          start: window.spec.start, end: window.spec.end, recurrence: window.spec.recurrence,
          zone: zone(window.spec.timeZone) ?? .utc),
        reason: window.spec.reason)
    }
    inhibitions = snapshot.all(InhibitionSpec.self).map { rule in
      Inhibition(
        name: rule.ref.shortName, source: rule.spec.source,
        target: rule.spec.target, equal: rule.spec.equal)
    }
    let catalog = Catalog(snapshot)
    dependencies = ServiceGraph(Self.direct(snapshot, catalog))
    hours = Self.hours(snapshot, catalog, zone)
    for policy in snapshot.all(EscalationPolicySpec.self) {
      let schedules = policy.spec.levels.flatMap(\.targets).compactMap { target -> EntityRef? in
        if case .schedule(let ref) = target { return ref }
        return nil
      }
      guard let first = schedules.first, let schedule = snapshot.find(ScheduleSpec.self, first) else { continue }
      policyZones[policy.ref.shortName] = zone(schedule.spec.timeZone)
    }
  }

  /// What each component and each resource needs of others. A resource, such as a database or a queue, stands in the
  /// chains by its name, or where a component has that name too as `resource:NAME`; an alert whose service is the
  /// resource's name is its alert.
  private static func direct(_ snapshot: Snapshot, _ catalog: Catalog) -> [String: [String]] {
    let components = snapshot.all(ComponentSpec.self).map(\.ref)
    let resources = snapshot.all(ResourceSpec.self).map(\.ref)
    let taken = Set(components.map(\.shortName))
    var names: [EntityRef: String] = [:]
    for ref in components { names[ref] = ref.shortName }
    for ref in resources { names[ref] = taken.contains(ref.shortName) ? "resource:\(ref.shortName)" : ref.shortName }
    return Dictionary(
      (components + resources).map { ref in
        (names[ref] ?? ref.shortName, catalog.directDependencies(of: ref).compactMap { names[$0] })
      }, uniquingKeysWith: { $1 })
  }

  /// The calendar of a component, or that of its owner.
  private static func hours(
    _ snapshot: Snapshot, _ catalog: Catalog, _ zone: (String) -> Zone?
  ) -> [String: WorkingHours] {
    var hours: [String: WorkingHours] = [:]
    for component in snapshot.all(ComponentSpec.self) {
      let own = component.metadata.annotation(ServiceAnnotations.calendar)
      let owner = catalog.owner(of: component.ref).flatMap { snapshot.find(GroupSpec.self, $0) }
      guard let name = own ?? owner?.metadata.annotation(ServiceAnnotations.calendar),
        let calendar = snapshot.find(
          CalendarSpec.self,
          EntityRef(
            parsing: name, defaultKind: CalendarSpec.kind.name, defaultNamespace: component.ref.namespace))
      else { continue }
      hours[component.ref.shortName] = WorkingHours(
        zone: zone(calendar.spec.timeZone) ?? .utc,
        stretches: calendar.spec.workingHours.map { .init(days: $0.days, from: $0.from, to: $0.to) },
        holidays: Set(calendar.spec.holidays.map(\.date)))
    }
    return hours
  }
}
