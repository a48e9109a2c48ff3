import Base

/// Sloth's `AlertWindows` (`sloth.slok.dev/v1`): the windows that alerts of SLOs over one period are derived with, in
/// place of the built-in ones. Sloth's documents have no name; the period is one.
public struct AlertWindowsSpec: DefinitionSpec {
  public static let kind = KindName("AlertWindows", "sloth.slok.dev/v1")

  /// The period of the SLOs that it is for.
  public var period: Interval
  /// Pages before tickets, the quick ones first.
  public var pairs: [Pair]

  /// A long and a short window, and the share of the budget that the long one may use up.
  public struct Pair: Hashable, Sendable {
    /// `page` or `ticket`.
    public var severity: String
    public var long: Interval
    public var short: Interval
    /// Above 0 and at most 1.
    public var budgetShare: Double

    /// The burn rate at which it fires, over a period.
    public func factor(over period: Interval) -> Double { budgetShare * (period / long) }
  }

  public init(_ fields: Fields) {
    period = fields.interval("sloPeriod")
    if fields.has("sloPeriod"), period < .hours(1) {
      fields.error("sloPeriod", "is shorter than 1h; write the period of the SLOs that it is for, such as 30d")
    }
    let period = period
    pairs = ["page", "ticket"].flatMap { severity in
      fields.object(severity) { fields in
        ["quick", "slow"].compactMap { speed in fields.object(speed) { Self.pair(severity, $0, within: period) } }
      } ?? []
    }
  }

  private static func pair(_ severity: String, _ fields: Fields, within period: Interval) -> Pair {
    let percent = fields.number(ifPresent: "errorBudgetPercent")
    if !fields.has("errorBudgetPercent") { fields.missing("errorBudgetPercent", "a percentage such as 2") }
    if let percent, percent <= 0 || percent > 100 {
      fields.error("errorBudgetPercent", "\(percent) is not a percentage; write one above 0 and at most 100")
    }
    let (short, long) = (fields.interval("shortWindow"), fields.interval("longWindow"))
    if fields.has("shortWindow"), short < .minutes(1) {
      fields.error("shortWindow", "is shorter than 1m; use a longer one")
    }
    if fields.has("shortWindow"), fields.has("longWindow"), long <= short {
      fields.error("longWindow", "is not longer than shortWindow; use a longer one")
    } else if period >= .hours(1), long > period {
      fields.error("longWindow", "is longer than sloPeriod; use a shorter one")
    }
    return Pair(severity: severity, long: long, short: short, budgetShare: (percent ?? 0) / 100)
  }

  /// The windows for a period; `nil` where nobody wrote any.
  public static func find(in snapshot: Snapshot, period: Interval) -> AlertWindowsSpec? {
    snapshot.all(Self.self).first { $0.spec.period == period }?.spec
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    for entity in snapshot.all(Self.self) {
      for pair in entity.spec.pairs where pair.factor(over: entity.spec.period) < 0.9 {
        report.warning(
          at: entity.position,
          "alert windows for \(entity.name): \(pair.severity) \(pair.long.text)/\(pair.short.text) fires while an SLO "
            + "keeps its objective; raise its errorBudgetPercent")
      }
    }
  }

  /// The names that a tree would define.
  static func names(in node: Node) -> [EntityRef] {
    let period = node[path: "spec", "sloPeriod"]?.string.flatMap { Interval(text: $0) }
    return period.map { [EntityRef(kind: kind.name, name: $0.text)] } ?? []
  }
}

extension SlothReader {
  /// A document of alert windows. Its name is the period, so that two for one period are found.
  func alertWindows(_ root: Fields) -> Document? {
    root.ignore("apiVersion", "kind", "metadata", "spec")
    guard let body = root.node("spec") else {
      root.missing("spec", "the period and its windows")
      return nil
    }
    let fields = Fields(body, path: "spec", context: root.context)
    guard fields.isValidMapping else { return nil }
    let spec = AlertWindowsSpec(fields)
    fields.finish(.warn)
    let name = spec.period.text
    return Document(
      ref: EntityRef(kind: AlertWindowsSpec.kind.name, name: name), apiVersion: Self.apiVersion,
      metadata: Metadata(name: name), spec: spec, node: root.node, references: [], position: root.position,
      namePosition: fields.place(of: "sloPeriod"))
  }
}
