import Base
import Journal

/// An entry of the timeline is corrected or hidden. The entry itself stays in the journal; the newest amendment of an
/// entry counts. Subject: `incident/ID`.
public struct IncidentTimelineAmended: EventPayload {
  public static let type: EventType = "incident.timeline_amended"
  /// Of the entry's event.
  public var entry: Int64
  /// What it says from now on; `nil` leaves what it said before.
  public var text: ErasableText?
  /// The same where the entry is an external update: it is published, and stays.
  public var message: String?
  /// Whether it is left out of the timeline.
  public var hidden: Bool

  public init(entry: Int64, text: ErasableText?, message: String?, hidden: Bool) {
    self.entry = entry
    self.text = text
    self.message = message
    self.hidden = hidden
  }
}

/// A graph is kept in the timeline as it was at that moment. Subject: `incident/ID`.
public struct IncidentGraphPinned: EventPayload {
  public static let type: EventType = "incident.graph_pinned"

  public struct Point: Codable, Sendable, Hashable {
    public var at: Instant
    /// `nil` where there was no data.
    public var value: Double?
    public init(at: Instant, value: Double?) {
      self.at = at
      self.value = value
    }
  }

  public struct Series: Codable, Sendable, Hashable {
    public var name: String
    public var points: [Point]
    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  public var title: String
  public var slo: String?
  public var from: Instant
  public var to: Instant
  /// `%`, `×`, `/s`.
  public var unit: String
  /// Drawn on a logarithmic axis.
  public var isLogarithmic: Bool
  /// At most 500 points together.
  public var series: [Series]
  /// Values that are drawn as lines across, such as the factor that pages.
  public var thresholds: [Double]

  public init(
    title: String, slo: String?, from: Instant, to: Instant, unit: String, isLogarithmic: Bool, series: [Series],
    thresholds: [Double] = []
  ) {
    self.title = title
    self.slo = slo
    self.from = from
    self.to = to
    self.unit = unit
    self.isLogarithmic = isLogarithmic
    self.series = series
    self.thresholds = thresholds
  }
}

/// What a step of a run printed is kept in the timeline. Subject: `incident/ID`.
public struct IncidentOutputPinned: EventPayload {
  public static let type: EventType = "incident.output_pinned"
  public var run: ULID
  /// The runbook's name.
  public var runbook: String
  /// Of the step.
  public var index: Int
  public var step: String
  /// Where the whole output is kept.
  public var key: String?
  /// The end of it, secrets masked, at most 4 KiB.
  public var excerpt: String

  public init(run: ULID, runbook: String, index: Int, step: String, key: String?, excerpt: String) {
    self.run = run
    self.runbook = runbook
    self.index = index
    self.step = step
    self.key = key
    self.excerpt = excerpt
  }
}
