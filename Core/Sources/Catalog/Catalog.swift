import Base
import Definitions

/// The relations between the entities of a snapshot as a graph: who owns what, what depends on what, who is in which
/// team. Built once for a snapshot; every answer is sorted.
///
/// Relations that can be told from either side (`dependencyOf`, `hasMember`, `parentOf`) are kept from one side only,
/// so that it does not matter in whose definition they are written.
public struct Catalog: Sendable {
  /// One relation of an entity.
  public struct Edge: Hashable, Sendable, Comparable {
    public var relation: Relation
    public var other: EntityRef

    public init(_ relation: Relation, _ other: EntityRef) {
      self.relation = relation
      self.other = other
    }

    public static func < (lhs: Edge, rhs: Edge) -> Bool {
      (lhs.relation.rawValue, lhs.other) < (rhs.relation.rawValue, rhs.other)
    }
  }

  private let forward: [EntityRef: [Edge]]
  private let backward: [EntityRef: [Edge]]

  public init(_ snapshot: Snapshot) {
    var forward: [EntityRef: Set<Edge>] = [:]
    var backward: [EntityRef: Set<Edge>] = [:]
    for document in snapshot.documents {
      for reference in document.references {
        guard let relation = reference.relation, let target = snapshot.resolve(reference) else { continue }
        var (from, to, kept) = (document.ref, target, relation)
        if let inverse = Self.turned(relation) { (from, to, kept) = (to, from, inverse) }
        forward[from, default: []].insert(Edge(kept, to))
        backward[to, default: []].insert(Edge(kept, from))
      }
    }
    self.forward = forward.mapValues { $0.sorted() }
    self.backward = backward.mapValues { $0.sorted() }
  }

  /// What a relation is turned into where it is told from the side that is not kept.
  private static func turned(_ relation: Relation) -> Relation? {
    switch relation {
    case .dependencyOf, .hasMember, .parentOf: relation.inverse
    default: nil
    }
  }

  // MARK: One step

  /// All relations told from this entity: `service ownedBy group`.
  public func relations(from entity: EntityRef) -> [Edge] { forward[entity] ?? [] }

  /// All relations told of this entity by others: for a group, the services that are `ownedBy` it.
  public func relations(to entity: EntityRef) -> [Edge] { backward[entity] ?? [] }

  /// What this entity stands in a relation to.
  public func targets(_ relation: Relation, of entity: EntityRef) -> [EntityRef] {
    if let turned = Self.turned(relation) { return step(backward, turned, entity) }
    return step(forward, relation, entity)
  }

  /// What stands in a relation to this entity.
  public func sources(_ relation: Relation, of entity: EntityRef) -> [EntityRef] {
    if let turned = Self.turned(relation) { return step(forward, turned, entity) }
    return step(backward, relation, entity)
  }

  private func step(_ edges: [EntityRef: [Edge]], _ relation: Relation, _ entity: EntityRef) -> [EntityRef] {
    (edges[entity] ?? []).filter { $0.relation == relation }.map(\.other)
  }

  /// The group or user that owns an entity.
  public func owner(of entity: EntityRef) -> EntityRef? { targets(.ownedBy, of: entity).first }

  /// The users of a group and of the groups below it.
  public func members(of group: EntityRef) -> [EntityRef] {
    let groups = [group] + closure(of: group) { sources(.childOf, of: $0) }
    return Set(groups.flatMap { sources(.memberOf, of: $0) }).sorted()
  }

  // MARK: Dependencies

  /// What an entity needs directly: what it says it depends on, and who provides the APIs that it consumes.
  public func directDependencies(of entity: EntityRef) -> [EntityRef] {
    let providers = targets(.consumesApi, of: entity).flatMap { sources(.providesApi, of: $0) }
    return Set(targets(.dependsOn, of: entity) + providers).subtracting([entity]).sorted()
  }

  /// What needs an entity directly.
  public func directDependents(of entity: EntityRef) -> [EntityRef] {
    let consumers = targets(.providesApi, of: entity).flatMap { sources(.consumesApi, of: $0) }
    return Set(sources(.dependsOn, of: entity) + consumers).subtracting([entity]).sorted()
  }

  /// Everything that an entity needs, directly or through others; not itself, even in a circle.
  public func dependencies(of entity: EntityRef) -> [EntityRef] {
    closure(of: entity) { directDependencies(of: $0) }
  }

  /// Everything that is affected when an entity fails, directly or through others; not itself.
  public func dependents(of entity: EntityRef) -> [EntityRef] {
    closure(of: entity) { directDependents(of: $0) }
  }

  /// The entities that are reached from this one through entities of one kind alone, such as resources, nearest first;
  /// each chain leads from this entity over those between to the one that is reached.
  ///
  /// - Parameters:
  ///   - between: whether an entity is passed through; what is not is where a chain ends.
  ///   - next: what is one step away: `directDependencies` or `directDependents`.
  public func chains(
    from entity: EntityRef, through between: (EntityRef) -> Bool, next: (EntityRef) -> [EntityRef]
  ) -> [[EntityRef]] {
    var found: [[EntityRef]] = []
    var seen: Set<EntityRef> = [entity]
    var level = next(entity).filter(between).map { [entity, $0] }
    while !level.isEmpty {
      var further: [[EntityRef]] = []
      for chain in level where seen.insert(chain[chain.count - 1]).inserted {
        for other in next(chain[chain.count - 1]) where !seen.contains(other) {
          if between(other) {
            further.append(chain + [other])
          } else {
            seen.insert(other)
            found.append(chain + [other])
          }
        }
      }
      level = further
    }
    return found
  }

  private func closure(of entity: EntityRef, _ next: (EntityRef) -> [EntityRef]) -> [EntityRef] {
    var found: Set<EntityRef> = []
    var waiting = next(entity)
    while let candidate = waiting.popLast() {
      if candidate != entity, found.insert(candidate).inserted { waiting += next(candidate) }
    }
    return found.sorted()
  }
}
