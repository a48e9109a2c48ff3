/// The kinds of Backstage's software catalog ("Descriptor Format of Catalog Entities"), read as its schemas of
/// `backstage.io/v1alpha1` say.
enum Backstage {
  static func kind(_ name: String) -> KindName { KindName(name, "backstage.io/v1alpha1", "backstage.io/v1beta1") }

  static func owner(_ fields: Fields) -> EntityRef {
    fields.reference("owner", to: "Group", "User", relation: .ownedBy)
  }

  static func profile(_ fields: Fields) -> Profile {
    fields.object(ifPresent: "profile") { fields in
      Profile(
        displayName: fields.string(ifPresent: "displayName"), email: fields.string(ifPresent: "email"),
        picture: fields.string(ifPresent: "picture"))
    } ?? Profile()
  }
}

/// How a person or a group is shown.
public struct Profile: Hashable, Sendable {
  public var displayName: String?
  public var email: String?
  public var picture: String?
}

/// Backstage `Component`: a piece of software. Services that Mainstay watches are Components.
public struct ComponentSpec: DefinitionSpec {
  public static let kind = Backstage.kind("Component")

  /// Such as `service`, `website`, `library`.
  public var type: String
  /// Such as `production`, `experimental`, `deprecated`.
  public var lifecycle: String
  public var owner: EntityRef
  public var system: EntityRef?
  public var subcomponentOf: EntityRef?
  public var providesAPIs: [EntityRef]
  public var consumesAPIs: [EntityRef]
  public var dependsOn: [EntityRef]
  public var dependencyOf: [EntityRef]

  public init(_ fields: Fields) {
    type = fields.string("type")
    lifecycle = fields.string("lifecycle")
    owner = Backstage.owner(fields)
    system = fields.reference(ifPresent: "system", to: "System", relation: .partOf)
    subcomponentOf = fields.reference(ifPresent: "subcomponentOf", to: "Component", relation: .partOf)
    providesAPIs = fields.references(ifPresent: "providesApis", to: "API", relation: .providesApi)
    consumesAPIs = fields.references(ifPresent: "consumesApis", to: "API", relation: .consumesApi)
    dependsOn = fields.references(ifPresent: "dependsOn", to: "Component", "Resource", relation: .dependsOn)
    dependencyOf = fields.references(ifPresent: "dependencyOf", to: "Component", "Resource", relation: .dependencyOf)
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let components = snapshot.all(ComponentSpec.self)
    let parents = components.compactMap { component in
      component.spec.subcomponentOf.map { Cycles.Edge(from: component.ref, to: $0, position: component.position) }
    }
    for cycle in Cycles.find(parents) {
      report.error(
        at: cycle.position,
        "spec.subcomponentOf goes round in a circle: \(cycle.description); a component cannot be part of itself")
    }
    let dependencies = components.flatMap { component in
      component.spec.dependsOn.map { Cycles.Edge(from: component.ref, to: $0, position: component.position) }
    }
    for cycle in Cycles.find(dependencies) {
      report.warning(
        at: cycle.position,
        "spec.dependsOn goes round in a circle: \(cycle.description); the cause of an outage cannot be told from its "
          + "effect along it")
    }
  }
}

/// Backstage `API`: an interface that components provide and consume.
public struct APISpec: DefinitionSpec {
  public static let kind = Backstage.kind("API")

  /// Such as `openapi`, `grpc`, `graphql`.
  public var type: String
  public var lifecycle: String
  public var owner: EntityRef
  public var system: EntityRef?
  /// The definition itself; `nil` where a placeholder such as `$text` says where it is kept.
  public var definition: String?

  public init(_ fields: Fields) {
    type = fields.string("type")
    lifecycle = fields.string("lifecycle")
    owner = Backstage.owner(fields)
    system = fields.reference(ifPresent: "system", to: "System", relation: .partOf)
    if let placeholder = fields.node("definition")?.mapping, placeholder.count == 1, placeholder[0].key.hasPrefix("$") {
      definition = nil
    } else {
      definition = fields.string("definition")
    }
  }
}

/// Backstage `Resource`: something a component needs to run, such as a database.
public struct ResourceSpec: DefinitionSpec {
  public static let kind = Backstage.kind("Resource")

  public var type: String
  public var owner: EntityRef
  public var system: EntityRef?
  public var dependsOn: [EntityRef]
  public var dependencyOf: [EntityRef]

  public init(_ fields: Fields) {
    type = fields.string("type")
    owner = Backstage.owner(fields)
    system = fields.reference(ifPresent: "system", to: "System", relation: .partOf)
    dependsOn = fields.references(ifPresent: "dependsOn", to: "Component", "Resource", relation: .dependsOn)
    dependencyOf = fields.references(ifPresent: "dependencyOf", to: "Component", "Resource", relation: .dependencyOf)
    fields.ignore("lifecycle")
  }
}

/// Backstage `System`: components and resources that together do one thing.
public struct SystemSpec: DefinitionSpec {
  public static let kind = Backstage.kind("System")

  public var owner: EntityRef
  public var domain: EntityRef?

  public init(_ fields: Fields) {
    owner = Backstage.owner(fields)
    domain = fields.reference(ifPresent: "domain", to: "Domain", relation: .partOf)
    _ = fields.string(ifPresent: "type")
  }
}

/// Backstage `Domain`: systems that share a business purpose.
public struct DomainSpec: DefinitionSpec {
  public static let kind = Backstage.kind("Domain")

  public var owner: EntityRef
  public var parent: EntityRef?

  public init(_ fields: Fields) {
    owner = Backstage.owner(fields)
    parent = fields.reference(ifPresent: "subdomainOf", to: "Domain", relation: .partOf)
    _ = fields.string(ifPresent: "type")
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    let edges = snapshot.all(DomainSpec.self).compactMap { domain in
      domain.spec.parent.map { Cycles.Edge(from: domain.ref, to: $0, position: domain.position) }
    }
    for cycle in Cycles.find(edges) {
      report.error(at: cycle.position, "spec.subdomainOf goes round in a circle: \(cycle.description)")
    }
  }
}
