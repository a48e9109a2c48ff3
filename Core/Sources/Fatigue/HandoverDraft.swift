import Base
import Events

/// What a hand-over note is written from.
public struct HandoverInput: Sendable {
  /// One rule's alerts within the shift.
  public struct Fired: Sendable {
    public var title: String
    public var service: String?
    public var fired: Int
    public var paged: Int
    public init(title: String, service: String?, fired: Int, paged: Int) {
      self.title = title
      self.service = service
      self.fired = fired
      self.paged = paged
    }
  }

  public struct Open: Sendable {
    public var id: ULID
    public var summary: String
    public var service: String?
    public var since: Instant
    /// Who has it, or why nobody was called.
    public var state: String
    public init(id: ULID, summary: String, service: String?, since: Instant, state: String) {
      self.id = id
      self.summary = summary
      self.service = service
      self.since = since
      self.state = state
    }
  }

  /// Something with a time: a silence that ends, an override, a change.
  public struct Dated: Sendable {
    public var at: Instant
    public var text: String
    public init(at: Instant, text: String) {
      self.at = at
      self.text = text
    }
  }

  public var schedule: String
  public var from: String?
  public var to: String
  public var start: Instant
  public var change: Instant
  public var end: Instant
  /// Loudest first.
  public var fired: [Fired] = []
  /// Oldest first.
  public var open: [Open] = []
  /// By name, with how fast.
  public var burning: [String] = []
  /// Silences that end within the next shift.
  public var silences: [Dated] = []
  public var overrides: [Dated] = []
  public var changes: [Dated] = []
  public var load: ShiftLoad?
  public var limits: ShiftLimits = .standard

  public init(schedule: String, from: String?, to: String, start: Instant, change: Instant, end: Instant) {
    self.schedule = schedule
    self.from = from
    self.to = to
    self.start = start
    self.change = change
    self.end = end
  }
}

/// A hand-over note as Markdown: what the journal knows. What people know they add beneath.
public enum HandoverDraft {
  /// More lines of a kind than this nobody reads; the rest is counted.
  static let linesMax = 15

  public static func markdown(_ input: HandoverInput, zone: Zone) -> String {
    func time(_ instant: Instant) -> String {
      let civil = zone.civil(at: instant)
      return "\(civil.date) \(civil.time.description.prefix(5))"
    }
    var text = "# Hand-over of \(escaped(input.schedule))\n\n"
    text +=
      input.from.map { "\(escaped($0)) hands over to \(escaped(input.to))" } ?? "\(escaped(input.to)) comes on call"
    text += " at \(time(input.change)); the new shift ends \(time(input.end)). Times are \(zone.name).\n"
    text += section("Open now", input.open, none: "Nothing is open.") { alert in
      "[\(escaped(alert.summary))](/alerts/\(alert.id))\(of(alert.service)), since \(time(alert.since)): "
        + escaped(alert.state)
    }
    text += section("Burning", input.burning, none: "No SLO burns.") { "[\(escaped($0))](/slos/\($0))" }
    text += section("Fired in the shift", input.fired, none: "Nothing fired.") { rule in
      "\(escaped(rule.title))\(of(rule.service)): \(times(rule.fired))"
        + (rule.paged > 0 ? ", paged for \(rule.paged)" : ", nobody paged")
    }
    text += section("Silences that end in the new shift", input.silences, none: "None.") {
      "\(time($0.at)): \(escaped($0.text))"
    }
    text += section("Overrides ahead", input.overrides, none: "None.") { "\(time($0.at)): \(escaped($0.text))" }
    text += section("Changes in the shift", input.changes, none: "None is on record.") {
      "\(time($0.at)): \(escaped($0.text))"
    }
    if let load = input.load {
      text += "\n## Load of the shift\n\n"
      let passed = load.causes.count > input.limits.incidentsPerShift
      text +=
        "\(count(load.causes.count, "incident")) (the limit is \(input.limits.incidentsPerShift)"
        + (passed ? ", passed), " : "), ")
        + "\(count(load.high, "page")) of high urgency, \(load.nightCalls) of them at night, \(load.low) of low.\n"
    }
    return text
  }

  private static func section<Item>(
    _ title: String, _ items: [Item], none: String, _ line: (Item) -> String
  ) -> String {
    var text = "\n## \(title)\n\n"
    if items.isEmpty { return text + none + "\n" }
    for item in items.prefix(linesMax) { text += "- \(line(item))\n" }
    if items.count > linesMax { text += "- and \(items.count - linesMax) more\n" }
    return text
  }

  private static func of(_ service: String?) -> String { service.map { " of \(escaped($0))" } ?? "" }
  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
  private static func count(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

  /// What senders write may look like Markdown and is not meant so.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.prefix(300) {
      if character.isNewline {
        result.append(" ")
      } else {
        if "\\`*_[]<>#|".contains(character) { result.append("\\") }
        result.append(character)
      }
    }
    return result
  }
}
