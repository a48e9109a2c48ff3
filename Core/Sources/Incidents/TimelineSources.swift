import Base
import Events
import Journal

/// Where a timeline is read from: subjects of the journal, and which of their events.
public struct TimelineSource: Sendable, Hashable {
  public var subject: Subject
  /// Empty is all.
  public var types: [String] = []
  public var since: Instant?
  public var until: Instant?

  /// Whether it takes events of a type: `deployment.*` stands for all of that noun.
  public func takes(_ type: EventType) -> Bool {
    types.isEmpty
      || types.contains { $0.hasSuffix(".*") ? type.text.hasPrefix($0.dropLast()) : type.text == $0 }
  }
}

extension Incident {
  /// How long before the beginning a change may have been the cause.
  public static let changesBefore = Interval.hours(1)
  /// Sources of one timeline at most; the incident and its alerts come first.
  static let sourcesMax = 400
  static let slosMax = 50
  private static let sloTypes = [
    "slo.burn_started", "slo.burn_ended", "slo.budget_exhausted", "slo.budget_restored", "review.requested",
    "freeze.requested",
  ]

  /// What its timeline is read from.
  ///
  /// - Parameters:
  ///   - timelines: knows the runs.
  ///   - others: the incidents that were merged into it, as far as whoever reads may see them.
  ///   - slos: those of its services, by name.
  public func timelineSources(
    _ timelines: Timelines, merged others: [Incident], slos: [String] = [], at now: Instant
  ) -> [TimelineSource] {
    var sources = [TimelineSource(subject: subject)] + others.map { TimelineSource(subject: $0.subject) }
    sources += alerts.map { TimelineSource(subject: Subject("alert", $0)) }
    let abouts = [id] + others.map(\.id) + alerts
    let linked = links.map(\.subject)
    let runs = abouts.flatMap { timelines.runs(about: $0) }.map { Subject("procedure", $0) }
    for run in runs + linked.filter({ $0.kind == "procedure" }) { sources.append(TimelineSource(subject: run)) }
    let (since, until) = (beganAt - Self.changesBefore, (resolvedAt ?? max(now, beganAt)) + .seconds(1))
    // While everything stands still, so does whatever was to heal this.
    sources.append(TimelineSource(subject: "automation/all", since: since, until: until))
    for service in services {
      sources.append(
        TimelineSource(
          subject: Subject("service", service), types: ["change.recorded", "deployment.*"],
          since: since, until: until))
    }
    for slo in slos.prefix(Self.slosMax) {
      sources.append(
        TimelineSource(subject: Subject("slo", slo), types: Self.sloTypes, since: since, until: until))
    }
    for definitions in timelines.definitions(from: since, to: until) {
      sources.append(
        TimelineSource(subject: definitions, types: ["definitions.changed"], since: since, until: until))
    }
    // What somebody linked belongs to it whenever it was.
    for subject in linked where ["change", "deployment"].contains(subject.kind) {
      sources.append(TimelineSource(subject: subject))
    }
    var seen: Set<TimelineSource> = []
    return Array(sources.filter { seen.insert($0).inserted }.prefix(Self.sourcesMax))
  }
}
