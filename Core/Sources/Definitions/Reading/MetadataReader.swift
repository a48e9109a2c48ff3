/// Reads `metadata` by the rules of the document's family.
struct MetadataReader {
  let family: DocumentReader.Family
  let root: Fields

  func read() -> Metadata? {
    guard let node = root.node("metadata") else {
      root.missing("metadata", "a mapping with the name")
      return nil
    }
    let fields = Fields(node, path: "metadata", context: root.context)
    guard fields.isValidMapping else { return nil }
    let metadata: Metadata
    switch family {
    case .openSLO: metadata = openSLO(fields)
    case .backstage, .mainstay: metadata = backstage(fields)
    case .other:
      return Metadata(
        name: node["name"]?.string ?? "", namespace: node["namespace"]?.string ?? EntityRef.defaultNamespace)
    }
    // Backstage lets other tools add metadata of their own; the other formats have a closed set.
    fields.finish(family == .backstage ? .warn : .refuse)
    return metadata
  }

  // MARK: Backstage

  private func backstage(_ fields: Fields) -> Metadata {
    let name = fields.string("name")
    if !name.isEmpty, !Formats.isObjectName(name) {
      fields.error(
        "name", "\(quoted(name)) is not a name; use 1 to 63 of a-z A-Z 0-9 - _ . with a letter or digit at both ends")
    }
    let namespace = fields.string(ifPresent: "namespace")
    if let namespace, !Formats.isDNSLabel(namespace) {
      fields.error(
        "namespace",
        "\(quoted(namespace)) is not a namespace; use 1 to 63 of a-z 0-9 - with a letter or digit at "
          + "both ends")
    }
    if family == .backstage {
      _ = (fields.string(ifPresent: "uid"), fields.string(ifPresent: "etag"))
      _ = fields.int(ifPresent: "generation", in: 1...Int.max)
    }
    let tags = fields.strings(ifPresent: "tags")
    for (index, tag) in tags.enumerated() where !Formats.isTag(tag) {
      context.report.error(
        at: fields.node["tags"]?.sequence?[index].position ?? fields.position,
        "metadata.tags.\(index) \(quoted(tag)) is not a tag; use a-z 0-9 + # : in groups joined by -, at most 63")
    }
    return Metadata(
      name: name, namespace: namespace ?? EntityRef.defaultNamespace,
      title: fields.possiblyEmptyString(ifPresent: "title"),
      description: fields.possiblyEmptyString(ifPresent: "description"), labels: labels(fields),
      annotations: annotations(fields, isKey: Formats.isPrefixedName), tags: tags,
      links: fields.objects(ifPresent: "links", link))
  }

  private var context: ReadingContext { root.context }

  private func labels(_ fields: Fields) -> [Metadata.Label] {
    let pairs = fields.stringMap(ifPresent: "labels")
    for pair in pairs {
      let place = fields.node["labels"]?[pair.key]?.position ?? fields.position
      if !Formats.isPrefixedName(pair.key) {
        context.report.error(
          at: place, "metadata.labels key \(quoted(pair.key)) is not a label key; write [domain/]name")
      }
      if !Formats.isLabelValue(pair.value) {
        context.report.error(
          at: place,
          "metadata.labels.\(pair.key) \(quoted(pair.value)) is not a label value; use at most 63 of a-z A-Z 0-9 - _ ."
            + " or write it as an annotation")
      }
    }
    return pairs.map { Metadata.Label(key: $0.key, values: [$0.value]) }
  }

  private func annotations(_ fields: Fields, isKey: (String) -> Bool) -> [StringPair] {
    let pairs = fields.stringMap(ifPresent: "annotations")
    for pair in pairs where !isKey(pair.key) {
      context.report.error(
        at: fields.node["annotations"]?[pair.key]?.position ?? fields.position,
        "metadata.annotations key \(quoted(pair.key)) is not an annotation key; write [domain/]name")
    }
    return pairs
  }

  private func link(_ fields: Fields) -> Metadata.Link {
    let url = fields.string("url")
    if !url.isEmpty, !Formats.isURL(url) {
      fields.error("url", "\(quoted(url)) is not a valid url; write it with its scheme: https://…")
    } else if url.isEmpty {
      fields.error("url", "is not a valid url; write it with its scheme: https://…")
    }
    if let icon = fields.string(ifPresent: "icon"), !Formats.isObjectName(icon) {
      fields.error("icon", "\(quoted(icon)) is not the name of an icon; use letters, digits, - _ .")
    }
    _ = fields.string(ifPresent: "type")
    return Metadata.Link(url: url, title: fields.string(ifPresent: "title"))
  }

  // MARK: OpenSLO

  private func openSLO(_ fields: Fields) -> Metadata {
    OpenSLO.metadata(fields)
  }
}
