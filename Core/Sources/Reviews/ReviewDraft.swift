import Base
import Events
import Journal

/// What a draft is written from besides the facts.
public struct ReviewInput: Sendable {
  public struct Line: Sendable {
    public var at: Instant
    public var actor: Actor
    public var text: String
    /// The event that says so, or the run.
    public var source: Source

    public enum Source: Sendable {
      case event(Int64)
      case run(ULID)
    }

    public init(at: Instant, actor: Actor, text: String, source: Source) {
      self.at = at
      self.actor = actor
      self.text = text
      self.source = source
    }
  }

  public var title: String
  public var facts: ReviewFacts
  public var timeline: [Line]
  public var entriesLeftOut: Int

  public init(title: String, facts: ReviewFacts, timeline: [Line], entriesLeftOut: Int) {
    self.title = title
    self.facts = facts
    self.timeline = timeline
    self.entriesLeftOut = entriesLeftOut
  }
}

/// A blameless review, filled with what the journal knows and with questions where people have to think.
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

  /// The sections, each with what is known.
  public static func sections(_ input: ReviewInput) -> [ReviewText] {
    ReviewSection.allCases.map { ReviewText(section: $0, text: text($0, input)) }
  }

  private static func text(_ section: ReviewSection, _ input: ReviewInput) -> String {
    let facts = input.facts
    switch section {
    case .overview:
      return "\(line(input.title)). It lasted \(length(facts.resolvedAt - facts.beganAt)), from "
        + "\(stamp(facts.beganAt)) to \(stamp(facts.resolvedAt))."
    case .impact: return impact(facts)
    case .happened: return "*Tell it in order, as it looked to those who were there.*"
    case .factors: return factors(facts)
    case .trigger: return "*What set it off: a change, load, a dependency, time?*"
    case .detection: return detection(facts)
    case .response: return response(facts)
    case .resolution: return line(facts.resolution)
    case .wentWell: return wentWell(facts)
    case .didNotGoWell: return didNotGoWell(facts)
    case .lucky: return "*What would have made it worse, and was not so this time?*"
    case .messages: return messages(facts)
    }
  }

  private static func impact(_ facts: ReviewFacts) -> String {
    var text = ""
    if facts.impacts.isEmpty {
      text = "No objective of the service has figures for this time.\n"
    } else {
      text = "| Objective | Budget used | Bad minutes | Failed of all |\n|---|---|---|---|\n"
      for impact in facts.impacts {
        text +=
          "| \(line(impact.slo)) | \(percent(impact.share)) | \(decimal(impact.badMinutes)) | "
          + "\(whole(impact.bad)) of \(whole(impact.total)) |\n"
      }
    }
    return text + "\nUsers affected, revenue, other costs: *to be filled in*"
  }

  private static func factors(_ facts: ReviewFacts) -> String {
    var items = facts.changes.map { "\(stamp($0.at)), \(line($0.subject.text)): \(line($0.text))" }
    items += facts.dependencies.map { "\(stamp($0.at)), \(line($0.text)): an alert of something it depends on" }
    let intro = "*Conditions that had to come together. There is rarely one root cause.*"
    guard !items.isEmpty else { return intro + "\n\nNo change and no alert of a dependency is known from before." }
    return intro + "\n\nFrom before it began, to be confirmed or struck out:\n\n" + list(items)
  }

  private static func detection(_ facts: ReviewFacts) -> String {
    var text: String
    if let detection = facts.detection {
      let rate = detection.burnRate.map { ", which burned its budget at \(decimal($0)) times the rate" } ?? ""
      text =
        detection.slo.map { "Found by the objective \(line($0))\(rate): it watches what users feel." }
        ?? "Found by \(line(detection.integration ?? "an alert")), which does not watch what users feel."
      text += " The alert: \(line(detection.summary))."
    } else {
      text = "No alert fired; somebody declared it."
    }
    if let detected = facts.detectedAt, detected > facts.beganAt {
      text += "\n\nTime to detect: \(length(detected - facts.beganAt)), from \(stamp(facts.beganAt))."
    } else if facts.detectedAt != nil {
      text += "\n\nTime to detect: not known, since nothing tells of it from before it was found."
    }
    if !facts.delays.isEmpty {
      text += "\n\nWhat paged nobody:\n\n" + list(facts.delays.map { "\(stamp($0.at)): \(line($0.text))" })
    }
    return text
  }

  private static func response(_ facts: ReviewFacts) -> String {
    let parts: [(String, Instant?)] = [
      ("Detected", facts.detectedAt), ("First page", facts.pagedAt), ("Acknowledged", facts.acknowledgedAt),
      ("Mitigated", facts.mitigatedAt), ("Resolved", facts.resolvedAt),
    ]
    var text = "| Part | At | After | Since the beginning |\n|---|---|---|---|\n"
    var before = facts.beganAt
    text += "| Began | \(stamp(before)) | | |\n"
    for (name, at) in parts {
      guard let at else {
        text += "| \(name) | not known | | |\n"
        continue
      }
      text += "| \(name) | \(stamp(at)) | \(length(at - before)) | \(length(at - facts.beganAt)) |\n"
      before = max(before, at)
    }
    let people = facts.responders.isEmpty ? "nobody is known" : facts.responders.map(line).joined(separator: ", ")
    text += "\nWho took part: \(people). \(Coaching.count(facts.pagesSent, "page")) went out, "
    text += "\(facts.failedPages.count) failed."
    if !facts.runbooks.isEmpty {
      text += "\n\nRunbooks:\n\n" + list(facts.runbooks.map { "\(line($0.name)): \(line($0.outcome))" })
    }
    return text
  }

  private static func wentWell(_ facts: ReviewFacts) -> String {
    var items: [String] = []
    let limits = Coaching.limits(tier: facts.tier)
    if let detected = facts.detectedAt, detected > facts.beganAt, facts.detection?.slo != nil,
      detected - facts.beganAt <= limits.detect
    {
      items.append("It was found from what users feel within \(length(detected - facts.beganAt)).")
    }
    if let acknowledged = facts.acknowledgedAt, let start = facts.pagedAt ?? facts.detectedAt,
      acknowledged - start <= limits.acknowledge
    {
      items.append("The page was answered within \(length(acknowledged - start)).")
    }
    if facts.pagesSent > 0, facts.failedPages.isEmpty {
      items.append("All \(Coaching.count(facts.pagesSent, "page")) arrived at the first attempt.")
    }
    for use in facts.runbooks where use.isGood { items.append("The runbook \(line(use.name)) worked.") }
    if facts.messages.contains(where: \.isExternal) { items.append("Users were told while it went on.") }
    return items.isEmpty ? "-" : "Proposals from the figures:\n\n" + list(items)
  }

  private static func didNotGoWell(_ facts: ReviewFacts) -> String {
    var items: [String] = []
    if !facts.hasRunbook, facts.runbooks.isEmpty { items.append("No runbook was at hand.") }
    for use in facts.runbooks where !use.isGood { items.append("The runbook \(line(use.name)): \(line(use.outcome)).") }
    for page in facts.failedPages.prefix(5) { items.append("\(stamp(page.at)): \(line(page.text))") }
    return items.isEmpty ? "-" : "Proposals from the figures:\n\n" + list(items)
  }

  private static func messages(_ facts: ReviewFacts) -> String {
    guard !facts.messages.isEmpty else { return "No update was sent, internal or external." }
    return list(
      facts.messages.map { message in
        let who = message.isExternal ? "external" : "internal"
        let text = message.published.map { ": \(line($0))" } ?? " (its text is in the incident's updates)"
        return "\(stamp(message.at)), \(who), by \(line(message.by.text))\(text)"
      })
  }

  /// The table of what happened, with links to the events.
  public static func timeline(_ input: ReviewInput) -> String {
    let rows = input.timeline.map { entry in
      let source =
        switch entry.source {
        case .event(let sequence): "[event \(sequence)](/journal?at=\(sequence))"
        case .run(let id): "[run](/runs/\(id))"
        }
      return "| \(entry.at.rfc3339) | \(line(entry.actor.text)) | \(line(entry.text)) | \(source) |"
    }
    let more = input.entriesLeftOut > 0 ? "\n\n\(input.entriesLeftOut) further entries are in the journal." : ""
    return "| Time (UTC) | Who | What | Source |\n|---|---|---|---|\n" + rows.joined(separator: "\n") + more
  }

  // MARK: Words

  /// Keeps text from elsewhere on one line and inside its table cell.
  static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }).split(separator: "|", omittingEmptySubsequences: false)
      .joined(separator: "\\|")
  }

  private static func list(_ items: [String]) -> String { items.map { "- \($0)" }.joined(separator: "\n") }

  static func stamp(_ time: Instant) -> String {
    Instant(seconds: time.seconds).rfc3339.replacing("T", with: " ").replacing("Z", with: " UTC")
  }

  private static func length(_ interval: Interval) -> String { Coaching.length(interval) }

  public static func percent(_ share: Double) -> String { "\(decimal(share * 100))%" }

  /// One digit after the point, none where there is nothing in it; two significant ones below 0.1.
  public static func decimal(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    if abs(value) < 0.1, value != 0 {
      let thousandths = Int((value * 1_000).rounded())
      return thousandths == 0
        ? "under 0.001" : "0.\(String(repeating: "0", count: 3 - String(thousandths).count))\(thousandths)"
    }
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  private static func whole(_ value: Double) -> String {
    value.isFinite && abs(value) < 1e15 ? String(Int(value.rounded())) : "\(value)"
  }
}
