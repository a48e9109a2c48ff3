import Base
import Definitions

extension ScheduleDefinition {
  /// The schedule that a definition describes, under the name that overrides and policies call it by.
  ///
  /// - Throws: `ZoneError` where the zone is not in the system's tzdata.
  public init(name: String, spec: ScheduleSpec, zones: ZoneFiles) throws(ZoneError) {
    var layers: [ScheduleLayer] = []
    for layer in spec.layers {
      var zone: Zone?
      if let name = layer.timeZone { zone = try zones.zone(named: name) }
      layers.append(ScheduleLayer(layer, zone: zone))
    }
    self.init(name: name, zone: try zones.zone(named: spec.timeZone), layers: layers)
  }
}

extension ScheduleLayer {
  fileprivate init(_ layer: ScheduleSpec.Layer, zone: Zone?) {
    let unit: Cadence.Unit =
      switch layer.rotation {
      case .hourly: .hourly
      case .daily: .daily
      case .weekly: .weekly
      case .monthly: .monthly
      }
    self.init(
      name: layer.name, users: layer.users.map(\.name), cadence: Cadence(unit, every: layer.every),
      start: layer.start, handover: layer.handover.map { $0.last(notAfter: layer.start) }, until: layer.until,
      restrictions: layer.restrictions.map { restriction in
        ScheduleRestriction(
          days: Set(restriction.days), from: restriction.from, to: restriction.to)
      }, zone: zone)
  }
}

extension ScheduleSpec.Handover {
  /// The last handover at or before a time.
  fileprivate func last(notAfter start: CivilDateTime) -> CivilDateTime {
    var found = CivilDateTime(date: start.date, time: time)
    if let day { found.date = found.date.adding(days: -((found.date.weekday.number - day.number + 7) % 7)) }
    while found > start { found.date = found.date.adding(days: day == nil ? -1 : -7) }
    return found
  }
}
