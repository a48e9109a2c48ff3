import Base
import Definitions
import Engine
import Objectives
import Runtime
import StatusPages
import Synchronization
import Web

/// The definitions in force in the forms that the server's parts read, compiled once when they change.
final class Compiled: Sendable {
  struct Forms: Sendable {
    var environment: Engine.Environment
    var schedules: Schedules
    var addresses: AddressBook
    var replies: ReplyBook
    var objectives: [Objective]
    var catalog: CatalogView
    var trackers: TrackerBook
    var snapshot: Snapshot
    var statusPages: [StatusPlan]
  }

  private let forms: Mutex<Forms>
  private let zones: SystemZones
  let impacts = ImpactReader()

  var current: Forms { forms.withLock { $0 } }

  init(_ definitions: DefinitionsKeeper.Current, zones: SystemZones) {
    self.zones = zones
    forms = Mutex(Self.compile(definitions, zones, impacts))
  }

  func use(_ definitions: DefinitionsKeeper.Current) {
    let fresh = Self.compile(definitions, zones, impacts)
    forms.withLock { $0 = fresh }
  }

  /// What decisions read of a snapshot, for a verb that needs no server.
  static func environment(of snapshot: Snapshot, zones: SystemZones) -> Engine.Environment {
    let schedules = Schedules(snapshot, zones: zones)
    return Engine.Environment(
      compiling: snapshot, objectives: ObjectiveCompiler.compile(snapshot).0, zone: { zones.zone(named: $0) }
    ) { name, at, overrides in
      schedules.onCall(name, at: at, overrides: overrides)
    }
  }

  private static func compile(
    _ definitions: DefinitionsKeeper.Current, _ zones: SystemZones, _ impacts: ImpactReader
  ) -> Forms {
    let schedules = Schedules(definitions.snapshot, zones: zones)
    let (objectives, notes) = ObjectiveCompiler.compile(definitions.snapshot)
    var shown = definitions
    shown.diagnostics += notes
    shown.diagnostics += schedules.problems.map { Diagnostic(.warning, at: Position(file: ""), $0) }
    var environment = Engine.Environment(
      compiling: definitions.snapshot, objectives: objectives, zone: { zones.zone(named: $0) }
    ) { name, at, overrides in
      schedules.onCall(name, at: at, overrides: overrides)
    }
    var catalog = CatalogCompiler.compile(shown)
    catalog.plan = ScheduleViews.plan(definitions.snapshot, schedules, environment, zones)
    let routing = environment
    catalog.isRouted = { routing.isRouted($0) }
    environment.protection.shifts = { schedules.duties($0, from: $1, to: $2, overrides: $3) }
    environment.reviewing.impact = { slos, found, resolved in
      impacts.impact(objectives.filter { slos.contains($0.id) }, found: found, resolved: resolved)
    }
    return Forms(
      environment: environment, schedules: schedules, addresses: AddressBook(definitions.snapshot),
      replies: ReplyBook(definitions.snapshot), objectives: objectives, catalog: catalog,
      trackers: TrackerBook(definitions.snapshot),
      snapshot: definitions.snapshot, statusPages: StatusPlan.plans(in: definitions.snapshot, environment, zones: zones)
    )
  }
}
