/// Reads one document: the envelope that all kinds share, then the spec of its kind.
public struct DocumentReader {
  /// How much of a document is checked.
  public enum Scope: Sendable {
    case whole
    /// `apiVersion`, `kind`, `metadata` and the fields beside them, whatever the spec says.
    case envelope
  }

  let report: Report
  let scope: Scope

  public init(report: Report, scope: Scope = .whole) {
    self.report = report
    self.scope = scope
  }

  /// The formats that differ in what they allow beside `spec`.
  enum Family {
    case backstage
    case openSLO
    case mainstay
    case other

    init(apiVersion: String) {
      switch apiVersion.prefix(while: { $0 != "/" }) {
      case "backstage.io": self = .backstage
      case "openslo", "openslo.com": self = .openSLO
      case "mainstay.dev": self = .mainstay
      default: self = .other
      }
    }
  }

  /// Reads what a tree defines: mostly one document, for a file of Sloth one for each of its SLOs. `nil` when it has
  /// errors, which are in the report then.
  public func readAll(_ node: Node) -> [Document]? {
    if SlothReader.reads(node) { return SlothReader(report: report).read(node) }
    return read(node).map { [$0] }
  }

  /// Reads a document. `nil` when it has errors, which are in the report then.
  public func read(_ node: Node) -> Document? {
    let errorsBefore = report.errorCount
    let draft = Fields(node, path: "", context: ReadingContext(report: report, namespace: "", nullIsAbsent: false))
    guard draft.isValidMapping else { return nil }
    guard let apiVersion = apiVersion(draft), let kind = kind(draft) else { return nil }
    let family = Family(apiVersion: apiVersion)
    let context = ReadingContext(
      report: report, namespace: node[path: "metadata", "namespace"]?.string ?? EntityRef.defaultNamespace,
      nullIsAbsent: family != .backstage, openSLO: OpenSLO.Version(rawValue: apiVersion) ?? .v1)
    let root = Fields(node, path: "", context: context)
    root.ignore("apiVersion", "kind", "spec")
    guard let metadata = MetadataReader(family: family, root: root).read() else { return nil }
    let spec = scope == .whole ? spec(apiVersion: apiVersion, kind: kind, root) : nil
    if family == .backstage { checkRelations(root) }
    if scope == .envelope, let spec = node["spec"], spec.mapping == nil {
      root.wrongType(spec, "spec", expected: "a mapping (object)")
    }
    if family != .other { root.finish(.refuse) }
    guard report.errorCount == errorsBefore else { return nil }
    return Document(
      ref: EntityRef(kind: kind, namespace: metadata.namespace, name: metadata.name), apiVersion: apiVersion,
      metadata: metadata, spec: spec, node: node, references: context.references, timeZones: context.timeZones,
      position: node.position,
      namePosition: node[path: "metadata", "name"]?.position ?? node.position)
  }

  private func apiVersion(_ root: Fields) -> String? {
    guard let node = root.node("apiVersion") else {
      root.missing("apiVersion", "such as mainstay.dev/v1")
      return nil
    }
    guard let text = root.text(node, "apiVersion") else { return nil }
    guard Formats.isAPIVersion(text) else {
      root.error(
        "apiVersion",
        "\(quoted(text)) is not group/version\(hint(for: text, among: Kinds.apiVersions)); write one such as openslo/v1"
      )
      return nil
    }
    return text
  }

  private func kind(_ root: Fields) -> String? {
    guard let node = root.node("kind") else {
      root.missing("kind", "such as Component")
      return nil
    }
    guard let text = root.text(node, "kind") else { return nil }
    guard Formats.isKind(text) else {
      root.error("kind", "\(quoted(text)) is not a kind; use letters and digits, a letter first")
      return nil
    }
    return text
  }

  private func spec(apiVersion: String, kind: String, _ root: Fields) -> (any DefinitionSpec)? {
    guard let type = Kinds.spec(apiVersion: apiVersion, kind: kind) else {
      noteUnknown(apiVersion: apiVersion, kind: kind, root)
      if let spec = root.node("spec"), spec.mapping == nil, Family(apiVersion: apiVersion) != .other {
        root.wrongType(spec, "spec", expected: "a mapping (object)")
      }
      return nil
    }
    guard let node = root.node("spec") else {
      if type.specIsOptional { return type.init(Fields(empty: root, path: "spec")) }
      root.missing("spec", "what the \(kind) is")
      return nil
    }
    let fields = Fields(node, path: "spec", context: root.context)
    guard fields.isValidMapping else { return nil }
    let spec = type.init(fields)
    fields.finish(.warn)
    return spec
  }

  private func noteUnknown(apiVersion: String, kind: String, _ root: Fields) {
    if Kinds.kept.contains(where: { $0.name == kind && $0.apiVersions.contains(apiVersion) }) { return }
    let place = root.place(of: "kind")
    let names = Kinds.names(in: apiVersion)
    if names.isEmpty {
      let versions = Kinds.all.first { $0.kind.name == kind }?.kind.apiVersions ?? []
      let remedy = versions.isEmpty ? "" : "; \(kind) is read as \(versions.joined(separator: " or "))"
      report.warning(at: place, "kind \(kind) of \(apiVersion) is not known here; it is kept but not read\(remedy)")
    } else if Family(apiVersion: apiVersion) == .openSLO {
      // OpenSLO's set of kinds is closed, so this is a mistake; the other formats grow by kinds of their users' own.
      report.error(
        at: place,
        "kind \(kind) is not one of \(apiVersion): \(names.sorted().joined(separator: ", "))"
          + hint(for: kind, among: names))
    } else {
      report.warning(
        at: place,
        "kind \(kind) is not known in \(apiVersion); it is kept but not read\(hint(for: kind, among: names))")
    }
  }

  /// What a catalog writes into entities it has processed; allowed, and of no further use here.
  private func checkRelations(_ root: Fields) {
    _ = root.objects(ifPresent: "relations") { relation in
      let type = relation.string("type")
      if !type.utf8.allSatisfy({ $0 == 0x5F || Formats.isObjectName(String(UnicodeScalar($0))) }) {
        relation.error("type", "\(quoted(type)) is not a relation's name; use letters, digits and _")
      }
      _ = relation.object("target") { target in
        _ = (target.string("kind"), target.string("namespace"), target.string("name"))
        target.finish(.refuse)
      }
      relation.finish(.refuse)
    }
    _ = root.object(ifPresent: "status") { status in
      _ = status.objects(ifPresent: "items") { item in
        _ = (item.string("type"), item.choice("level", StatusLevel.self))
        if item.possiblyEmptyString(ifPresent: "message") == nil, !item.has("message") {
          item.missing("message", "text")
        }
        _ = item.object(ifPresent: "error") { error in
          _ = (error.string("name"), error.possiblyEmptyString(ifPresent: "message"))
          if !error.has("message") { error.missing("message", "text") }
          _ = (error.possiblyEmptyString(ifPresent: "code"), error.possiblyEmptyString(ifPresent: "stack"))
        }
      }
    }
  }

  private enum StatusLevel: String, CaseIterable {
    case info, warning, error
  }
}

extension Fields {
  /// An empty mapping in the place of one that was left out.
  convenience init(empty parent: Fields, path: String) {
    self.init(Node(.mapping([]), at: parent.position), path: path, context: parent.context)
  }
}
