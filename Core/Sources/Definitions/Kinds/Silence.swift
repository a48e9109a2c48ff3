import Base

/// `Silence`: alerts that nobody is to be told about for a while, once or again and again.
public struct SilenceSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Silence")

  /// All must hold.
  public var matchers: [LabelMatcher]
  /// Of the first time.
  public var start: Instant
  /// Not part of the window.
  public var end: Instant
  /// When it happens again; each time is as long as the first.
  public var recurrence: RecurrenceRule?
  /// IANA; the recurrence counts on its calendar.
  public var timeZone: String
  /// Who asks for it.
  public var author: String?
  public var reason: String

  public init(_ fields: Fields) {
    matchers = fields.objects("matchers", LabelMatcher.read).compactMap { $0 }
    if fields.node("matchers")?.sequence?.isEmpty == true {
      fields.error("matchers", "is empty, which would silence everything; write at least one")
    } else if !matchers.isEmpty, matchers.allSatisfy(\.matchesEmpty) {
      fields.error("matchers", "match alerts without these labels too; at least one must ask for a value")
    }
    start = fields.instant("start")
    end = fields.instant("end")
    author = fields.string(ifPresent: "author")
    reason = fields.string("reason")
    timeZone = fields.timeZone(ifPresent: "timeZone") ?? "UTC"
    recurrence = MaintenanceSpec.rrule(fields)
    fields.checkOrder(start, end)
    if recurrence == nil, fields.has("timeZone") {
      fields.warning("timeZone", "means nothing without rrule: start and end name their offsets")
    }
    if recurrence != nil, end - start > MaintenanceSpec.recurringLengthMax {
      fields.error("end", "is more than 7 days after start, too long for a silence that recurs")
    }
  }
}

/// `Inhibition`: while one alert is open, others that it explains page nobody; Alertmanager's `inhibit_rules`.
public struct InhibitionSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Inhibition")

  /// The alert that explains: all must hold.
  public var source: [LabelMatcher]
  /// The alerts that it holds back: all must hold.
  public var target: [LabelMatcher]
  /// Labels that both must have the same value of; two that lack it agree.
  public var equal: [String]

  public init(_ fields: Fields) {
    source = fields.objects("source", LabelMatcher.read).compactMap { $0 }
    target = fields.objects("target", LabelMatcher.read).compactMap { $0 }
    equal = fields.strings(ifPresent: "equal")
    for (name, matchers) in [("source", source), ("target", target)]
    where fields.node(name)?.sequence?.isEmpty == true || !matchers.isEmpty && matchers.allSatisfy(\.matchesEmpty) {
      fields.error(name, "matches every alert; write at least one matcher that asks for a value")
    }
  }
}

extension LabelMatcher {
  /// `label` with one of `equals`, `notEquals`, `matches` and `notMatches`. Patterns must match the whole value.
  static func read(_ fields: Fields) -> LabelMatcher? {
    let label = fields.string("label")
    guard OpenSLO.exactlyOne(fields, "equals", "notEquals", "matches", "notMatches") else { return nil }
    if let text = fields.possiblyEmptyString(ifPresent: "equals") { return LabelMatcher(label, .equal(text)) }
    if let text = fields.possiblyEmptyString(ifPresent: "notEquals") { return LabelMatcher(label, .notEqual(text)) }
    for (key, operation) in [("matches", Operation.matches), ("notMatches", .notMatches)] {
      guard let text = fields.string(ifPresent: key) else { continue }
      do throws(PatternError) {
        return try LabelMatcher(label, operation, text)
      } catch {
        fields.error(key, "\(quoted(text)) is no pattern: \(error.message)")
      }
    }
    return nil
  }
}
