import Testing
import Trees

@testable import Definitions

@Suite struct SnapshotTests {
  private let group = entity("Group", "media", #"{"type":"team","children":[]}"#)
  private let service = entity(
    "Component", "checkout", #"{"type":"service","lifecycle":"production","owner":"media"}"#)

  @Test func aMisspelledServiceIsSuggested() throws {
    let maintenance = own(
      "Maintenance", "m",
      #"{"services":["chekout"],"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z","reason":"r"}"#)
    let result = try load(group, service, maintenance)
    #expect(result.snapshot == nil)
    #expect(
      result.diagnostics.map(\.message) == [
        "spec.services.0: no service `chekout`; did you mean `checkout`?"
      ])
  }

  @Test func aReferenceToAnotherKindIsRefused() throws {
    let odd = entity(
      "Component", "odd", #"{"type":"service","lifecycle":"production","owner":"component:checkout"}"#)
    let result = try load(group, service, odd)
    #expect(
      result.errors.map(\.message) == [
        "spec.owner `component:checkout` names a component; it must be a Group or a User"
      ])
  }

  @Test func whatRefersToABrokenDefinitionIsNotToBlame() throws {
    let broken = entity("Component", "payments", #"{"type":"service","lifecycle":"production"}"#)
    let other = entity(
      "Component", "payment", #"{"type":"service","lifecycle":"p","owner":"media","dependsOn":["component:payments"]}"#)
    #expect(
      try load(group, broken, other).errors.map(\.message) == [
        "spec.owner is missing; add it (the name of a Group or User)"
      ])
  }

  @Test func oneFileAloneIsCheckedForShapeOnly() throws {
    #expect(try load(service, references: false).snapshot != nil)
    #expect(
      try load(service).errors.map(\.message) == [
        "spec.owner: no group or user `media`; define it or correct the name"
      ])
  }

  @Test func duplicateNamesNameBothPlaces() throws {
    let result = try load(group, service, service)
    #expect(
      result.errors.map(\.description) == [
        "2.yaml:1:1: Component `checkout` is defined twice, first at 1.yaml:1:1; rename or remove one of them"
      ])
  }

  @Test func namesOfDifferentKindsMayBeEqual() throws {
    let slo = #"{"apiVersion":"openslo/v1","kind":"Service","metadata":{"name":"checkout"}}"#
    #expect(try load(group, service, slo).snapshot != nil)
  }

  @Test func circlesOfGroupsAreErrorsAndCirclesOfDependenciesWarnings() throws {
    let first = entity("Group", "a", #"{"type":"team","children":["b"]}"#)
    let second = entity("Group", "b", #"{"type":"team","children":["a"]}"#)
    #expect(
      try load(first, second).errors.map(\.message) == [
        "the group is above itself: a → b → a; take one parent or child out of the circle"
      ])
    let left = entity(
      "Component", "l", #"{"type":"service","lifecycle":"p","owner":"media","dependsOn":["component:r"]}"#)
    let right = entity(
      "Component", "r", #"{"type":"service","lifecycle":"p","owner":"media","dependsOn":["component:l"]}"#)
    let result = try load(group, left, right)
    #expect(result.snapshot != nil)
    #expect(result.warnings.count == 1)
    #expect(result.warnings[0].message.contains("l → r → l"))
  }

  @Test func aLongChainIsNoCircleAndNoTrouble() throws {
    let edges = (0..<50_000).map {
      Cycles.Edge(
        from: EntityRef(kind: "k", name: "\($0)"), to: EntityRef(kind: "k", name: "\($0 + 1)"),
        position: Position(file: "f"))
    }
    #expect(Cycles.find(edges).isEmpty)
  }

  @Test func theHashIsOfTheContentAlone() throws {
    let swapped = entity(
      "Component", "checkout", #"{"owner":"media","lifecycle":"production","type":"service"}"#)
    let one = try #require(try load(group, service).snapshot)
    let other = try #require(try load(swapped, group).snapshot)
    #expect(one.hash == other.hash)
    #expect(one.hash.count == 64)
    let changed = entity("Component", "checkout", #"{"type":"website","lifecycle":"production","owner":"media"}"#)
    #expect(try load(group, changed).snapshot?.hash != one.hash)
  }

  @Test func textAndNumberHashApart() throws {
    func hash(_ value: String) throws -> String? {
      try load(#"{"apiVersion":"v1","kind":"Other","metadata":{"name":"a"},"spec":{"x":\#(value)}}"#).snapshot?.hash
    }
    #expect(try hash("7") != hash(#""7""#))
  }

  @Test func unknownKindsAreKeptAndNamed() throws {
    let result = try load(own("Scedule", "a", "{}"), own("Rollout", "b", "{}"))
    let snapshot = try #require(result.snapshot)
    #expect(snapshot.documents.count == 2)
    #expect(
      result.warnings.map(\.message) == [
        "kind Scedule is not known in mainstay.dev/v1; it is kept but not read; did you mean `Schedule`?"
      ])
  }

  @Test func unknownFieldsWarnInTheSpecAndAreRefusedInTheEnvelope() throws {
    let inSpec = try load(entity("Domain", "d", #"{"owner":"media","ownr":"x"}"#), group)
    #expect(inSpec.snapshot != nil)
    #expect(inSpec.warnings.map(\.message) == ["unknown field spec.ownr; did you mean `owner`?"])
    let inEnvelope = try load(
      #"{"apiVersion":"mainstay.dev/v1","kind":"Tier","metadata":{"name":"a"},"spec":{"level":0},"sepc":{}}"#)
    #expect(
      inEnvelope.errors.map(\.message) == [
        "unknown field sepc: additional properties are refused here; did you mean `spec`?"
      ])
  }

  @Test func valuesOfOneMistakeAreAllReported() throws {
    let result = try load(own("Tier", "a", #"{"level":"0","paging":"pge","review":{"dueWithin":"soon"}}"#))
    #expect(
      result.errors.map(\.message) == [
        #"spec.level is "0", not a whole number"#,
        #"spec.paging "pge" is not one of page, notify, record; did you mean `page`?"#,
        #"spec.review.dueWithin "soon" is not a length of time; write it like 90s, 5m, 1h30m or 30d"#,
      ])
  }

  @Test func aPastedSecretIsNotRepeated() throws {
    let result = try load(own("Integration", "a", #"{"type":"pagerduty","secretRef":"hunter2hunter2"}"#))
    #expect(result.errors.count == 1)
    #expect(!result.errors[0].message.contains("hunter2"))
  }

  @Test func aTargetOfAllLeavesNoBudget() throws {
    let slo =
      #"{"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"a"},"spec":{"service":"s","indicatorRef":"i","#
      + #""timeWindow":[{"duration":"28d","isRolling":true}],"budgetingMethod":"Occurrences","#
      + #""objectives":[{"target":1}]}}"#
    #expect(
      try load(slo, references: false).errors.map(\.message) == [
        "spec.objectives.0.target 1 leaves no error budget; use a target below 1"
      ])
  }
}
