/// The typed form of one kind's `spec`.
///
/// A kind is one file with a conforming type and one line in `Kinds.all`; reading, unknown fields, references,
/// duplicate names, the content hash and lookups follow from that.
public protocol DefinitionSpec: Sendable {
  /// The kind's name and the `apiVersion`s under which this type reads it.
  static var kind: KindName { get }

  /// Whether a document without `spec` is allowed; it is then read as an empty mapping.
  static var specIsOptional: Bool { get }

  /// Reads the spec. Mistakes are recorded by the readers of `Fields`; what is built from a spec with mistakes is
  /// thrown away.
  init(_ fields: Fields)

  /// Checks that need all definitions at once, beyond references, which are checked for every kind alike.
  static func check(_ snapshot: Snapshot, _ report: Report)
}

extension DefinitionSpec {
  public static var specIsOptional: Bool { false }
  public static func check(_ snapshot: Snapshot, _ report: Report) {}
}

/// A kind and the versions it comes in.
public struct KindName: Hashable, Sendable {
  public var apiVersions: [String]
  public var name: String

  public init(_ name: String, _ apiVersions: String...) { self.init(name, apiVersions) }

  public init(_ name: String, _ apiVersions: [String]) {
    self.name = name
    self.apiVersions = apiVersions
  }

  /// A kind of this project's own.
  public static func mainstay(_ name: String) -> KindName { KindName(name, "mainstay.dev/v1") }
}

/// A definition of a known kind.
public struct Entity<Spec: DefinitionSpec>: Sendable {
  public var ref: EntityRef
  public var metadata: Metadata
  public var spec: Spec
  /// Where the document begins.
  public var position: Position

  public init(ref: EntityRef, metadata: Metadata, spec: Spec, position: Position) {
    self.ref = ref
    self.metadata = metadata
    self.spec = spec
    self.position = position
  }

  public var name: String { metadata.name }
}

/// One document of a file as it was written, with what was read from it.
public struct Document: Sendable {
  public var ref: EntityRef
  public var apiVersion: String
  public var metadata: Metadata
  /// `nil` where the kind is kept without being interpreted.
  public var spec: (any DefinitionSpec)?
  /// The document as written.
  public var node: Node
  /// The entities it mentions.
  public var references: [Reference]
  /// The time zones it names.
  public var timeZones: [TimeZoneMention]
  /// Where the document begins.
  public var position: Position
  /// Where its name is written.
  public var namePosition: Position

  public init(
    ref: EntityRef, apiVersion: String, metadata: Metadata, spec: (any DefinitionSpec)?, node: Node,
    references: [Reference], timeZones: [TimeZoneMention] = [], position: Position, namePosition: Position
  ) {
    self.ref = ref
    self.apiVersion = apiVersion
    self.metadata = metadata
    self.spec = spec
    self.node = node
    self.references = references
    self.timeZones = timeZones
    self.position = position
    self.namePosition = namePosition
  }

  /// The part of `apiVersion` before the slash; documents of one kind and name may live in several groups. All versions
  /// of OpenSLO are one, and SLOs are, whatever format they are written in.
  public var group: String {
    if spec is SLOSpec { return "openslo" }
    let group = String(apiVersion.prefix { $0 != "/" })
    return group == "openslo.com" ? "openslo" : group
  }

  /// This document as an entity of a kind, or `nil` where it is of another.
  public func entity<Spec: DefinitionSpec>(_: Spec.Type) -> Entity<Spec>? {
    (spec as? Spec).map { Entity(ref: ref, metadata: metadata, spec: $0, position: position) }
  }
}
