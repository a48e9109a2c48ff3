/// Backstage `Group`: a team or a part of the organisation.
public struct GroupSpec: DefinitionSpec {
  public static let kind = Backstage.kind("Group")

  /// Such as `team`, `business-unit`.
  public var type: String
  public var profile: Profile
  public var parent: EntityRef?
  public var children: [EntityRef]
  /// Users named here; others name the group in their `memberOf`.
  public var members: [EntityRef]

  public init(_ fields: Fields) {
    type = fields.string("type")
    profile = Backstage.profile(fields)
    parent = fields.reference(ifPresent: "parent", to: "Group", relation: .childOf)
    children = fields.references("children", to: "Group", relation: .parentOf)
    members = fields.references(ifPresent: "members", to: "User", relation: .hasMember)
  }

  /// The members of a group, those it names and those who name it, by name.
  public static func members(of group: EntityRef, in snapshot: Snapshot) -> [EntityRef] {
    let named = snapshot.find(GroupSpec.self, group)?.spec.members ?? []
    let naming = snapshot.all(UserSpec.self).filter { $0.spec.memberOf.contains(group) }.map(\.ref)
    return Set(named + naming).sorted()
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let edges = snapshot.all(GroupSpec.self).flatMap { group in
      (group.spec.parent.map { [Cycles.Edge(from: group.ref, to: $0, position: group.position)] } ?? [])
        + group.spec.children.map { Cycles.Edge(from: $0, to: group.ref, position: group.position) }
    }
    for cycle in Cycles.find(edges) {
      report.error(
        at: cycle.position,
        "the group is above itself: \(cycle.description); take one parent or child out of the circle")
    }
  }
}

/// Backstage `User`: a person.
public struct UserSpec: DefinitionSpec {
  public static let kind = Backstage.kind("User")

  public var profile: Profile
  public var memberOf: [EntityRef]

  public init(_ fields: Fields) {
    profile = Backstage.profile(fields)
    memberOf = fields.references("memberOf", to: "Group", relation: .memberOf)
  }
}

/// Backstage `Location`: where more definitions are. Kept; Mainstay reads the directory it is given and follows
/// nothing out of it.
public struct LocationSpec: DefinitionSpec {
  public static let kind = Backstage.kind("Location")

  public var type: String?
  public var targets: [String]

  public init(_ fields: Fields) {
    type = fields.string(ifPresent: "type")
    let target = fields.string(ifPresent: "target")
    targets = (target.map { [$0] } ?? []) + fields.strings(ifPresent: "targets")
    _ = fields.string(ifPresent: "presence")
  }
}

/// Backstage `Template` of the first version: kept for its owner.
public struct TemplateSpec: DefinitionSpec {
  public static let kind = Backstage.kind("Template")

  public var type: String
  public var owner: EntityRef?

  public init(_ fields: Fields) {
    type = fields.string("type")
    _ = fields.string("templater")
    _ = fields.string(ifPresent: "path")
    if let schema = fields.node("schema") {
      if schema.mapping == nil { fields.wrongType(schema, fields.path(of: "schema"), expected: "a mapping (object)") }
    } else {
      fields.missing("schema", "the form's JSON schema")
    }
    owner = fields.reference(ifPresent: "owner", to: "Group", "User", relation: .ownedBy)
  }
}

/// Backstage `Template` with steps (`backstage.io/v1beta2`): kept for its owner.
public struct ScaffolderTemplateSpec: DefinitionSpec {
  public static let kind = KindName("Template", "backstage.io/v1beta2")

  public var type: String
  public var owner: EntityRef?

  public init(_ fields: Fields) {
    type = fields.string("type")
    Self.parameters(fields)
    _ = fields.objects("steps") { step in
      if !step.has("action") { step.missing("action", "what the step does") }
      for key in ["id", "name", "action"] { _ = step.possiblyEmptyString(ifPresent: key) }
      _ = step.object(ifPresent: "input") { $0.ignoreAll() }
      step.ignoreAll()
    }
    _ = fields.object(ifPresent: "output", Self.output)
    owner = fields.reference(ifPresent: "owner", to: "Group", "User", relation: .ownedBy)
  }

  private static func parameters(_ fields: Fields) {
    guard let node = fields.node("parameters"), node.mapping == nil else { return }
    if node.sequence == nil {
      fields.wrongType(node, fields.path(of: "parameters"), expected: "a mapping or a list of mappings")
      return
    }
    _ = fields.objects(ifPresent: "parameters") { $0.ignoreAll() }
  }

  private static func output(_ fields: Fields) {
    _ = fields.objects(ifPresent: "links") { link in
      _ = (link.string("url"), link.string(ifPresent: "icon"))
      link.ignoreAll()
    }
    for member in fields.node.mapping ?? [] where member.key != "links" {
      _ = fields.possiblyEmptyString(ifPresent: member.key)
    }
  }
}
