import Base
import Definitions
import Events
import Fatigue
import OnCall

/// What is asked of the definitions to keep people from being worn out.
public struct Protection: Sendable {
  /// The limits of schedules that name some.
  public var limits: [String: ShiftLimits] = [:]
  /// The leads of groups.
  public var leads: [String: String] = [:]
  /// Everybody who takes turns in a schedule, each once.
  public var rotas: [String: [String]] = [:]
  /// The zones in which schedules hand over.
  public var zones: [String: Zone] = [:]
  /// The nights of people who have a contact.
  public var nights: [String: Night] = [:]
  /// Who is on call in a schedule over a range, overrides included; each with the whole of their shift.
  public var shifts: @Sendable (_ schedule: String, _ from: Instant, _ to: Instant, _ overrides: [Override]) -> [Duty]

  public init(
    shifts: @escaping @Sendable (String, Instant, Instant, [Override]) -> [Duty] = { _, _, _, _ in [] }
  ) { self.shifts = shifts }

  /// The annotation of a Group that names its lead.
  public static let leadAnnotation = "mainstay.dev/lead"

  init(_ snapshot: Snapshot, zone: (_ name: String) -> Zone?) {
    self.init()
    for group in snapshot.all(GroupSpec.self) {
      guard let lead = group.metadata.annotation(Self.leadAnnotation) else { continue }
      let ref = EntityRef(parsing: lead, defaultKind: "User", defaultNamespace: group.ref.namespace)
      leads[group.ref.shortName] = ref.shortName
    }
    for schedule in snapshot.all(ScheduleSpec.self) {
      let name = schedule.ref.shortName
      var seen: Set<String> = []
      rotas[name] = schedule.spec.layers.flatMap(\.users).map(\.shortName).filter { seen.insert($0).inserted }
      zones[name] = zone(schedule.spec.timeZone)
      limits[name] = schedule.spec.limits.map {
        ShiftLimits(
          incidentsPerShift: $0.incidentsPerShift ?? ShiftLimits.standard.incidentsPerShift,
          pagesPerNight: $0.pagesPerNight)
      }
    }
    for contact in snapshot.all(ContactSpec.self) {
      let night = contact.spec.night
      nights[contact.spec.user.shortName] = Night(
        zone: contact.spec.timeZone.flatMap(zone) ?? .utc, from: night?.from ?? Night.from, to: night?.to ?? Night.to)
    }
  }

  /// The night that an instant falls into for a person; those without a contact sleep by UTC.
  public func night(_ person: String, _ at: Instant) -> CivilDate? {
    (nights[person] ?? Night(zone: .utc)).night(of: at)
  }

  public func limits(of schedule: String) -> ShiftLimits { limits[schedule] ?? .standard }
}

extension Environment {
  /// The services whose pages go to a schedule at some level, by name.
  func services(pagedTo schedule: String) -> [String] {
    services.keys.sorted().filter { name in
      let any = Signal(key: name, service: name, severity: .critical, urgency: .page, summary: name)
      let pages = policy(for: any) ?? catchAll(for: any, administrators: [])?.policy
      return pages?.levels.contains { $0.targets.contains(.schedule(schedule)) } ?? false
    }
  }
}
