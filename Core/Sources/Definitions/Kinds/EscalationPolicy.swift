import Base

/// `EscalationPolicy`: whom to page, and whom next when nobody acknowledges.
public struct EscalationPolicySpec: DefinitionSpec {
  public static let kind = KindName.mainstay("EscalationPolicy")

  public var levels: [Level]
  /// How often the levels start again from the first after the last one; 0 is never.
  public var repeatCount: Int

  public struct Level: Hashable, Sendable {
    public var targets: [Target]
    /// How long this level has before the next one is paged.
    public var escalateAfter: Interval
  }

  public enum Target: Hashable, Sendable {
    /// Whoever is on call at the time of the step.
    case schedule(EntityRef)
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
  }

  private static func target(_ fields: Fields) -> Target? {
    guard OpenSLO.exactlyOne(fields, "schedule", "user", "channel") else { return nil }
    if let schedule = fields.reference(ifPresent: "schedule", to: "Schedule") { return .schedule(schedule) }
    if let user = fields.reference(ifPresent: "user", to: "User") { return .user(user) }
    return fields.reference(ifPresent: "channel", to: "Channel").map { .channel($0) }
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let reachable = Set(snapshot.all(ContactSpec.self).map(\.spec.user))
    for policy in snapshot.all(EscalationPolicySpec.self) {
      for target in policy.spec.levels.flatMap(\.targets) {
        let users: [EntityRef] =
          switch target {
          case .user(let user): [user]
          case .schedule(let ref):
            snapshot.find(ScheduleSpec.self, ref)?.spec.layers.flatMap(\.users) ?? []
          case .channel: []
          }
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
