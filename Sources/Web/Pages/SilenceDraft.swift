import Alerts
import Base
import Events

/// A silence as a form or an API body asks for it, before it is saved.
struct SilenceDraft {
  var text: String
  var matchers: [LabelMatcher]
  var start: Instant
  var end: Instant
  var duration: String
  var comment: String
  var recurrence: String?
  var timeZone: String?

  /// - Throws: a problem that names what is wrong and how to write it.
  init(
    matchers text: String, duration: String, start: Instant, end: Instant? = nil, comment: String,
    recurrence: String?, timeZone: String?
  ) throws {
    self.text = text
    do throws(PatternError) {
      matchers = try LabelMatcher.parse(text)
    } catch {
      throw Problem.invalid(
        "The matchers '\(text.prefix(200))': \(error.message).",
        "Write them like service=\"search\", severity=~\"warning|info\".")
    }
    guard let length = Interval(text: duration), length > .zero else {
      throw Problem.invalid("'\(duration.prefix(40))' is no length of time.", "Write it like 30m, 2h or 1d.")
    }
    self.duration = duration
    self.start = start
    self.end = end ?? start + length
    self.comment = comment
    self.recurrence = recurrence?.isEmpty == false ? recurrence : nil
    self.timeZone = timeZone
  }

  func payload(author: String) -> SilenceCreated {
    SilenceCreated(
      matchers: matchers, start: start, end: end, comment: comment, author: author, recurrence: recurrence,
      timeZone: recurrence == nil ? nil : timeZone)
  }

  /// What singles out alerts like one: its service and name, or else its summary.
  static func matchers(for signal: Signal) -> String {
    var matchers = [String: String]()
    if let service = signal.service { matchers["service"] = service }
    for name in ["alertname", "slo"] where !signal.label(name).isEmpty { matchers[name] = signal.label(name) }
    if matchers["alertname"] == nil, matchers["slo"] == nil { matchers["summary"] = signal.summary }
    return matchers.sorted { $0.key < $1.key }
      .map { LabelMatcher($0.key, .equal($0.value)).description }.joined(separator: ", ")
  }

  private static let lengths = [
    ("30m", "30 minutes"), ("1h", "1 hour"), ("2h", "2 hours"), ("4h", "4 hours"), ("8h", "8 hours"), ("1d", "1 day"),
    ("3d", "3 days"), ("7d", "7 days"),
  ]

  static func durations(_ id: String, chosen: String) -> HTML {
    let listed = lengths.contains { $0.0 == chosen } ? lengths : lengths + [(chosen, chosen)]
    return select(.id(id), .name("duration")) {
      for (value, word) in listed { option(.value(value), .flag("selected", value == chosen)) { word } }
    }
  }

  static let recurrences = [("", "once"), ("FREQ=DAILY", "every day"), ("FREQ=WEEKLY", "every week")]
}

extension SilencePreview {
  /// "would have held back 14 alerts, 3 of which paged".
  func words(at now: Instant) -> String {
    let days = Int(((now - since).seconds / 86_400).rounded())
    let reach = days >= 1 ? "the last \(Format.plural(days, "day"))" : "the last \(Format.length(now - since))"
    let past =
      fired == 0
      ? "In \(reach) no alert matched."
      : "In \(reach) it would have held back \(Format.plural(fired, "alert")), \(paged) of which paged."
    let present =
      open == 0
      ? "No open alert matches."
      : "It covers \(Format.plural(open, "open alert")), \(paging) of which \(paging == 1 ? "pages" : "page") now."
    return "\(present) \(past)"
  }
}
