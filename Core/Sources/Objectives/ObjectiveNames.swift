import Definitions

/// How the ids of objectives tell the SLO they are of: `NAME`, `NAME.2` for its second objective or part, `NAME@7d` for
/// a further window.
extension Objective {
  /// The id without its window: the SLO's name, perhaps with an objective's number behind it.
  static func withoutWindow(_ id: String) -> String { String(id.prefix { $0 != "@" }) }

  /// The SLOs that an objective's id can be of, the likeliest last: a name of Sloth's may itself end like a number.
  static func sloNames(of id: String) -> [String] {
    let name = withoutWindow(id)
    guard let dot = name.lastIndex(of: "."), let number = Int(name[name.index(after: dot)...]), number > 0 else {
      return [name]
    }
    return [name, String(name[..<dot])]
  }
}

extension Entity<ErrorBudgetPolicySpec> {
  /// The ids of the objectives that the policy holds for, in their order: those of the SLOs it names, of its services
  /// and of services of its tiers. The parts of a composite and further windows have no policy: one budget asks once.
  public func objectives(among objectives: [Objective], in snapshot: Snapshot) -> [String] {
    let parts = Set(objectives.flatMap { $0.composite.map(\.id) })
    let slos = Set(spec.slos)
    let services = Set(spec.services)
    return objectives.filter { objective in
      guard Objective.withoutWindow(objective.id) == objective.id, !parts.contains(objective.id) else { return false }
      if Objective.sloNames(of: objective.id).contains(where: { slos.contains(EntityRef(kind: "SLO", name: $0)) }) {
        return true
      }
      let component = EntityRef(kind: "Component", name: objective.service)
      if services.contains(component) || services.contains(EntityRef(kind: "Service", name: objective.service)) {
        return true
      }
      let tier = snapshot.find(ComponentSpec.self, component)?.metadata.annotation(ServiceAnnotations.tier)
      return tier.flatMap { Int($0) }.map(spec.tiers.contains) ?? false
    }.map(\.id)
  }
}
