/// `ErrorBudgetPolicy`: what follows when an error budget is used up by so much.
public struct ErrorBudgetPolicySpec: DefinitionSpec {
  public static let kind = KindName.mainstay("ErrorBudgetPolicy")

  /// It holds for these SLOs,
  public var slos: [EntityRef]
  /// for all SLOs of these services,
  public var services: [EntityRef]
  /// and for those of services of these tiers.
  public var tiers: [Int]
  /// In order of `consumed`.
  public var steps: [Step]

  public struct Step: Hashable, Sendable {
    /// The share of the budget that is used up: 0.5 is half of it. Above 1 where it is overspent.
    public var consumed: Double
    public var action: Action
    /// What to tell the people it concerns.
    public var note: String?
  }

  public enum Action: String, Sendable, CaseIterable, Codable {
    /// The owner is told.
    case notify
    /// The owner is paged.
    case page
    /// A review is opened.
    case review
    /// A freeze of the service is asked for.
    case freeze
  }

  private static let stepsMax = 20

  public init(_ fields: Fields) {
    slos = fields.references(ifPresent: "slos", to: "SLO")
    services = fields.references(ifPresent: "services", to: "Component", "Service")
    tiers = Self.tiers(fields)
    if slos.isEmpty, services.isEmpty, tiers.isEmpty {
      fields.error("names no slos, services or tiers, so it would hold for nothing; name at least one")
    }
    steps = fields.objects("steps", Self.step).compactMap { $0 }.sorted { $0.consumed < $1.consumed }
    if let count = fields.node("steps")?.sequence?.count, count == 0 || count > Self.stepsMax {
      fields.error("steps", count == 0 ? "is empty; write at least one" : "has more than \(Self.stepsMax) steps")
    }
  }

  private static func tiers(_ fields: Fields) -> [Int] {
    guard let node = fields.node("tiers") else { return [] }
    guard let items = node.sequence else {
      fields.wrongType(node, fields.path(of: "tiers"), expected: "a list")
      return []
    }
    return items.enumerated().compactMap { index, item in
      if case .int(let level) = item.scalar?.meaning, (0...9).contains(level) { return Int(level) }
      fields.wrongType(item, "\(fields.path(of: "tiers")).\(index)", expected: "a tier's level, 0 to 9")
      return nil
    }
  }

  private static func step(_ fields: Fields) -> Step? {
    let consumed = consumed(fields)
    let action = fields.choice("action", Action.self)
    let note = fields.string(ifPresent: "note")
    guard let consumed, let action else { return nil }
    return Step(consumed: consumed, action: action, note: note)
  }

  /// `50%`, or the share 0.5.
  private static func consumed(_ fields: Fields) -> Double? {
    let share: Double?
    if let text = fields.node("consumed")?.string {
      share = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : nil
    } else if fields.has("consumed") {
      share = fields.number(ifPresent: "consumed")
    } else {
      fields.missing("consumed", "a part of the budget such as 50%")
      return nil
    }
    guard let share, share > 0, share <= 10 else {
      fields.error("consumed", "is not a part of the budget; write one such as 50% (or 0.5), at most 1000%")
      return nil
    }
    return share
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let levels = Set(snapshot.all(TierSpec.self).map(\.spec.level))
    for policy in snapshot.all(ErrorBudgetPolicySpec.self) {
      for tier in policy.spec.tiers where !levels.contains(tier) {
        report.error(
          at: policy.position,
          "error budget policy \(policy.name) is for tier \(tier), and there is no Tier with that level; define one")
      }
    }
  }
}
