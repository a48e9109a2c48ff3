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
      start: layer.start, until: layer.until,
      restrictions: layer.restrictions.map { restriction in
        ScheduleRestriction(
          days: Set(restriction.days), from: restriction.from, to: restriction.to)
      })
  }
}
