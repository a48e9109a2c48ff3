import Base

/// `Tier`: how much a class of services matters, and what follows from it. A service says its tier with the
/// annotation (or label) `mainstay.dev/tier`.
public struct TierSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Tier")

  /// 0 is the most important.
  public var level: Int
  public var paging: Paging
  /// Whether a page about a service of this tier opens an incident by itself.
  public var opensIncident: Bool
  /// The severity of such an incident, `SEV-1` to `SEV-4`.
  public var severity: String?
  /// How long the first alert of a group waits for others before anyone is paged.
  public var groupWait: Interval
  /// The target that at least one SLO of each such service should have, a share below 1.
  public var minimumTarget: Double?
  public var review: Review

  public enum Paging: String, Sendable, CaseIterable, Codable {
    /// A fast burn pages the person on call at any hour.
    case page
    /// It notifies them in the way they chose for low urgency.
    case notify
    /// It is recorded and shown.
    case record
  }

  public struct Review: Hashable, Sendable {
    /// Whether an incident must be reviewed.
    public var required: Bool
    /// How long after its resolution the review is due.
    public var dueWithin: Interval
  }

  public init(_ fields: Fields) {
    level = fields.int("level", in: 0...9)
    paging = fields.choice(ifPresent: "paging", Paging.self) ?? .page
    opensIncident = fields.bool(ifPresent: "opensIncident") ?? false
    severity = fields.choice(ifPresent: "severity", SeveritySpec.Level.self)?.rawValue
    groupWait = fields.interval(ifPresent: "groupWait") ?? .zero
    minimumTarget = fields.number(ifPresent: "minimumTarget")
    if let minimumTarget, !(0..<1).contains(minimumTarget) {
      fields.error("minimumTarget", "\(minimumTarget) is not a share; write one from 0 up to but not including 1")
    }
    review =
      fields.object(ifPresent: "review") { fields in
        Review(
          required: fields.bool(ifPresent: "required") ?? true,
          dueWithin: fields.interval(ifPresent: "dueWithin") ?? .days(5))
      } ?? Review(required: false, dueWithin: .days(5))
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    var seen: [Int: Entity<TierSpec>] = [:]
    for tier in snapshot.all(TierSpec.self) {
      if let other = seen[tier.spec.level] {
        report.error(
          at: tier.position,
          "tier \(tier.name) has level \(tier.spec.level), and so has \(other.name) at \(other.position); give each "
            + "tier a level of its own")
      }
      seen[tier.spec.level] = tier
    }
    checkServices(snapshot, report, seen)
  }

  private static func checkServices(_ snapshot: Snapshot, _ report: Report, _ tiers: [Int: Entity<TierSpec>]) {
    for component in snapshot.all(ComponentSpec.self) {
      guard let text = component.metadata.annotation(ServiceAnnotations.tier) else { continue }
      if Int(text).flatMap({ tiers[$0] }) == nil {
        let levels = tiers.keys.sorted().map(String.init).joined(separator: ", ")
        report.error(
          at: component.position,
          "\(ServiceAnnotations.tier) of \(component.name) is \(quoted(text)), and there is no Tier with that level"
            + (levels.isEmpty ? "; define one" : "; the levels are \(levels)"))
      }
    }
    checkTargets(snapshot, report, tiers)
  }

  /// Each service of a tier with a minimum needs an SLO that reaches it; its other SLOs may ask for less.
  private static func checkTargets(_ snapshot: Snapshot, _ report: Report, _ tiers: [Int: Entity<TierSpec>]) {
    var best: [String: Double] = [:]
    for slo in snapshot.all(SLOSpec.self) {
      let target = slo.spec.objectives.map(\.target).max() ?? 0
      best[slo.spec.service.name.lowercased(), default: 0].formMax(target)
    }
    for component in snapshot.all(ComponentSpec.self) {
      guard let level = component.metadata.annotation(ServiceAnnotations.tier).flatMap({ Int($0) }),
        let tier = tiers[level], let minimum = tier.spec.minimumTarget
      else { continue }
      let target = best[component.name.lowercased()]
      if target ?? 0 < minimum {
        report.warning(
          at: component.position,
          "\(component.name) is of tier \(tier.name), which asks for an SLO of \(minimum) or more; "
            + (target.map { "its highest target is \($0)" } ?? "it has none"))
      }
    }
  }
}

extension Double {
  fileprivate mutating func formMax(_ other: Double) { self = max(self, other) }
}

/// The annotations (or labels) by which a Component takes part.
public enum ServiceAnnotations {
  /// The level of its Tier.
  public static let tier = "mainstay.dev/tier"
  /// The EscalationPolicy for its alerts, where no Route says otherwise.
  public static let escalationPolicy = "mainstay.dev/escalation-policy"
  /// The Calendar of its owner's working hours; a Group may name it for all that it owns.
  public static let calendar = "mainstay.dev/calendar"

  /// A calendar that is named and not defined would be working hours that nobody chose.
  static func checkCalendars(_ snapshot: Snapshot, _ report: Report) {
    let names = snapshot.all(CalendarSpec.self).map(\.name)
    let named =
      snapshot.all(ComponentSpec.self).map { ($0.ref, $0.metadata, $0.position) }
      + snapshot.all(GroupSpec.self).map { ($0.ref, $0.metadata, $0.position) }
    for (ref, metadata, position) in named {
      guard let text = metadata.annotation(calendar) else { continue }
      let wanted = EntityRef(
        parsing: text, defaultKind: CalendarSpec.kind.name, defaultNamespace: ref.namespace)
      if snapshot.find(CalendarSpec.self, wanted) == nil {
        report.error(
          at: position,
          "\(calendar) of \(ref.shortName): no calendar `\(text)`\(hint(for: wanted.name, among: names))")
      }
    }
  }
}
