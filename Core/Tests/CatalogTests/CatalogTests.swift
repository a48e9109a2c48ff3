import Base
import Catalog
import Definitions
import Testing

@Suite struct CatalogTests {
  private static func document(_ kind: String, _ name: String, _ relations: [(Relation, String)]) -> Document {
    let position = Position(file: "a.yaml")
    return Document(
      ref: EntityRef(kind: kind, name: name), apiVersion: "backstage.io/v1alpha1", metadata: Metadata(name: name),
      spec: nil, node: Node(.mapping([]), at: position),
      references: relations.map {
        Reference(
          field: "f", text: $0.1, kinds: ["Component", "Resource", "Group", "User", "API"], namespace: "default",
          relation: $0.0,
          position: position)
      }, position: position, namePosition: position)
  }

  private func component(_ name: String) -> EntityRef { EntityRef(kind: "Component", name: name) }

  private let catalog = Catalog(
    Snapshot(documents: [
      document("Component", "web", [(.dependsOn, "component:api"), (.ownedBy, "group:media")]),
      document(
        "Component", "api", [(.dependsOn, "component:db"), (.providesApi, "api:v1"), (.ownedBy, "group:media")]),
      document("Component", "db", [(.dependencyOf, "component:batch")]),
      document("Component", "batch", [(.dependsOn, "component:nowhere")]),
      document("Component", "app", [(.consumesApi, "api:v1")]),
      document("API", "v1", []),
      document("Group", "media", [(.parentOf, "group:players")]),
      document("Group", "players", [(.hasMember, "user:ana")]),
      document("User", "ana", [(.memberOf, "group:players")]),
    ]))

  @Test func dependenciesAreFollowedToTheEnd() {
    #expect(catalog.dependencies(of: component("web")) == [component("api"), component("db")])
    #expect(
      catalog.dependents(of: component("db")) == ["api", "app", "batch", "web"].map { component($0) })
  }

  @Test func chainsLeadThroughResourcesToTheNextComponents() {
    let catalog = Catalog(
      Snapshot(documents: [
        Self.document("Component", "shop", [(.dependsOn, "resource:orders"), (.dependsOn, "component:cart")]),
        Self.document("Component", "cart", []),
        Self.document("Resource", "orders", [(.dependsOn, "resource:disk"), (.dependsOn, "component:shop")]),
        Self.document("Resource", "disk", [(.dependsOn, "component:storage"), (.dependsOn, "resource:orders")]),
        Self.document("Component", "storage", [(.dependsOn, "component:power")]),
        Self.document("Component", "power", []),
      ]))
    func resource(_ name: String) -> EntityRef { EntityRef(kind: "Resource", name: name) }
    func isResource(_ ref: EntityRef) -> Bool { ref.kind.lowercased() == "resource" }
    #expect(
      catalog.chains(from: component("shop"), through: isResource, next: catalog.directDependencies) == [
        [component("shop"), resource("orders"), resource("disk"), component("storage")]
      ])
    #expect(
      catalog.chains(from: component("storage"), through: isResource, next: catalog.directDependents) == [
        [component("storage"), resource("disk"), resource("orders"), component("shop")]
      ])
    #expect(catalog.chains(from: component("cart"), through: isResource, next: catalog.directDependents).isEmpty)
  }

  @Test func anAPIMakesItsConsumerDependOnItsProvider() {
    #expect(catalog.directDependencies(of: component("app")) == [component("api")])
    #expect(catalog.directDependents(of: component("api")) == [component("app"), component("web")])
  }

  @Test func aRelationIsTheSameFromWhicheverSideItIsTold() {
    let players = EntityRef(kind: "Group", name: "players")
    let media = EntityRef(kind: "Group", name: "media")
    let ana = EntityRef(kind: "User", name: "ana")
    #expect(catalog.targets(.memberOf, of: ana) == [players])
    #expect(catalog.targets(.hasMember, of: players) == [ana])
    #expect(catalog.targets(.childOf, of: players) == [media])
    #expect(catalog.sources(.parentOf, of: players) == [media])
    #expect(catalog.members(of: media) == [ana])
    #expect(catalog.targets(.dependsOn, of: component("batch")) == [component("db")])
  }

  @Test func ownersAndWhatTheyOwn() {
    let media = EntityRef(kind: "Group", name: "media")
    #expect(catalog.owner(of: component("web")) == media)
    #expect(catalog.sources(.ownedBy, of: media) == [component("api"), component("web")])
    #expect(catalog.relations(to: media).map(\.relation) == [.childOf, .ownedBy, .ownedBy])
    #expect(catalog.relations(from: component("web")).map(\.relation) == [.dependsOn, .ownedBy])
  }

  @Test func aCircleEnds() {
    let circle = Catalog(
      Snapshot(documents: [
        Self.document("Component", "a", [(.dependsOn, "component:b")]),
        Self.document("Component", "b", [(.dependsOn, "component:a")]),
      ]))
    #expect(circle.dependencies(of: component("a")) == [component("b")])
  }
}
