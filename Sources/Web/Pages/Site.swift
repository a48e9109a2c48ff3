import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Outbox

/// What the pages read: one committed state, and what belongs to it, taken once per request.
struct Site: Sendable {
  var state: State
  var catalog: CatalogView
  var objectives: ObjectiveList
  /// The budgets of some SLOs over their windows.
  var sparklines: @Sendable (_ slos: [String]) -> [String: [Double?]] = { _ in [:] }
  var shifts: @Sendable (_ schedule: String, _ from: Instant, _ to: Instant) -> ScheduleShifts?

  func service(_ name: String) -> ServiceEntry? { catalog.services.first { $0.name == name } }

  func objectives(of service: String) -> [ObjectiveStatus] { objectives.of(service: service) }

  /// The teams that own services, and the tiers that services have, sorted.
  var teams: [String] { Set(catalog.services.compactMap(\.owner)).sorted() }
  var tiers: [Int] { Set(catalog.services.compactMap(\.tier)).sorted() }

  /// The worst of a service's objectives; no data where it has none that is measured.
  func health(of service: String) -> Health { objectives.health(of: service) }

  /// The alerts that wait for somebody, newest first, as many as a page can use.
  var pagingAlerts: [Alert] { Array(state.alerts.paging.reversed().prefix(500)) }

  var allIncidents: [Incident] { state.incidents.incidents.sortedElements.map(\.value).reversed() }

  /// Who is on call in a schedule now, and until when.
  func onCall(_ schedule: String, at now: Instant) -> ShiftView? {
    shifts(schedule, now, now + .days(7))?.final.first { $0.start <= now && now < $0.end }
  }
}

extension Alert {
  /// The word that pages show: suppressed is an open alert that pages nobody of its own.
  var condition: AlertCondition {
    switch status {
    case .resolved: .resolved
    case .acknowledged: .acknowledged
    case .firing: suppression == nil ? .firing : .suppressed
    }
  }
}

extension AlertCondition {
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension Incident {
  var condition: IncidentCondition {
    switch status {
    case .open: .open
    case .acknowledged: .acknowledged
    case .resolved: .resolved
    }
  }
}

extension Page {
  var condition: PageCondition {
    switch status {
    case .pending: attempts.isEmpty ? .requested : .retrying
    case .claimed: .sending
    case .sent: .sent
    case .failed: .dead
    case .cancelled: .cancelled
    }
  }
}

extension Override {
  var view: OverrideView {
    OverrideView(id: id.description, schedule: schedule, user: user, start: start, end: end, by: by.text)
  }
}
