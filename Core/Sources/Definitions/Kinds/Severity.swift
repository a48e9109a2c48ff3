import Base

/// `Severity`: what one severity of incidents means, and what it asks for.
public struct SeveritySpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Severity")

  public enum Level: String, Sendable, CaseIterable {
    case sev1 = "SEV-1"
    case sev2 = "SEV-2"
    case sev3 = "SEV-3"
    case sev4 = "SEV-4"
  }

  /// When an alert opens an incident of this severity by itself.
  public struct Trigger: Hashable, Sendable {
    /// The levels of the tiers of the service.
    public var tiers: [Int]
    /// From which burn rate on; without it any alert of those tiers will do.
    public var burnRate: Double?
  }

  public var level: Level
  /// When an incident has this severity, in a sentence that helps to choose at night.
  public var definition: String
  public var examples: [String]
  /// After which time the next update is due, for those who work here and for the public.
  public var internalUpdates: Interval?
  public var externalUpdates: Interval?
  /// Whether the public hears of it.
  public var isPublic: Bool
  /// The roles that somebody should hold.
  public var roles: [String]
  public var opens: [Trigger]

  static let updatesMin = Interval.minutes(1)
  static let updatesMax = Interval.days(7)

  public init(_ fields: Fields) {
    level = fields.choice("level", Level.self) ?? .sev4
    definition = fields.string("definition")
    examples = fields.strings(ifPresent: "examples")
    isPublic = fields.bool(ifPresent: "public") ?? false
    roles = fields.strings(ifPresent: "roles")
    opens = fields.objects(ifPresent: "opens") { fields in
      let trigger = Trigger(tiers: fields.tierLevels("tiers"), burnRate: fields.number(ifPresent: "burnRate"))
      if let rate = trigger.burnRate, rate <= 0 {
        fields.error("burnRate", "\(rate) is no burn rate; write one above 0")
      }
      return trigger
    }
    let updates = fields.object(ifPresent: "updates") { fields in
      (Self.interval("internal", fields), Self.interval("external", fields))
    }
    (internalUpdates, externalUpdates) = updates ?? (nil, nil)
    if externalUpdates != nil, !isPublic {
      fields.error(
        "updates", "external updates are due for a severity that is not public; set public: true or drop them")
    }
  }

  private static func interval(_ key: String, _ fields: Fields) -> Interval? {
    guard let interval = fields.interval(ifPresent: key) else { return nil }
    if interval < updatesMin || interval > updatesMax {
      fields.error(key, "\(interval.text) is no time between updates; write one from 1m to 7d")
    }
    return interval
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    var seen: [Level: Entity<SeveritySpec>] = [:]
    for severity in snapshot.all(SeveritySpec.self) {
      if let other = seen[severity.spec.level] {
        report.error(
          at: severity.position,
          "severity \(severity.name) defines \(severity.spec.level.rawValue), and so does \(other.name) at "
            + "\(other.position); keep one of them")
      }
      seen[severity.spec.level] = severity
    }
  }
}

extension Fields {
  /// A list of levels of tiers, 0 to 9, that must be there.
  func tierLevels(_ key: String) -> [Int] {
    guard let node = node(key) else {
      missing(key, "a list of levels of tiers, such as [0, 1]")
      return []
    }
    guard let items = node.sequence else {
      wrongType(node, path(of: key), expected: "a list of levels")
      return []
    }
    return items.enumerated().compactMap { index, item in
      if case .int(let level)? = item.scalar?.meaning, (0...9).contains(level) { return Int(level) }
      wrongType(item, "\(path(of: key)).\(index)", expected: "a level from 0 to 9")
      return nil
    }
  }
}
