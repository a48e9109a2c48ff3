import Base
import Definitions

/// The times that maintenance leaves out of error budgets, out of the definitions.
public struct MaintenanceWindows: Sendable {
  private struct Window: Sendable {
    var services: Set<EntityRef>
    var slos: Set<EntityRef>
    var start: Instant
    var length: Interval
    var recurrence: RecurrenceRule?
    var zone: Zone
    var reason: String
    var place: String

    func starts(within range: Range<Instant>) -> [Instant] {
      guard let recurrence else { return range.contains(start) ? [start] : [] }
      return recurrence.occurrences(from: zone.civil(at: start), in: zone, within: range)
    }
  }

  /// A time that is left out, and why.
  public struct Exclusion: Hashable, Sendable {
    public var range: Range<Instant>
    public var reason: String
    /// Where its definition stands: `oncall/maintenance.yaml:3`.
    public var place: String
  }

  private var windows: [Window] = []

  /// - Parameter resolve: gives the zone of a name; a window in a zone that is not there counts in UTC, and the
  ///   definitions say so.
  public init(_ snapshot: Snapshot, zone resolve: (_ name: String) -> Zone?) {
    for entity in snapshot.all(MaintenanceSpec.self) where entity.spec.excludeFromBudget {
      let spec = entity.spec
      windows.append(
        Window(
          services: Set(spec.services), slos: Set(spec.slos), start: spec.start, length: spec.end - spec.start,
          recurrence: spec.recurrence, zone: resolve(spec.timeZone) ?? .utc, reason: spec.reason,
          place: "\(entity.position.file):\(entity.position.line)"))
    }
  }

  /// What of a stretch of time is left out of an objective's budget, in order of the beginnings; windows may overlap.
  ///
  /// - Parameter slo: the objective's id.
  public func exclusions(slo: String, service: String, within range: Range<Instant>) -> [Exclusion] {
    let slos = Objective.sloNames(of: slo).map { EntityRef(kind: "SLO", name: $0) }
    let services = [EntityRef(kind: "Component", name: service), EntityRef(kind: "Service", name: service)]
    var found: [Exclusion] = []
    for window in windows {
      guard slos.contains(where: window.slos.contains) || services.contains(where: window.services.contains) else {
        continue
      }
      for start in window.starts(within: (range.lowerBound - window.length)..<range.upperBound) {
        let (from, to) = (max(start, range.lowerBound), min(start + window.length, range.upperBound))
        if from < to { found.append(Exclusion(range: from..<to, reason: window.reason, place: window.place)) }
      }
    }
    return found.sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
  }

  /// The same times joined where they touch: what budgets are computed without.
  public func ranges(slo: String, service: String, within range: Range<Instant>) -> [Range<Instant>] {
    var joined: [Range<Instant>] = []
    for exclusion in exclusions(slo: slo, service: service, within: range) {
      if let last = joined.last, exclusion.range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, exclusion.range.upperBound)
      } else {
        joined.append(exclusion.range)
      }
    }
    return joined
  }
}
