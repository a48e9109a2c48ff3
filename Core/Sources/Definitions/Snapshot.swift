/// All definitions at one moment: immutable, named by the hash of what they say.
public struct Snapshot: Sendable {
  /// SHA-256 in hexadecimal over the content of all definitions, whatever files they are in and in whatever order.
  public let hash: String
  /// Sorted by reference.
  public let documents: [Document]
  /// Sorted by name.
  public let runbooks: [Runbook]
  /// The files as they were read, sorted by path.
  public let files: [SourceFile]

  private let index: [EntityRef: Int]
  private let ranges: [String: Range<Int>]

  public init(documents: [Document], runbooks: [Runbook] = [], files: [SourceFile] = []) {
    let sorted = documents.sorted { ($0.ref, $0.apiVersion) < ($1.ref, $1.apiVersion) }
    self.documents = sorted
    self.runbooks = runbooks.sorted { ($0.name, $0.position) < ($1.name, $1.position) }
    self.files = files.sorted { $0.path < $1.path }
    var index: [EntityRef: Int] = [:]
    var ranges: [String: Range<Int>] = [:]
    for (place, document) in sorted.enumerated() {
      // Where two groups have a kind of one name, the one that is read wins over the one that is only kept.
      if index[document.ref] == nil || document.spec != nil { index[document.ref] = place }
      let kind = document.ref.kind.lowercased()
      ranges[kind] = (ranges[kind]?.lowerBound ?? place)..<(place + 1)
    }
    self.index = index
    self.ranges = ranges
    hash = ContentHash.of(sorted, self.runbooks)
  }

  /// A snapshot without definitions.
  public static let empty = Snapshot(documents: [])

  public func document(_ ref: EntityRef) -> Document? { index[ref].map { documents[$0] } }

  /// All definitions of a kind, sorted by reference.
  public func all<Spec: DefinitionSpec>(_: Spec.Type) -> [Entity<Spec>] {
    documents(ofKind: Spec.kind.name).compactMap { $0.entity(Spec.self) }
  }

  /// All documents of a kind, read or only kept, sorted by reference.
  public func documents(ofKind kind: String) -> ArraySlice<Document> {
    ranges[kind.lowercased()].map { documents[$0] } ?? []
  }

  public func find<Spec: DefinitionSpec>(_: Spec.Type, _ ref: EntityRef) -> Entity<Spec>? {
    document(ref)?.entity(Spec.self)
  }

  public func find<Spec: DefinitionSpec>(
    _: Spec.Type, named name: String, namespace: String = EntityRef.defaultNamespace
  ) -> Entity<Spec>? {
    find(Spec.self, EntityRef(kind: Spec.kind.name, namespace: namespace, name: name))
  }

  /// The entity that a reference means, or `nil` where there is none.
  public func resolve(_ reference: Reference) -> EntityRef? {
    reference.candidates.first { reference.allows($0.kind) && document($0) != nil }
  }

  /// The runbooks that name a service, sorted by name.
  public func runbooks(for service: EntityRef) -> [Runbook] {
    runbooks.filter { $0.services.contains(service) }
  }
}

/// A file of definitions as it was read.
public struct SourceFile: Hashable, Sendable {
  /// Relative to the definitions directory, `/` between its parts.
  public var path: String
  public var text: String

  public init(path: String, text: String) {
    self.path = path
    self.text = text
  }
}
