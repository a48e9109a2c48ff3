import Base

/// `Journey`: what somebody comes to do, step by step, and the services that each step needs.
public struct JourneySpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Journey")

  public struct Step: Hashable, Sendable {
    public var name: String
    public var service: EntityRef
    /// The SLOs that say how well the step goes.
    public var slos: [EntityRef]
  }

  public var title: String
  public var owner: EntityRef?
  /// 0 is the most important.
  public var tier: Int?
  public var steps: [Step]
  /// What the journey is measured by, kept as it is written.
  public var keyResults: [EntityRef]

  static let stepsMax = 50

  public init(_ fields: Fields) {
    title = fields.string("title")
    owner = fields.reference(ifPresent: "owner", to: "Group", "User")
    tier = fields.int(ifPresent: "tier", in: 0...9)
    steps = fields.objects("steps") { fields in
      Step(
        name: fields.string("name"), service: fields.reference("service", to: "Component", "Service"),
        slos: fields.references(ifPresent: "slos", to: "SLO"))
    }
    keyResults = fields.references(ifPresent: "keyResults", to: "KeyResult")
    if fields.node("steps")?.sequence?.isEmpty == true { fields.error("steps", "is empty; a journey has at least one") }
    if steps.count > Self.stepsMax {
      fields.error("steps", "\(steps.count) steps are more than a journey can have, which is \(Self.stepsMax)")
    }
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    for journey in snapshot.all(JourneySpec.self) {
      for step in journey.spec.steps {
        for slo in step.slos.compactMap({ snapshot.find(SLOSpec.self, $0) })
        where slo.spec.service.name.lowercased() != step.service.name.lowercased() {
          report.warning(
            at: journey.position,
            "step \(step.name) of journey \(journey.name) names service \(step.service.shortName), and its SLO "
              + "\(slo.name) measures \(slo.spec.service.name)")
        }
      }
    }
  }
}
