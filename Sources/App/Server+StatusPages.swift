import Base
import Definitions
import Engine
import Logging
import Objectives
import Runtime
import StatusPages
import Store
import Web

extension Server {
  /// How soon a page follows what happens.
  private static let statusPeriod = Duration.seconds(1)

  static func publisher(_ options: Options, _ directory: DataDirectory, _ logger: Logger) -> StatusPublisher {
    StatusPublisher(directory: options.statusPagesDirectory ?? directory.statusPages, logger: logger)
  }

  /// Publishes the status pages of the definitions as long as the server runs.
  func keepStatusPages() async {
    var seen: Int64?
    var next = Instant.distantPast
    while !Task.isCancelled {
      let now = parts.clock.now()
      let sequence = parts.writer.sequence
      if sequence != seen || now >= next {
        (seen, next) = (sequence, now + .seconds(10))
        publishStatusPages(at: now)
      }
      try? await Task.sleep(for: Self.statusPeriod)
    }
  }

  func publishStatusPages(at now: Instant) {
    let plans = parts.compiled.current.statusPages
    guard !plans.isEmpty else { return parts.statusPages.publish([], at: now) }
    let book = parts.writer.state.statusBook
    let records = book.records
    let attainment = attainment(of: plans)
    parts.statusPages.publish(
      plans.map { StatusSite($0, records: records, since: book.since ?? now, attainment: attainment, at: now) },
      at: now)
  }

  private func attainment(of plans: [StatusPlan]) -> [String: StatusSite.Attainment] {
    let wanted = Set(plans.flatMap { $0.components.compactMap(\.slo) })
    guard !wanted.isEmpty else { return [:] }
    var found: [String: StatusSite.Attainment] = [:]
    for status in parts.shelf.current(parts.telemetry, parts.compiled).list.all {
      guard wanted.contains(status.name), let share = status.sli else { continue }
      found[status.name] = .init(share: share, target: status.objective, window: status.window)
    }
    return found
  }

  func showingStatusPages(_ platform: Platform) -> Platform {
    var platform = platform
    platform.statusPages = statusPagesSource
    return platform
  }

  /// What pages, API and anybody read of them.
  private var statusPagesSource: StatusPagesSource {
    let publisher = parts.statusPages
    return StatusPagesSource(
      all: {
        publisher.sites.map { site, problem in
          .init(
            name: site.name, title: site.title, url: site.url, state: site.state, headline: site.headline,
            components: site.components.count, incidents: site.incidents.count,
            directory: "\(publisher.directory)/\(site.name)", problem: problem)
        }
      },
      files: { publisher.files(of: $0) }, file: { publisher.file(of: $0, $1) })
  }
}

extension StatusPlan {
  /// The pages of a snapshot, with the services of their journeys.
  static func plans(
    in snapshot: Snapshot, _ environment: Engine.Environment, zones: SystemZones
  ) -> [StatusPlan] {
    plans(in: snapshot, severities: environment.severities.published, zone: { zones.zone(named: $0) }) { journey in
      snapshot.find(JourneySpec.self, journey)?.spec.steps.map(\.service.shortName) ?? []
    }
  }
}
