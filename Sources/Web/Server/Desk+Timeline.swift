import Base
import Engine
import Events
import Incidents
import Journal

/// A stretch of an incident's timeline.
struct TimelineView: Sendable {
  /// In order of their events.
  var entries: [TimelineEntry] = []
  var kind: TimelineEntry.Kind?
  /// Entries before these begin before this sequence.
  var earlier: Int64?
  /// Entries after these begin after this sequence.
  var later: Int64?
}

extension Desk {
  static let timelineRows = 100
  /// Entries of an export at most.
  static let exportMax = 20_000
  /// Rounds of reading one source: for a kind that is rare in it, or for all of it.
  private static let roundsMax = 50

  func incident(_ request: WebRequest) throws -> Incident {
    guard let incident = platform.committed().state.incidents.incidents[try request.id()] else {
      throw Problem.notFound("such incident")
    }
    return incident
  }

  func timelineSources(of incident: Incident) -> [TimelineSource] {
    let state = platform.committed().state
    return incident.timelineSources(
      state.timelines, merged: incident.merged.compactMap { state.incidents.incidents[$0] },
      slos: slos(of: incident), at: platform.now())
  }

  /// - Parameters:
  ///   - after: reads on from there; `nil` reads the newest, those before `before` if that is given.
  func timeline(
    of incident: Incident, kind: TimelineEntry.Kind? = nil, after: Int64? = nil, before: Int64? = nil,
    limit: Int = Desk.timelineRows
  ) async throws -> TimelineView {
    let sources = timelineSources(of: incident)
    var found: [TimelineEntry] = []
    var (low, high) = (after, before)
    for source in sources {
      found += try await entries(source, kind, low, high, newestFirst: after == nil, limit: limit + 1)
      guard found.count > limit else { continue }
      found.sort { after == nil ? $0.sequence > $1.sequence : $0.sequence < $1.sequence }
      found.removeLast(found.count - limit - 1)
      // What is not nearer than the last of these cannot be on the page, so the other sources need not be read there.
      let last = found[limit].sequence
      if after == nil { low = last } else { high = last }
    }
    found.sort { after == nil ? $0.sequence > $1.sequence : $0.sequence < $1.sequence }
    let hasMore = found.count > limit
    var entries = Array(found.prefix(limit))
    if after == nil { entries.reverse() }
    try await amend(&entries, sources)
    var view = TimelineView(entries: entries, kind: kind)
    if after == nil {
      view.earlier = hasMore ? entries.first?.sequence : nil
      view.later = before == nil ? nil : entries.last?.sequence ?? before.map { $0 - 1 }
    } else {
      view.earlier = entries.first?.sequence ?? after.map { $0 + 1 }
      view.later = hasMore ? entries.last?.sequence : nil
    }
    return view
  }

  /// The whole timeline, oldest first.
  func wholeTimeline(of incident: Incident) async throws -> (entries: [TimelineEntry], isCut: Bool) {
    let sources = timelineSources(of: incident)
    var all: [TimelineEntry] = []
    var before: Int64?
    for source in sources {
      all += try await entries(source, nil, nil, before, newestFirst: false, limit: Self.exportMax + 1)
      guard all.count > Self.exportMax else { continue }
      all.sort { $0.sequence < $1.sequence }
      all.removeLast(all.count - Self.exportMax - 1)
      before = all[Self.exportMax].sequence
    }
    all.sort { $0.sequence < $1.sequence }
    let isCut = all.count > Self.exportMax
    if isCut { all.removeLast(all.count - Self.exportMax) }
    try await amend(&all, sources)
    return (all, isCut)
  }

  /// Of its services, by name; what they burn is part of what happened.
  private func slos(of incident: Incident) -> [String] {
    let list = platform.objectives()
    return incident.services.flatMap { list.of(service: $0).map(\.name) }
  }

  /// The entries of one source between two sequences, both left out.
  private func entries(
    _ source: TimelineSource, _ kind: TimelineEntry.Kind?, _ after: Int64?, _ before: Int64?, newestFirst: Bool,
    limit: Int
  ) async throws -> [TimelineEntry] {
    var query = JournalQuery(
      after: after ?? 0, before: before, types: source.types, subject: source.subject.text, since: source.since,
      until: source.until, limit: kind == nil ? min(limit, 1_000) : 1_000, newestFirst: newestFirst)
    var found: [TimelineEntry] = []
    for _ in 0..<Self.roundsMax {
      let events = try await platform.events(query)
      // An event that cannot be read is not worth the whole timeline; the journal shows it.
      let read = events.compactMap { try? TimelineEntry($0) }.filter { kind == nil || $0.kind == kind }
      found += read.prefix(limit - found.count)
      guard found.count < limit, events.count == query.limit, let last = events.last else { break }
      if query.newestFirst { query.before = last.sequence } else { query.after = last.sequence }
    }
    return found
  }

  private func amend(_ entries: inout [TimelineEntry], _ sources: [TimelineSource]) async throws {
    let amendments = try await amendments(sources)
    for index in entries.indices { entries[index].amendments = amendments.of(entries[index].sequence) }
  }

  private func amendments(_ sources: [TimelineSource]) async throws -> TimelineAmendments {
    var events: [Event] = []
    for source in sources where source.subject.kind == "incident" {
      let query = JournalQuery(
        types: [IncidentTimelineAmended.type.text], subject: source.subject.text, limit: 1_000)
      events += try await platform.events(query)
    }
    return TimelineAmendments(events.sorted { $0.sequence < $1.sequence })
  }

  /// One entry with all its corrections.
  ///
  /// - Throws: `Problem` where the incident's timeline has no such entry.
  func timelineEntry(_ request: WebRequest, of incident: Incident) async throws -> TimelineEntry {
    let text = request.parameters["sequence"] ?? ""
    guard let sequence = Int64(text), sequence > 0, sequence < .max,
      let event = try await platform.events(JournalQuery(after: sequence - 1, before: sequence + 1, limit: 1)).first,
      var entry = try? TimelineEntry(event)
    else { throw Problem.notFound("entry \(text.prefix(20)) in this timeline") }
    let sources = timelineSources(of: incident)
    guard
      sources.contains(where: { source in
        source.subject == event.subject && source.takes(event.type) && (source.since.map { event.time >= $0 } ?? true)
          && (source.until.map { event.time < $0 } ?? true)
      })
    else { throw Problem.notFound("entry \(sequence) in this timeline") }
    entry.amendments = try await amendments(sources).of(sequence)
    return entry
  }

  // MARK: Pinning

  /// The graph of an SLO as of now.
  func graph(_ slo: String, chart: String, from: Instant, to: Instant) async throws -> IncidentGraphPinned {
    guard let status = platform.objectives().named(slo) else { throw Problem.notFound("SLO \(slo)") }
    guard from < to, to - from <= .days(90) else {
      throw Problem.invalid("The range of the graph is empty or longer than 90 days.", "Choose an hour or a day.")
    }
    guard let history = await platform.history(slo, from, to) else { throw Problem.notFound("SLO \(slo)") }
    switch chart {
    case "burn": return PinnedGraphs.burn(status, history, from: from, to: to)
    case "budget": return PinnedGraphs.budget(status, history, from: from, to: to)
    case "traffic": return PinnedGraphs.traffic(status, history, from: from, to: to)
    default: throw Problem.invalid("'\(chart.prefix(40))' is no graph.", "Use burn, budget or traffic.")
    }
  }
}

/// Graphs of SLOs, thinned to what an event may hold.
enum PinnedGraphs {
  typealias Graph = IncidentGraphPinned

  static func burn(_ slo: ObjectiveStatus, _ history: ObjectiveHistory, from: Instant, to: Instant) -> Graph {
    let windows = history.windows.prefix(4)
    let series = windows.enumerated().map { index, window in
      Graph.Series(
        name: Format.length(window),
        points: thinned(history.points, windows.count, highest: true) { point in
          point.burn.indices.contains(index) ? point.burn[index] : nil
        })
    }
    return Graph(
      title: "Burn rate of \(slo.shownName)".cut(200), slo: slo.name, from: from, to: to, unit: "×",
      isLogarithmic: true, series: series, thresholds: slo.pairs.map(\.pair.factor))
  }

  static func budget(_ slo: ObjectiveStatus, _ history: ObjectiveHistory, from: Instant, to: Instant) -> Graph {
    let points = thinned(history.points, 1, highest: false) { $0.budgetLeft.map { $0 * 100 } }
    return Graph(
      title: "Error budget left of \(slo.shownName)".cut(200), slo: slo.name, from: from, to: to, unit: "%",
      isLogarithmic: false, series: [.init(name: "Budget left", points: points)], thresholds: [0])
  }

  static func traffic(_ slo: ObjectiveStatus, _ history: ObjectiveHistory, from: Instant, to: Instant) -> Graph {
    let seconds = max(1, history.step.seconds)
    let all = thinned(history.points, 2, highest: true) { $0.total.map { max(0, $0 / seconds) } }
    let failed = thinned(history.points, 2, highest: true) { point in
      point.total.flatMap { total in point.good.map { max(0, (total - $0) / seconds) } }
    }
    return Graph(
      title: "Requests of \(slo.shownName)".cut(200), slo: slo.name, from: from, to: to, unit: "/s",
      isLogarithmic: false, series: [.init(name: "All", points: all), .init(name: "Failed", points: failed)])
  }

  private static func thinned(
    _ points: [ObjectiveHistory.Point], _ series: Int, highest: Bool, _ value: (ObjectiveHistory.Point) -> Double?
  ) -> [Graph.Point] {
    let all = points.map { point in
      Graph.Point(at: point.time, value: value(point).flatMap { $0.isFinite ? $0 : nil })
    }
    return Graph.thinned(all, to: Graph.pointsMax / max(1, series), prefersHighest: highest)
  }
}
