/// The name of an entity: `component:default/playback`. The parts are compared without regard to case, as Backstage
/// does (its "References to entities"), and keep the spelling they were written with.
public struct EntityRef: Sendable {
  public static let defaultNamespace = "default"

  public let kind: String
  public let namespace: String
  public let name: String
  /// `kind:namespace/name` in lower case: what comparison and hashing go by.
  public let key: String

  public init(kind: String, namespace: String = EntityRef.defaultNamespace, name: String) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
    key = "\(kind):\(namespace)/\(name)".lowercased()
  }

  /// Reads `[kind:][namespace/]name`; what is left out is taken from the defaults.
  public init(
    parsing text: some StringProtocol, defaultKind: String, defaultNamespace: String = EntityRef.defaultNamespace
  ) {
    var kind = defaultKind
    var namespace = defaultNamespace
    var rest = Substring(text)
    if let colon = rest.firstIndex(of: ":") {
      if colon > rest.startIndex { kind = String(rest[..<colon]) }
      rest = rest[rest.index(after: colon)...]
    }
    if let slash = rest.firstIndex(of: "/") {
      if slash > rest.startIndex { namespace = String(rest[..<slash]) }
      rest = rest[rest.index(after: slash)...]
    }
    self.init(kind: kind, namespace: namespace, name: String(rest))
  }

  /// The name alone in the default namespace, `namespace/name` elsewhere: what pages show.
  public var shortName: String {
    namespace.lowercased() == EntityRef.defaultNamespace ? name : "\(namespace)/\(name)"
  }
}

extension EntityRef: Hashable {
  public static func == (lhs: EntityRef, rhs: EntityRef) -> Bool { lhs.key == rhs.key }
  public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension EntityRef: Comparable {
  public static func < (lhs: EntityRef, rhs: EntityRef) -> Bool { lhs.key < rhs.key }
}

extension EntityRef: CustomStringConvertible {
  public var description: String { "\(kind.lowercased()):\(namespace)/\(name)" }
}

extension EntityRef: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard text.contains(":") else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an entity reference (kind:namespace/name)")
    }
    self.init(parsing: text, defaultKind: "")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A mention of one entity in the definition of another, kept so that all of them are checked in one place and the
/// catalog's relations can be read off them.
public struct Reference: Hashable, Sendable {
  /// The field that holds it, such as `spec.owner`.
  public var field: String
  /// The text as written.
  public var text: String
  /// Where the text names no kind, each of these is tried in order; a kind that is named must be one of them.
  public var kinds: [String]
  /// The namespace meant where the text names none.
  public var namespace: String
  /// What the mention says about the two entities; `nil` where it is no relation of the catalog.
  public var relation: Relation?
  public var position: Position

  public init(
    field: String, text: String, kinds: [String], namespace: String, relation: Relation? = nil, position: Position
  ) {
    self.field = field
    self.text = text
    self.kinds = kinds
    self.namespace = namespace
    self.relation = relation
    self.position = position
  }

  /// The entities it may mean, in the order in which they are tried.
  public var candidates: [EntityRef] {
    let written = EntityRef(parsing: text, defaultKind: "", defaultNamespace: namespace)
    if !written.kind.isEmpty { return [written] }
    return kinds.map { EntityRef(kind: $0, namespace: written.namespace, name: written.name) }
  }

  /// Whether a kind may stand here.
  public func allows(_ kind: String) -> Bool { kinds.contains { $0.lowercased() == kind.lowercased() } }
}

/// The relations of the catalog, in the words of Backstage ("Well-known Relations between Catalog Entities"), told
/// from the entity whose definition mentions the other.
public enum Relation: String, Sendable, Hashable, CaseIterable, Codable {
  case ownedBy
  case dependsOn
  case dependencyOf
  case partOf
  case providesApi
  case consumesApi
  case memberOf
  case hasMember
  case childOf
  case parentOf

  /// The same relation told from the other side, where it has a name of its own here.
  public var inverse: Relation? {
    switch self {
    case .dependsOn: .dependencyOf
    case .dependencyOf: .dependsOn
    case .memberOf: .hasMember
    case .hasMember: .memberOf
    case .childOf: .parentOf
    case .parentOf: .childOf
    case .ownedBy, .partOf, .providesApi, .consumesApi: nil
    }
  }
}
