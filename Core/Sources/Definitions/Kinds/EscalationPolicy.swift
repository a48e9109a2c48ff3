import Base

/// `EscalationPolicy`: whom to page, and whom next when nobody acknowledges.
public struct EscalationPolicySpec: DefinitionSpec {
  public static let kind = KindName.mainstay("EscalationPolicy")

  public var levels: [Level]
  /// How often the levels start again from the first after the last one; 0 is never.
  public var repeatCount: Int
  /// After so long an acknowledgement without a resolution no longer counts, and people are paged again; `nil`: never.
  public var acknowledgeTimeout: Interval?

  public struct Level: Hashable, Sendable {
    public var targets: [Target]
    /// How long this level has before the next one is paged.
    public var escalateAfter: Interval
  }

  public enum Target: Hashable, Sendable {
    /// Whoever is on call at the time of the step.
    case schedule(EntityRef)
    /// Everybody who has turns in a schedule, or in one of its layers, on call or not.
    case everyone(EntityRef, layer: String?)
    /// Everybody of a team.
    case group(EntityRef)
    /// One of these people, with each alert the next.
    case roundRobin([EntityRef])
    case user(EntityRef)
    /// A channel as it is, such as a team's room.
    case channel(EntityRef)
  }

  public init(_ fields: Fields) {
    levels = fields.objects("levels") { fields in
      let level = Level(
        targets: fields.objects("targets", Self.target).compactMap { $0 },
        escalateAfter: fields.interval(ifPresent: "escalateAfter") ?? .minutes(5))
      if fields.node("targets")?.sequence?.isEmpty == true {
        fields.error("targets", "is empty; name a schedule, a user or a channel")
      }
      if fields.has("escalateAfter"), level.escalateAfter < .seconds(30) {
        fields.error("escalateAfter", "is below 30s, which gives nobody time to acknowledge; use 1m or more")
      }
      return level
    }
    if fields.node("levels")?.sequence?.isEmpty == true {
      fields.error("levels", "is empty; write at least one level")
    }
    repeatCount = fields.int(ifPresent: "repeat", in: 0...20) ?? 0
    acknowledgeTimeout = fields.interval(ifPresent: "acknowledgeTimeout")
    if let timeout = acknowledgeTimeout, timeout < .seconds(10) {
      fields.error("acknowledgeTimeout", "is below 10s, which gives nobody time to repair anything; use 30m or more")
    }
  }

  private static func target(_ fields: Fields) -> Target? {
    guard OpenSLO.exactlyOne(fields, "schedule", "user", "group", "roundRobin", "channel") else { return nil }
    let everyone = fields.bool(ifPresent: "everyone") ?? false
    let layer = fields.string(ifPresent: "layer")
    if !fields.has("schedule"), fields.has("everyone") || layer != nil {
      fields.error("has everyone or layer without a schedule; name the schedule")
    } else if layer != nil, !everyone {
      fields.error("layer", "picks the people of everyone; write everyone: true beside it")
    }
    if let schedule = fields.reference(ifPresent: "schedule", to: "Schedule") {
      return everyone ? .everyone(schedule, layer: layer) : .schedule(schedule)
    }
    if let user = fields.reference(ifPresent: "user", to: "User") { return .user(user) }
    if let group = fields.reference(ifPresent: "group", to: "Group") { return .group(group) }
    if fields.has("roundRobin") {
      let users = fields.references("roundRobin", to: "User")
      if users.count < 2 { fields.error("roundRobin", "has fewer than two people; name those who take turns") }
      return .roundRobin(users)
    }
    return fields.reference(ifPresent: "channel", to: "Channel").map { .channel($0) }
  }

  /// The people a target may page, by what the definitions say.
  public static func people(of target: Target, in snapshot: Snapshot) -> [EntityRef] {
    switch target {
    case .user(let user): [user]
    case .roundRobin(let users): users
    case .schedule(let ref): snapshot.find(ScheduleSpec.self, ref)?.spec.layers.flatMap(\.users) ?? []
    case .everyone(let ref, let layer):
      snapshot.find(ScheduleSpec.self, ref)?.spec.layers.filter { layer == nil || $0.name == layer }.flatMap(\.users)
        ?? []
    case .group(let ref): GroupSpec.members(of: ref, in: snapshot)
    case .channel: []
    }
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let reachable = Set(snapshot.all(ContactSpec.self).map(\.spec.user))
    for policy in snapshot.all(EscalationPolicySpec.self) {
      for target in policy.spec.levels.flatMap(\.targets) {
        let users = people(of: target, in: snapshot)
        if users.isEmpty { checkEmpty(target, of: policy, in: snapshot, report) }
        for user in Set(users).sorted() where !reachable.contains(user) && snapshot.document(user) != nil {
          report.warning(
            at: policy.position,
            "escalation policy \(policy.name) can page \(user.shortName), who has no Contact and cannot be reached; "
              + "define one")
        }
      }
    }
    checkComponents(snapshot, report)
  }

  /// A target that nobody belongs to is a page that reaches nobody.
  private static func checkEmpty(
    _ target: Target, of policy: Entity<EscalationPolicySpec>, in snapshot: Snapshot, _ report: Report
  ) {
    switch target {
    case .group(let ref) where snapshot.find(GroupSpec.self, ref) != nil:
      report.warning(
        at: policy.position, "escalation policy \(policy.name) pages group \(ref.shortName), which has no members")
    case .everyone(let ref, let layer?):
      guard let schedule = snapshot.find(ScheduleSpec.self, ref) else { return }
      report.error(
        at: policy.position,
        "escalation policy \(policy.name): schedule \(ref.shortName) has no layer \(quoted(layer))"
          + hint(for: layer, among: schedule.spec.layers.map(\.name)))
    default: break
    }
  }

  private static func checkComponents(_ snapshot: Snapshot, _ report: Report) {
    let names = snapshot.all(EscalationPolicySpec.self).map(\.name)
    for component in snapshot.all(ComponentSpec.self) {
      guard let text = component.metadata.annotation(ServiceAnnotations.escalationPolicy) else { continue }
      let ref = EntityRef(parsing: text, defaultKind: kind.name, defaultNamespace: component.ref.namespace)
      if snapshot.find(EscalationPolicySpec.self, ref) == nil {
        report.error(
          at: component.position,
          "\(ServiceAnnotations.escalationPolicy) of \(component.name): no escalation policy "
            + "`\(text)`\(hint(for: ref.name, among: names))")
      }
    }
  }
}
