import Alerts
import Base
import Catalog
import Definitions
import Engine
import Freeze
import Runtime
import Web

/// Turns the snapshot in force into what pages and the API show. Done once when the definitions change.
enum CatalogCompiler {
  static func compile(_ current: DefinitionsKeeper.Current) -> CatalogView {
    let snapshot = current.snapshot
    var view = CatalogView(
      hash: snapshot.hash, loadedAt: current.loadedAt, documents: snapshot.documents.count,
      services: services(snapshot), people: people(snapshot), schedules: schedules(snapshot),
      freezes: snapshot.all(FreezeSpec.self).map { FreezeWindow($0) }, silences: silences(snapshot),
      runbooks: snapshot.runbooks.map { RunbookEntry($0) }.sorted { $0.name < $1.name },
      diagnostics: current.diagnostics.map(entry), isDegraded: current.isDegraded)
    view.teams = snapshot.all(GroupSpec.self).map(\.ref.shortName).sorted()
    view.policies = snapshot.all(EscalationPolicySpec.self).map(\.ref.shortName).sorted()
    view.channels = snapshot.all(ChannelSpec.self).map(\.ref.shortName).sorted()
    view.journeys = journeys(snapshot)
    view.routes = snapshot.routes.map { route in
      RouteEntry(route: AlertRoute(route), place: "\(route.position.file):\(route.position.line)")
    }
    view.severities = Severities(snapshot)
    return view
  }

  private static func journeys(_ snapshot: Snapshot) -> [JourneyEntry] {
    snapshot.all(JourneySpec.self).map { journey in
      JourneyEntry(
        name: journey.ref.shortName, title: journey.spec.title, owner: journey.spec.owner?.shortName,
        tier: journey.spec.tier,
        steps: journey.spec.steps.map {
          .init(name: $0.name, service: $0.service.shortName, slos: $0.slos.map(\.shortName))
        })
    }
    .sorted { $0.name < $1.name }
  }

  private static func services(_ snapshot: Snapshot) -> [ServiceEntry] {
    let components = snapshot.all(ComponentSpec.self)
    let catalog = Catalog(snapshot)
    func name(_ ref: EntityRef) -> String {
      ref.kind.lowercased() == "component" ? ref.shortName : ref.description
    }
    func chains(_ ref: EntityRef, _ next: (EntityRef) -> [EntityRef]) -> [[String]] {
      catalog.chains(from: ref, through: { $0.kind.lowercased() == "resource" }, next: next).map { $0.map(name) }
    }
    return components.map { component in
      ServiceEntry(
        name: component.ref.shortName, title: component.metadata.title, description: component.metadata.description,
        tier: component.metadata.annotation(ServiceAnnotations.tier).flatMap { Int($0) },
        owner: component.spec.owner.shortName, system: component.spec.system?.shortName,
        lifecycle: component.spec.lifecycle,
        dependsOn: catalog.directDependencies(of: component.ref).map(name).sorted(),
        dependents: catalog.directDependents(of: component.ref).map(name).sorted(),
        dependsThrough: chains(component.ref, catalog.directDependencies),
        dependentsThrough: chains(component.ref, catalog.directDependents),
        policy: component.metadata.annotation(ServiceAnnotations.escalationPolicy),
        runbooks: snapshot.runbooks(for: component.ref).map(\.name),
        links: component.metadata.links.map { LinkEntry(title: $0.title ?? $0.url, url: $0.url) },
        place: "\(component.position.file):\(component.position.line)")
    }
    .sorted { $0.name < $1.name }
  }

  private static func people(_ snapshot: Snapshot) -> [PersonEntry] {
    let reachable = Set(snapshot.all(ContactSpec.self).map(\.spec.user))
    let groups = snapshot.all(GroupSpec.self)
    return snapshot.all(UserSpec.self).map { user in
      let teams = user.spec.memberOf + groups.filter { $0.spec.members.contains(user.ref) }.map(\.ref)
      return PersonEntry(
        name: user.ref.shortName, displayName: user.spec.profile.displayName ?? user.metadata.title,
        teams: Set(teams.map(\.shortName)).sorted(), hasContact: reachable.contains(user.ref))
    }
    .sorted { $0.name < $1.name }
  }

  private static func schedules(_ snapshot: Snapshot) -> [ScheduleEntry] {
    snapshot.all(ScheduleSpec.self).map {
      ScheduleEntry(name: $0.ref.shortName, title: $0.metadata.title, zone: $0.spec.timeZone)
    }
    .sorted { $0.name < $1.name }
  }

  private static func silences(_ snapshot: Snapshot) -> [PlannedSilence] {
    snapshot.all(SilenceSpec.self).map { silence in
      let spec = silence.spec
      let often = spec.recurrence.map { ", \($0.frequency.rawValue.lowercased()) in \(spec.timeZone)" } ?? ""
      return PlannedSilence(
        name: silence.ref.shortName, matchers: spec.matchers.map(\.description).joined(separator: ", "),
        times: "\(spec.start.rfc3339) to \(spec.end.rfc3339)\(often)", author: spec.author, reason: spec.reason,
        place: "\(silence.position.file):\(silence.position.line)")
    }
    .sorted { $0.name < $1.name }
  }

  private static func entry(_ diagnostic: Diagnostic) -> DiagnosticEntry {
    DiagnosticEntry(
      file: diagnostic.position.file, line: diagnostic.position.line, column: diagnostic.position.column,
      isError: diagnostic.severity == .error, message: diagnostic.message)
  }
}
