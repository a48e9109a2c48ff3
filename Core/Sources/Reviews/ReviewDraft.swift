import Base
import Events
import Journal

/// What a draft is written from.
public struct ReviewInput: Sendable {
  public struct Line: Sendable {
    public var at: Instant
    public var actor: Actor
    public var text: String
    public var sequence: Int64
    public init(at: Instant, actor: Actor, text: String, sequence: Int64) {
      self.at = at
      self.actor = actor
      self.text = text
      self.sequence = sequence
    }
  }

  public var number: Int
  public var title: String
  public var service: String?
  public var owner: String?
  public var severity: IncidentSeverity
  public var severityReason: String
  public var beganAt: Instant
  public var acknowledgedAt: Instant?
  public var resolvedAt: Instant
  public var resolution: String
  public var responders: [String]
  public var burnRate: Double?
  public var slo: String?
  public var timeline: [Line]
  public var entriesLeftOut: Int

  public init(
    number: Int, title: String, service: String?, owner: String?, severity: IncidentSeverity, severityReason: String,
    beganAt: Instant, acknowledgedAt: Instant?, resolvedAt: Instant, resolution: String, responders: [String],
    burnRate: Double?, slo: String?, timeline: [Line], entriesLeftOut: Int
  ) {
    self.number = number
    self.title = title
    self.service = service
    self.owner = owner
    self.severity = severity
    self.severityReason = severityReason
    self.beganAt = beganAt
    self.acknowledgedAt = acknowledgedAt
    self.resolvedAt = resolvedAt
    self.resolution = resolution
    self.responders = responders
    self.burnRate = burnRate
    self.slo = slo
    self.timeline = timeline
    self.entriesLeftOut = entriesLeftOut
  }
}

/// A blameless review as Markdown, filled with what the journal knows and with questions where people have to think.
public enum ReviewDraft {
  /// Five business days after the resolution, at the same time of day (UTC).
  public static func due(after resolved: Instant) -> Instant {
    var due = resolved
    var left = 5
    while left > 0 {
      due += .days(1)
      // 1970-01-01 was a Thursday; 0 is Sunday.
      let weekday = (due.seconds / 86_400 + 4) % 7
      if weekday != 0 && weekday != 6 { left -= 1 }
    }
    return due
  }

  public static func markdown(_ input: ReviewInput) -> String {
    ([head(input), impact(input), story, timeline(input), lessons] as [String]).joined(separator: "\n")
  }

  private static func head(_ input: ReviewInput) -> String {
    let responders = input.responders.isEmpty ? "nobody acknowledged" : input.responders.joined(separator: ", ")
    return """
      # Review of incident \(input.number): \(line(input.title))

      | | |
      |---|---|
      | Status | draft |
      | Severity | \(input.severity.rawValue) (\(line(input.severityReason))) |
      | Service | \(line(input.service ?? "none named")) |
      | Owner | \(line(input.owner ?? "to be named")) |
      | Review due | \(due(after: input.resolvedAt).rfc3339.prefix(10)) |
      | Responders | \(line(responders)) |

      This review is blameless: it asks how the system made the outcome likely, not who was at fault. Everyone acted on
      what they knew at the time.

      ## Overview

      \(line(input.title)). It lasted \(length(input.resolvedAt - input.beganAt)), from \(input.beganAt.rfc3339) to \
      \(input.resolvedAt.rfc3339).

      """
  }

  private static func impact(_ input: ReviewInput) -> String {
    var rows = ["| Duration | \(length(input.resolvedAt - input.beganAt)) |"]
    let taken = input.acknowledgedAt.map { length($0 - input.beganAt) }
    rows.append("| Time to acknowledge | \(taken ?? "never acknowledged") |")
    if let rate = input.burnRate {
      rows.append("| Budget burn when it paged | \((rate * 10).rounded() / 10) times the sustainable rate |")
    }
    if let slo = input.slo { rows.append("| Objective | \(line(slo)) |") }
    return """
      ## Impact in numbers

      | | |
      |---|---|
      \(rows.joined(separator: "\n"))

      Users affected, requests lost, revenue: *to be filled in*

      """
  }

  private static let story = """
    ## What happened

    *Tell it in order, as it looked to those who were there.*

    ## Contributing factors

    *Conditions that had to come together. There is rarely one root cause.*

    ## Trigger

    *What set it off: a change, load, a dependency, time?*

    ## Detection

    *Did the alert come from what users felt? Could it have come sooner?*

    """

  private static func timeline(_ input: ReviewInput) -> String {
    let rows = input.timeline.map { entry in
      let source = "[event \(entry.sequence)](/journal?at=\(entry.sequence))"
      return "| \(entry.at.rfc3339) | \(line(entry.actor.text)) | \(line(entry.text)) | \(source) |"
    }
    let more = input.entriesLeftOut > 0 ? "\n\(input.entriesLeftOut) further entries are in the journal.\n" : ""
    return """
      ## Resolution

      \(line(input.resolution))

      ## Timeline

      | Time (UTC) | Who | What | Source |
      |---|---|---|---|
      \(rows.joined(separator: "\n"))
      \(more)
      """
  }

  private static let lessons = """
    ## What went well

    -

    ## What did not go well

    -

    ## Where we got lucky

    -

    ## Action items

    | Action | Type (prevent, mitigate, detect, process) | Owner | Due |
    |---|---|---|---|
    | | | | |

    ## Messages sent

    *Internal and to customers, with their times.*

    """

  /// Keeps text from elsewhere on one line and inside its table cell.
  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }).split(separator: "|", omittingEmptySubsequences: false)
      .joined(separator: "\\|")
  }

  private static func length(_ interval: Interval) -> String {
    let seconds = max(0, interval.nanoseconds / 1_000_000_000)
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
  }
}
