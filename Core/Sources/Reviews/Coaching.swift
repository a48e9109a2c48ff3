import Base
import Events

/// Questions for those who hold a review, chosen by the gaps that its figures show.
public enum Coaching {
  public enum Gap: String, Sendable, CaseIterable {
    case lateDetection, notByUsers, latePage, failedPage, heldBack, slowAcknowledgement, noRunbook, runbookFailed
    case slowMitigation, manyResponders, noExternalUpdate, repeatedCause, noCause, noPrevention
  }

  public struct Question: Sendable, Hashable {
    public let gap: Gap
    public let text: String
    /// What showed the gap: `detected after 14 min; 5 min are usual for tier 0`.
    public let figures: String
  }

  /// What is known besides the facts of the incident itself.
  public struct Context: Sendable {
    public var severity: IncidentSeverity
    /// Causes that other reviews have too, with the numbers of their incidents.
    public var repeated: [(cause: String, incidents: [Int])]
    public var causes: [String]
    public var actions: [ActionKind]

    public init(
      severity: IncidentSeverity, repeated: [(cause: String, incidents: [Int])] = [], causes: [String] = [],
      actions: [ActionKind] = []
    ) {
      self.severity = severity
      self.repeated = repeated
      self.causes = causes
      self.actions = actions
    }
  }

  /// What is expected of the important services, and of the rest.
  static func limits(tier: Int?) -> (detect: Interval, acknowledge: Interval, mitigate: Interval, word: String) {
    (tier ?? 2) <= 1
      ? (.minutes(5), .minutes(5), .hours(1), "tier \(tier ?? 2)")
      : (.minutes(15), .minutes(15), .hours(4), tier.map { "tier \($0)" } ?? "a service without a tier")
  }

  static let respondersMax = 6
  static let pageDelayMax = Interval.minutes(2)

  /// In the order of the incident: what was seen, who was told, what was done, what stays.
  public static func questions(for facts: ReviewFacts, _ context: Context) -> [Question] {
    seen(facts) + told(facts) + done(facts, context) + kept(facts, context)
  }

  private static func seen(_ facts: ReviewFacts) -> [Question] {
    var questions: [Question] = []
    let (limit, _, _, word) = limits(tier: facts.tier)
    if let detected = facts.detectedAt, detected - facts.beganAt > limit {
      questions.append(
        .init(
          gap: .lateDetection,
          text: "What would have shown it earlier: another indicator, a shorter window, a check from outside?",
          figures: "detected after \(length(detected - facts.beganAt)); \(length(limit)) are usual for \(word)"))
    }
    if facts.detection?.slo == nil {
      questions.append(
        .init(
          gap: .notByUsers, text: "Which indicator of what users feel moved, and why did nobody page on it?",
          figures: facts.detection.map { "found by \($0.integration ?? "a person"): \($0.summary)" }
            ?? "no alert fired; somebody declared it"))
    }
    return questions
  }

  private static func told(_ facts: ReviewFacts) -> [Question] {
    var questions: [Question] = []
    if let detected = facts.detectedAt, let paged = facts.pagedAt, paged - detected > pageDelayMax {
      questions.append(
        .init(
          gap: .latePage, text: "What held the page back between the alert and the first person who was told?",
          figures: "the first page went out \(length(paged - detected)) after the alert"))
    }
    if let first = facts.delays.first {
      questions.append(
        .init(
          gap: .heldBack, text: "Would the silence or hold be written the same way today? What would end it sooner?",
          figures: "\(count(facts.delays.count, "time")) nobody was paged; first: \(first.text)"))
    }
    if let first = facts.failedPages.first {
      questions.append(
        .init(
          gap: .failedPage, text: "Which second way reaches that person when the first one fails?",
          figures: "\(count(facts.failedPages.count, "page")) failed; first: \(first.text)"))
    }
    let (_, limit, _, word) = limits(tier: facts.tier)
    let start = facts.pagedAt ?? facts.detectedAt
    let taken = facts.acknowledgedAt ?? facts.resolvedAt
    if let start, taken - start > limit {
      let what = facts.acknowledgedAt == nil ? "nobody acknowledged it in" : "acknowledged after"
      questions.append(
        .init(
          gap: .slowAcknowledgement,
          text: "What did those who were paged have at hand, and what stood between the page and the answer?",
          figures: "\(what) \(length(taken - start)); \(length(limit)) are usual for \(word)"))
    }
    return questions
  }

  private static func done(_ facts: ReviewFacts, _ context: Context) -> [Question] {
    var questions: [Question] = []
    let failed = facts.runbooks.filter { !$0.isGood }
    if !facts.hasRunbook, facts.runbooks.isEmpty {
      questions.append(
        .init(
          gap: .noRunbook, text: "Which first three steps would have helped anybody who was paged? Write them down.",
          figures: "neither the service nor its alerts name a runbook"))
    }
    if let first = failed.first {
      questions.append(
        .init(
          gap: .runbookFailed, text: "Where does the runbook differ from the system as it is now?",
          figures: "\(failed.count) of \(count(facts.runbooks.count, "run")) did not succeed; first: \(first.name), "
            + first.outcome))
    }
    let (_, _, limit, word) = limits(tier: facts.tier)
    let over = facts.mitigatedAt ?? facts.resolvedAt
    let start = facts.acknowledgedAt ?? facts.detectedAt ?? facts.beganAt
    if over - start > limit {
      questions.append(
        .init(
          gap: .slowMitigation,
          text:
            "Which generic mitigation (roll back, drain, degrade, add capacity) was possible, and what stood in its "
            + "way?",
          figures: "mitigated \(length(over - start)) after it was taken; \(length(limit)) are usual for \(word)"))
    }
    if facts.responders.count > respondersMax {
      questions.append(
        .init(
          gap: .manyResponders, text: "Who was needed for a decision, and who because knowledge sat in one head?",
          figures: "\(facts.responders.count) people took part; up to \(respondersMax) are usual"))
    }
    if context.severity <= .sev2, !facts.messages.contains(where: \.isExternal) {
      questions.append(
        .init(
          gap: .noExternalUpdate,
          text: "What did users have to find out by themselves, and where would they look first?",
          figures: "\(context.severity.rawValue) and no external update"))
    }
    return questions
  }

  private static func kept(_ facts: ReviewFacts, _ context: Context) -> [Question] {
    var questions = context.repeated.map { item in
      let before = item.incidents.map { "#\($0)" }.joined(separator: ", ")
      let times = item.incidents.count + 1
      return Question(
        gap: .repeatedCause,
        text: times >= 3
          ? "This is time \(times). What became of the earlier action items, and what would make a fourth impossible?"
          : "What was done after the first time, and why did it not hold?",
        figures: "\(item.cause): also in \(before)")
    }
    if context.causes.isEmpty {
      questions.append(
        .init(
          gap: .noCause, text: "Which conditions had to come together? Give each a tag, so that others can be found.",
          figures: "no cause is linked"))
    }
    if !context.actions.isEmpty, !context.actions.contains(.prevent), !context.actions.contains(.mitigate) {
      questions.append(
        .init(
          gap: .noPrevention, text: "What would keep it from happening, or make it small, without anybody's attention?",
          figures: "\(count(context.actions.count, "action item")), none to prevent or to mitigate"))
    }
    return questions
  }

  static func length(_ interval: Interval) -> String {
    let seconds = max(0, interval.nanoseconds / 1_000_000_000)
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3_600 { return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s" }
    return seconds % 3_600 < 60 ? "\(seconds / 3_600) h" : "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
  }

  static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
