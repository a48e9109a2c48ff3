import Base
import Events
import Journal

extension Incidents {
  /// Alerts, links, services and the roles that nobody holds there move; the merged one is over and points to where
  /// they went.
  mutating func merge(_ incident: inout Incident, _ merged: IncidentMerged, _ event: Event) {
    guard var survivor = incidents[merged.into] else { return }
    for alert in incident.alerts where !survivor.alerts.contains(alert) {
      survivor.alerts.append(alert)
      byAlert[alert] = survivor.id
    }
    survivor.involve(incident.services)
    for link in incident.links where !survivor.links.contains(where: { $0.subject == link.subject }) {
      survivor.links.append(link)
    }
    // A role in a private incident lets its holder see it: merging is not to let anybody in.
    let roles = incident.roles.filter { survivor.isVisible(to: Viewer(.user($0.person))) }
    for role in roles where !survivor.roles.contains(role) {
      if role.role == IncidentRoles.expert || survivor.holders(of: role.role).isEmpty { survivor.roles.append(role) }
    }
    survivor.beganAt = min(survivor.beganAt, incident.beganAt)
    survivor.detectedAt = [survivor.detectedAt, incident.detectedAt].compactMap { $0 }.min()
    survivor.merged.append(incident.id)
    survivor.add(.change, "incident \(incident.number) was merged into this one", of: event)
    incidents[survivor.id] = survivor
    incident.status = .resolved
    incident.phase = .resolved
    incident.resolvedAt = event.time
    incident.resolution = "merged into incident \(survivor.number)"
    incident.mergedInto = survivor.id
    incident.add(.change, "merged into incident \(survivor.number)", of: event)
  }

  /// Takes alerts over from another incident; one that had been merged is open again.
  mutating func split(_ incident: inout Incident, _ split: IncidentSplit, _ event: Event) {
    if !incident.isOpen { incident.reopen(event) }
    guard var other = incidents[split.from] else { return }
    other.alerts.removeAll { split.alerts.contains($0) }
    other.merged.removeAll { $0 == incident.id }
    if let left = split.left { other.services.removeAll { left.contains($0) } }
    let merged = other.merged.compactMap { incidents[$0] }
    other.detectedAt = (merged.map(\.detectedAt) + [split.restFiredAt]).compactMap { $0 }.min()
    other.beganAt = merged.map(\.beganAt).reduce(min(other.openedAt, split.restFiredAt ?? other.openedAt), min)
    other.add(.change, "incident \(incident.number) was split off", of: event)
    incidents[other.id] = other
    for alert in split.alerts {
      if !incident.alerts.contains(alert) { incident.alerts.append(alert) }
      byAlert[alert] = incident.id
    }
    incident.involve(split.services)
    incident.beganAt = min(incident.beganAt, split.firedAt ?? incident.beganAt)
    incident.detectedAt = [incident.detectedAt, split.firedAt].compactMap { $0 }.min()
    incident.add(.change, "split off from incident \(other.number)", of: event)
  }
}
