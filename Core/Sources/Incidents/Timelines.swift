import Base
import Events
import Journal

/// What decisions about timelines need to know; timelines themselves are read from the journal.
public struct Timelines: Fold, Codable {
  public static let name = "timelines"
  public static let version = 2
  static let incidentsKept = 5_000
  static let subjectsKept = 20_000
  static let runsMax = 200
  static let amendmentsMax = 1_000
  static let graphsMax = 50
  static let outputsMax = 200
  static let definitionsMax = 500

  struct Counts: Codable, Sendable {
    var amendments = 0
    var graphs = 0
    var outputs = 0
  }

  private var counts = Sharded<ULID, Counts>()
  private var recent = Recent()
  /// The runbooks' runs about an incident or an alert, oldest first.
  private var runsAbout = Sharded<ULID, [ULID]>()
  private var recentSubjects = Recent()
  /// The last definitions that came into force, oldest first.
  private var definitions: [Change] = []

  private struct Change: Codable, Sendable {
    var at: Instant
    var subject: Subject
  }

  public init() {}

  public mutating func apply(_ event: Event) throws {
    if let started = try event.payload(ProcedureStarted.self) {
      guard started.program.kind == "runbook", ["incident", "alert"].contains(started.about.kind),
        let about = ULID(started.about.id), let run = ULID(event.subject.id)
      else { return }
      if runsAbout[about] == nil, let old = recentSubjects.keep(about, limit: Self.subjectsKept) {
        runsAbout[old] = nil
      }
      if (runsAbout[about]?.count ?? 0) < Self.runsMax { runsAbout[about, default: []].append(run) }
      return
    }
    if event.type == DefinitionsChanged.type {
      definitions.append(Change(at: event.time, subject: event.subject))
      if definitions.count > Self.definitionsMax { definitions.removeFirst() }
      return
    }
    guard event.subject.kind == "incident", let id = ULID(event.subject.id) else { return }
    switch event.type {
    case IncidentTimelineAmended.type: count(id) { $0.amendments += 1 }
    case IncidentGraphPinned.type: count(id) { $0.graphs += 1 }
    case IncidentOutputPinned.type: count(id) { $0.outputs += 1 }
    default: break
    }
  }

  private mutating func count(_ id: ULID, _ add: (inout Counts) -> Void) {
    if counts[id] == nil, let old = recent.keep(id, limit: Self.incidentsKept) { counts[old] = nil }
    add(&counts[id, default: Counts()])
  }

  /// The runs of runbooks about an incident or an alert.
  public func runs(about id: ULID) -> [ULID] { runsAbout[id] ?? [] }

  /// The definitions that came into force within a time, each once; the last ones where they are many.
  func definitions(from: Instant, to: Instant) -> [Subject] {
    var found: [Subject] = []
    for change in definitions where change.at >= from && change.at < to && !found.contains(change.subject) {
      found.append(change.subject)
    }
    return found.suffix(20)
  }

  // MARK: Commands

  /// Corrects or hides an entry.
  ///
  /// - Parameters:
  ///   - entry: the sequence of its event, which whoever asks has found in the incident's timeline.
  ///   - isPublished: the entry is an external update, and so is what it is corrected to.
  public func amend(
    _ incident: Incident, entry: Int64, text: String?, hidden: Bool, isPublished: Bool, by actor: Actor,
    into emitter: inout Emitter
  ) throws(Refusal) {
    guard entry > 0 else { throw Refusal(.invalid, "an entry is named by the sequence of its event, from 1") }
    if let text {
      guard (1...Incidents.maxNote).contains(text.utf8.count) else {
        throw Refusal(
          .invalid, "the corrected text is 1 to \(Incidents.maxNote) bytes long; this one has \(text.utf8.count)")
      }
    }
    guard (counts[incident.id]?.amendments ?? 0) < Self.amendmentsMax else {
      throw Refusal(
        .conflict,
        "incident \(incident.number) was amended \(Self.amendmentsMax) times, which is the most; write a note instead")
    }
    var kept: ErasableText?
    if let text, !isPublished { kept = emitter.keep(text, of: actor.text) }
    emitter.emit(
      IncidentTimelineAmended(entry: entry, text: kept, message: isPublished ? text : nil, hidden: hidden),
      on: incident.subject)
  }

  /// Keeps a graph in the timeline.
  public func pin(
    _ graph: IncidentGraphPinned, in incident: Incident, into emitter: inout Emitter
  ) throws(Refusal) {
    if let problem = graph.problem { throw Refusal(.invalid, problem) }
    guard (counts[incident.id]?.graphs ?? 0) < Self.graphsMax else {
      throw Refusal(.conflict, "incident \(incident.number) has \(Self.graphsMax) pinned graphs, which is the most")
    }
    emitter.emit(graph, on: incident.subject)
  }

  /// Keeps what a step printed in the timeline; past the bound it stays with its run alone.
  public func pin(_ output: IncidentOutputPinned, in incident: Incident, into emitter: inout Emitter) {
    guard (counts[incident.id]?.outputs ?? 0) < Self.outputsMax else { return }
    var output = output
    output.excerpt = output.excerpt.cut(4_096)
    emitter.emit(output, on: incident.subject)
  }
}

extension IncidentGraphPinned {
  /// Points of all series together.
  public static let pointsMax = 500
  static let seriesMax = 8

  /// What is wrong with it; `nil` where it can be pinned.
  var problem: String? {
    let points = series.reduce(0) { $0 + $1.points.count }
    if !(1...200).contains(title.utf8.count) { return "a graph's title is 1 to 200 bytes long" }
    if from >= to { return "the graph's range is empty; its end must be after its beginning" }
    if !(1...Self.seriesMax).contains(series.count) { return "a graph has 1 to \(Self.seriesMax) series" }
    if points > Self.pointsMax { return "the graph has \(points) points; \(Self.pointsMax) can be pinned" }
    if !series.contains(where: { $0.points.contains { $0.value != nil } }) {
      return "there is no data in that range; pin a range with data"
    }
    let isFinite = series.allSatisfy { $0.points.allSatisfy { $0.value?.isFinite ?? true } }
    return isFinite && thresholds.allSatisfy(\.isFinite) ? nil : "the graph has values that are no numbers"
  }

  /// The points of a series thinned to so many: of each stretch the one that matters most.
  ///
  /// - Parameter prefersHighest: the highest value of a stretch matters, as with a burn rate; else the lowest, as with
  ///   a budget.
  public static func thinned(_ points: [Point], to limit: Int, prefersHighest: Bool) -> [Point] {
    guard limit > 0, points.count > limit else { return limit > 0 ? points : [] }
    return (0..<limit).map { index in
      let part = points[(index * points.count / limit)..<((index + 1) * points.count / limit)]
      let valued = part.filter { $0.value != nil }
      let chosen =
        prefersHighest
        ? valued.max { ($0.value ?? 0) < ($1.value ?? 0) } : valued.min { ($0.value ?? 0) < ($1.value ?? 0) }
      return chosen ?? part[part.startIndex]
    }
  }
}
