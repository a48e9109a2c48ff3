import Base
import Definitions

extension ScheduleDefinition {
  /// The schedule that a definition describes, under the name that overrides and policies call it by.
  ///
  /// - Throws: `ZoneError` where the zone is not in the system's tzdata.
  public init(name: String, spec: ScheduleSpec, zones: ZoneFiles) throws(ZoneError) {
    self.init(name: name, zone: try zones.zone(named: spec.timeZone), layers: spec.layers.map(ScheduleLayer.init))
  }
}

extension ScheduleLayer {
  fileprivate init(_ layer: ScheduleSpec.Layer) {
    let unit: Cadence.Unit =
      switch layer.rotation {
      case .hourly: .hourly
      case .daily: .daily
      case .weekly: .weekly
      case .monthly: .monthly
      }
    self.init(
      name: layer.name, users: layer.users.map(\.name), cadence: Cadence(unit, every: layer.every),
      start: CivilDateTime(layer.start), until: layer.until.map(CivilDateTime.init),
      restrictions: layer.restrictions.map { restriction in
        ScheduleRestriction(
          days: Set(restriction.days), from: CivilTime(restriction.from), to: CivilTime(restriction.to))
      })
  }
}

extension CivilTime {
  /// A definition's times are checked when they are read.
  fileprivate init(_ time: LocalTime) { self = CivilTime(hour: time.hour, minute: time.minute) ?? .midnight }
}

extension CivilDateTime {
  fileprivate init(_ local: LocalDateTime) { self.init(date: local.date, time: CivilTime(local.time)) }
}
