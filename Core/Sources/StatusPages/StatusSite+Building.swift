import Base

extension StatusSite {
  /// Incidents that a page lists at most; older ones are left out.
  static let incidentsMax = 500
  /// Updates of one incident that are shown at most: the newest.
  static let updatesMax = 100
  static let maintenanceMax = 50
  /// How far ahead maintenance is announced.
  static let maintenanceAhead = Interval.days(14)

  /// What may be told of the records, as of a time.
  ///
  /// - Parameters:
  ///   - records: in order of their numbers.
  ///   - since: when the journal begins.
  ///   - attainment: of SLOs by their names.
  public init(
    _ plan: StatusPlan, records: [StatusRecord], since: Instant, attainment: [String: Attainment] = [:],
    at now: Instant
  ) {
    let first = Self.today(now).adding(days: 1 - plan.history)
    let beginning = Self.start(of: first)
    let byNumber = Dictionary(records.map { ($0.number, $0) }) { first, _ in first }
    let shown = records.filter {
      ($0.resolvedAt ?? now) >= beginning && Self.isShown($0, on: plan, byNumber)
    }
    let numbers = Set(shown.map(\.number))
    let windows = Self.windows(of: plan, at: now)
    name = plan.name
    title = plan.title
    description = plan.description
    url = plan.url
    contact = plan.contact
    history = plan.history
    self.since = since
    components = plan.components.map { component in
      let stretches = shown.filter { Self.touches($0, component) }.flatMap {
        $0.stretches(of: plan.severities, until: now)
      }
      let isMaintained = windows.contains { $0.range.contains(now) && $0.components.contains(component.name) }
      let trouble = stretches.filter { $0.range.upperBound >= now }.map(\.state).max()
      return Component(
        name: component.name, description: component.description,
        state: trouble ?? (isMaintained ? .maintenance : .operational),
        days: Self.days(stretches, from: first, since: since, at: now),
        uptime: Self.uptime(stretches, within: max(beginning, since), until: now),
        attainment: component.slo.flatMap { attainment[$0] })
    }
    incidents = shown.sorted { ($0.openedAt, $0.number) > ($1.openedAt, $1.number) }.prefix(Self.incidentsMax).map {
      Self.incident($0, plan, numbers, at: now)
    }
    maintenance = windows.prefix(Self.maintenanceMax).map {
      Maintenance(
        components: $0.components, from: $0.range.lowerBound, to: $0.range.upperBound, announcement: $0.announcement)
    }
  }

  /// Private incidents never are, nor those that only had severities that the public does not hear of; the others when
  /// their services are on the page and somebody spoke, or the page shows all. What names no service but was announced
  /// concerns every page.
  private static func isShown(
    _ record: StatusRecord, on plan: StatusPlan, _ byNumber: [Int: StatusRecord]
  ) -> Bool {
    guard !record.isPrivate, record.had(plan.severities) else { return false }
    let isAnnounced = isAnnounced(record, byNumber, depth: 0)
    if record.services.isEmpty { return isAnnounced }
    guard isAnnounced || (plan.showsAll && record.mergedInto == nil) else { return false }
    return plan.components.contains { touches(record, $0) }
  }

  /// Whether somebody wrote to the public about it, or about one that goes on in it: what was told is told on.
  private static func isAnnounced(
    _ record: StatusRecord, _ byNumber: [Int: StatusRecord], depth: Int
  ) -> Bool {
    if record.isPrivate { return false }
    if !record.shownUpdates.isEmpty { return true }
    return depth < 8
      && record.merged.contains { byNumber[$0].map { isAnnounced($0, byNumber, depth: depth + 1) } ?? false }
  }

  private static func touches(_ record: StatusRecord, _ component: StatusPlan.Component) -> Bool {
    component.services.contains { record.services.contains($0) }
  }

  private static func incident(
    _ record: StatusRecord, _ plan: StatusPlan, _ shown: Set<Int>, at now: Instant
  ) -> Incident {
    let components = plan.components.filter { touches(record, $0) }.map(\.name)
    let worst =
      record.effects.compactMap(\.severity).filter(plan.severities.contains).map { ComponentState($0) }.max()
      ?? .degraded
    let updates = record.shownUpdates.suffix(updatesMax).reversed().map {
      Update(id: $0.sequence, at: $0.at, phase: $0.phase, text: $0.text, amendedAt: $0.amendedAt)
    }
    return Incident(
      number: record.number, title: record.title ?? title(worst, components), worst: worst,
      phase: record.resolvedAt == nil ? record.phase : .resolved, components: components,
      startedAt: record.openedAt, resolvedAt: record.resolvedAt, updates: updates,
      mergedInto: record.mergedInto.flatMap { shown.contains($0) ? $0 : nil },
      merged: record.merged.filter(shown.contains))
  }

  /// The incident's own title was written for those inside; until somebody writes one for the public, this is it.
  static func title(_ worst: ComponentState, _ components: [String]) -> String {
    guard !components.isEmpty else { return worst.word }
    let more = components.count > 3 ? " and \(components.count - 2) more" : ""
    return "\(worst.word): " + components.prefix(more.isEmpty ? 3 : 2).joined(separator: ", ") + more
  }

  private static func windows(
    of plan: StatusPlan, at now: Instant
  ) -> [(range: Range<Instant>, components: [String], announcement: String?)] {
    var found: [(range: Range<Instant>, components: [String], announcement: String?)] = []
    for window in plan.windows {
      let components = plan.components.filter { component in
        component.services.contains { window.services.contains($0) }
      }
      .map(\.name)
      if components.isEmpty { continue }
      for time in window.times(within: now..<(now + maintenanceAhead)) {
        found.append((time, components, window.announcement))
      }
    }
    return found.sorted {
      ($0.range.lowerBound, $0.range.upperBound, $0.components.first ?? "")
        < ($1.range.lowerBound, $1.range.upperBound, $1.components.first ?? "")
    }
  }
}
