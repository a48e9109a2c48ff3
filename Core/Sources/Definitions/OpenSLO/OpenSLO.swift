/// Rules that all kinds of OpenSLO v1 share (the specification at github.com/OpenSLO/OpenSLO, and the stricter
/// formats that its SDK holds documents to).
public enum OpenSLO {
  /// The comparisons of objectives and alert conditions.
  public enum Comparison: String, Sendable, CaseIterable, Hashable, Codable {
    case lte, gte, lt, gt
  }

  /// The versions of the format, which differ in names of fields and in what they allow.
  public enum Version: String, Sendable, CaseIterable {
    case v1alpha = "openslo/v1alpha"
    case v1 = "openslo/v1"
    case v2alpha = "openslo.com/v2alpha"
  }

  static func kind(_ name: String) -> KindName {
    KindName(name, Version.v1.rawValue, Version.v2alpha.rawValue)
  }

  static func metadata(_ fields: Fields) -> Metadata {
    let name = fields.string("name")
    checkName(name, fields, "name")
    // v2alpha follows the metadata of Kubernetes, which has no such field.
    let title =
      fields.context.openSLO == .v2alpha ? nil : fields.possiblyEmptyString(ifPresent: "displayName")
    if let title, title.unicodeScalars.count > 63 {
      fields.error("displayName", "has \(title.unicodeScalars.count) characters; use at most 63")
    }
    return Metadata(
      name: name, title: title.flatMap { $0.isEmpty ? nil : $0 }, labels: labels(fields),
      annotations: annotations(fields))
  }

  private static func checkName(_ name: String, _ fields: Fields, _ key: String) {
    if !name.isEmpty, !Formats.isDNSLabel(name) {
      fields.error(
        key, "\(quoted(name)) is not a name; use 1 to 63 of a-z 0-9 - with a letter or digit at both ends")
    }
  }

  private static func labels(_ fields: Fields) -> [Metadata.Label] {
    guard let node = fields.node("labels") else { return [] }
    let reader = Fields(node, path: fields.path(of: "labels"), context: fields.context)
    let labels = (node.mapping ?? []).map { member in
      let isKubernetes = fields.context.openSLO == .v2alpha
      if isKubernetes ? !Formats.isPrefixedName(member.key) : !Formats.isObjectName(member.key) {
        reader.error(member.key, "is not a label key; use 1 to 63 of a-z A-Z 0-9 - _ .")
      }
      if let text = member.value.string {
        if isKubernetes, !Formats.isLabelValue(text) {
          reader.error(member.key, "\(quoted(text)) is not a label value; use at most 63 of a-z A-Z 0-9 - _ .")
        }
        return Metadata.Label(key: member.key, values: [text])
      }
      if isKubernetes {
        reader.wrongType(member.value, reader.path(of: member.key), expected: "text")
        return Metadata.Label(key: member.key, values: [])
      }
      return Metadata.Label(key: member.key, values: labelValues(reader, member.key))
    }
    return labels.sorted { $0.key < $1.key }
  }

  private static func labelValues(_ reader: Fields, _ key: String) -> [String] {
    guard let node = reader.node(key) else { return [] }
    guard let items = node.sequence else {
      reader.wrongType(node, reader.path(of: key), expected: "text")
      return []
    }
    return items.enumerated().compactMap { index, item in
      if item.string == nil { reader.wrongType(item, "\(reader.path(of: key)).\(index)", expected: "text") }
      return item.string
    }
  }

  private static func annotations(_ fields: Fields) -> [StringPair] {
    let pairs = fields.stringMap(ifPresent: "annotations")
    for pair in pairs where !Formats.isPrefixedName(pair.key) {
      fields.error("annotations", "key \(quoted(pair.key)) is not an annotation key; write [domain/]name")
    }
    return pairs
  }

  /// `spec.description`, at most 1050 characters.
  static func description(_ fields: Fields) -> String? {
    let text = fields.possiblyEmptyString(ifPresent: "description")
    if let text, text.unicodeScalars.count > 1_050 {
      fields.error("description", "has \(text.unicodeScalars.count) characters; use at most 1050")
    }
    return text
  }

  /// A mention of another object by its name; names are DNS labels.
  static func reference(_ fields: Fields, _ key: String, to kind: String) -> EntityRef? {
    if let text = fields.node(key)?.string { checkName(text, fields, key) }
    return fields.reference(ifPresent: key, to: kind)
  }

  /// An object written in place of a reference: `kind` (where the format wants it), `metadata`, `spec`.
  static func inline<Spec: DefinitionSpec>(_ fields: Fields, _: Spec.Type, namesKind: Bool) -> Inline<Spec>? {
    fields.ignore("apiVersion")
    if namesKind {
      let kind = fields.string("kind")
      if !kind.isEmpty, kind != Spec.kind.name {
        fields.error("kind", "\(quoted(kind)) is not \(Spec.kind.name), the only kind that can stand here")
      }
    } else {
      fields.ignore("kind")
    }
    let metadata = fields.object("metadata") { fields -> Metadata in
      let metadata = OpenSLO.metadata(fields)
      fields.finish(.refuse)
      return metadata
    }
    let spec = fields.object("spec") { Spec($0) }
    guard let metadata, let spec else { return nil }
    return Inline(metadata: metadata, spec: spec, position: fields.position)
  }

  /// Reports fields of which not exactly one is written.
  static func exactlyOne(_ fields: Fields, _ keys: String...) -> Bool {
    let present = keys.filter { fields.has($0) }
    if present.count == 1 { return true }
    let list = keys.joined(separator: ", ")
    fields.error(
      present.isEmpty
        ? "has none of \(list); write exactly one" : "has \(present.joined(separator: " and ")); write exactly one")
    return false
  }
}

/// An object written in place of a reference to it.
public struct Inline<Spec: DefinitionSpec>: Sendable {
  public var metadata: Metadata
  public var spec: Spec
  public var position: Position
}

/// Either a reference to an object or the object itself.
public enum RefOrInline<Spec: DefinitionSpec>: Sendable {
  case reference(EntityRef)
  case inline(Inline<Spec>)
}
