import Base
import Events
import Journal

extension ReviewSection {
  /// The section's heading.
  public var heading: String {
    switch self {
    case .overview: "Overview"
    case .impact: "Impact in numbers"
    case .happened: "What happened"
    case .factors: "Contributing factors"
    case .trigger: "Trigger"
    case .detection: "Detection"
    case .response: "Response"
    case .resolution: "Resolution"
    case .wentWell: "What went well"
    case .didNotGoWell: "What did not go well"
    case .lucky: "Where we got lucky"
    case .messages: "Messages sent"
    }
  }

  /// Whether whoever acts in it stands as a cause.
  public var tellsCauses: Bool { self == .factors || self == .trigger }
}

/// A review with the texts that people wrote in place.
public struct ReviewReading: Sendable {
  public var review: Review
  public var texts: [ReviewSection: String]
  public var actions: [ReviewAction]

  /// - Parameter written: what was last written of each section; the others read as drafted.
  public init(_ review: Review, written: [ReviewSection: String], actions: [ReviewAction]) {
    self.review = review
    texts = written
    for section in ReviewSection.allCases where texts[section] == nil { texts[section] = review.drafted(section) }
    self.actions = actions
  }

  public func text(_ section: ReviewSection) -> String { texts[section] ?? "" }

  /// What blames, by section, in their order.
  public func findings(_ people: LexiconPeople) -> [(section: ReviewSection, findings: [Lexicon.Finding])] {
    ReviewSection.allCases.compactMap { section in
      let found = Lexicon.check(text(section), people: people, inCauses: section.tellsCauses)
      return found.isEmpty ? nil : (section, found)
    }
  }

  /// The persons whom it names as causes, each once.
  public func named(_ people: LexiconPeople) -> [String] {
    var seen: Set<String> = []
    return findings(people).flatMap(\.findings).compactMap(\.person).filter { seen.insert($0).inserted }
  }

  /// The whole review as one document.
  public var markdown: String {
    let draft = review.draft
    func cell(_ text: String) -> String { ReviewDraft.line(text) }
    let responders = draft.facts.responders.isEmpty ? "nobody is known" : draft.facts.responders.joined(separator: ", ")
    var text = """
      # Review of incident \(draft.number): \(cell(draft.title))

      | | |
      |---|---|
      | Status | \(review.status == .published ? "published" : "draft") |
      | Severity | \(draft.severity.rawValue) (\(cell(draft.facts.severityReason))) |
      | Service | \(cell(draft.service ?? "none named")) |
      | Owner | \(cell(draft.facts.owner ?? "to be named")) |
      | Review due | \(draft.due.rfc3339.prefix(10)) |
      | Responders | \(cell(responders)) |
      | Causes | \(review.causes.isEmpty ? "none linked" : review.causes.joined(separator: ", ")) |

      This review is blameless: it asks how the system made the outcome likely, not who was at fault. Everyone acted on
      what they knew at the time.

      """
    for section in ReviewSection.allCases { text += "\n## \(section.heading)\n\n\(self.text(section))\n" }
    text += "\n## Action items\n\n"
    if actions.isEmpty {
      text += "None yet.\n"
    } else {
      text += "| # | Action | Kind | Owner | Due | State |\n|---|---|---|---|---|---|\n"
      for action in actions {
        let state = action.isOpen ? "open" : "closed"
        text +=
          "| \(action.number) | \(cell(action.title)) | \(action.kind.rawValue) | \(cell(action.owner)) | "
          + "\(action.due.rfc3339.prefix(10)) | \(state) |\n"
      }
    }
    return text + "\n## Timeline\n\n\(draft.timeline)\n"
  }
}
