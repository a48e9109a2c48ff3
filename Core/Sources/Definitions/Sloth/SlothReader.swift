/// Reads files of Sloth as they are, in its own form (`version: prometheus/v1`) and in that of its Kubernetes operator
/// (`sloth.slok.dev/v1 PrometheusServiceLevel`), and its `AlertWindows`. Each of their SLOs becomes an SLO named
/// `SERVICE-SLO`, as Sloth names them, over 30 days, Sloth's period where none is given to it.
struct SlothReader {
  let report: Report

  /// The names of fields, which the two forms spell differently.
  struct Keys {
    var errorQuery = "error_query"
    var totalQuery = "total_query"
    var errorRatioQuery = "error_ratio_query"
    var pageAlert = "page_alert"
    var ticketAlert = "ticket_alert"
    var plugins = "slo_plugins"

    static let kubernetes = Keys(
      errorQuery: "errorQuery", totalQuery: "totalQuery", errorRatioQuery: "errorRatioQuery", pageAlert: "pageAlert",
      ticketAlert: "ticketAlert", plugins: "sloPlugins")
  }

  static let apiVersion = "sloth.slok.dev/v1"
  private static let slosMax = 1_000

  /// Whether a tree is of Sloth.
  static func reads(_ node: Node) -> Bool {
    if node["apiVersion"] == nil, node["version"]?.string?.hasPrefix("prometheus/") == true { return true }
    return node["apiVersion"]?.string == apiVersion
      && ["PrometheusServiceLevel", AlertWindowsSpec.kind.name].contains(node["kind"]?.string)
  }

  /// The SLOs that a tree would define, as far as can be told from one with mistakes.
  static func names(in node: Node) -> [EntityRef] {
    if node["kind"]?.string == AlertWindowsSpec.kind.name { return AlertWindowsSpec.names(in: node) }
    let body = node["spec"] ?? node
    guard let service = body["service"]?.string else { return [] }
    return (body["slos"]?.sequence ?? []).prefix(slosMax).compactMap { item in
      item["name"]?.string.map { EntityRef(kind: "SLO", name: "\(service)-\($0)") }
    }
  }

  func read(_ node: Node) -> [Document]? {
    let errorsBefore = report.errorCount
    let context = ReadingContext(report: report, namespace: EntityRef.defaultNamespace, nullIsAbsent: true)
    let root = Fields(node, path: "", context: context)
    let isKubernetes = node["apiVersion"] != nil
    let documents: [Document]?
    if node["kind"]?.string == AlertWindowsSpec.kind.name {
      documents = alertWindows(root).map { [$0] }
    } else if isKubernetes {
      root.ignore("apiVersion", "kind", "status")
      _ = root.object("metadata") { metadata in
        _ = metadata.string("name")
        metadata.ignoreAll()
      }
      documents = root.object("spec") { self.documents($0, Keys.kubernetes, version: Self.apiVersion) }
    } else {
      let version = root.string("version")
      if version != "prometheus/v1" {
        root.error("version", "\(quoted(version)) is not a version of Sloth's files; write prometheus/v1")
      }
      documents = self.documents(root, Keys(), version: version)
    }
    root.finish(.warn)
    return report.errorCount == errorsBefore ? documents : nil
  }

  private func documents(_ fields: Fields, _ keys: Keys, version: String) -> [Document] {
    let service = fields.string("service")
    checkName(service, fields, "service")
    let labels = labels(fields)
    notePlugins(fields, keys.plugins)
    if let count = fields.node("slos")?.sequence?.count, count == 0 || count > Self.slosMax {
      fields.error("slos", count == 0 ? "is empty; write at least one" : "has more than \(Self.slosMax) SLOs")
      return []
    }
    return fields.objects("slos") { slo in
      document(slo, keys, service: service, labels: labels, version: version)
    }
  }

  private func document(
    _ fields: Fields, _ keys: Keys, service: String, labels shared: [Metadata.Label], version: String
  ) -> Document {
    let name = fields.string("name")
    checkName(name, fields, "name")
    let own = labels(fields)
    let merged = shared.filter { label in !own.contains { $0.key == label.key } } + own
    let metadata = Metadata(name: "\(service)-\(name)", title: nil, labels: merged.sorted { $0.key < $1.key })
    let metric = fields.object("sli") { self.metric($0, keys) } ?? nil
    let alerting = alerting(fields, keys)
    notePlugins(fields, "plugins")
    var spec = SLOSpec(
      description: fields.possiblyEmptyString(ifPresent: "description"),
      service: EntityRef(kind: "Component", name: service),
      indicator: metric.map {
        .inline(Inline(metadata: metadata, spec: SLISpec(metric: $0), position: fields.position))
      },
      timeWindow: .rolling(DurationShorthand(30, .day)),
      objectives: [
        SLOSpec.Objective(title: nil, target: objective(fields), position: fields.place(of: "objective"))
      ], disabledAlerts: alerting.disabled)
    (spec.pageText, spec.ticketText) = (alerting.page, alerting.ticket)
    // What the hash of the definitions is taken of: the SLO with what it shares with its file.
    let head = [("version", version), ("service", service)].map { key, value in
      Node.Member(key: key, keyPosition: fields.position, value: Node(.scalar(.quoted(value)), at: fields.position))
    }
    let sharedLabels = Node(
      .mapping(
        shared.map { label in
          Node.Member(
            key: label.key, keyPosition: fields.position,
            value: Node(.scalar(.quoted(label.values.first ?? "")), at: fields.position))
        }), at: fields.position)
    let body = [("labels", sharedLabels), ("slo", fields.node)].map {
      Node.Member(key: $0, keyPosition: fields.position, value: $1)
    }
    return Document(
      ref: EntityRef(kind: "SLO", name: metadata.name), apiVersion: version, metadata: metadata, spec: spec,
      node: Node(.mapping(head + body), at: fields.position), references: [], position: fields.position,
      namePosition: fields.place(of: "name"))
  }

  private func checkName(_ name: String, _ fields: Fields, _ key: String) {
    let isName =
      name.utf8.count <= 253 && name.utf8.allSatisfy { $0 == 0x5F || Formats.isTextOfNames($0) }
    if !name.isEmpty, !isName {
      fields.error(key, "\(quoted(name)) is not a name; use letters, digits, - _ .")
    }
  }

  private func labels(_ fields: Fields) -> [Metadata.Label] {
    texts(fields, "labels").map { Metadata.Label(key: $0.key, values: [$0.value]) }
  }

  /// Percent; 100 is read, and refused where it is counted.
  private func objective(_ fields: Fields) -> Double {
    guard fields.has("objective") else {
      fields.missing("objective", "a percentage such as 99.9")
      return 0
    }
    guard let percent = fields.number(ifPresent: "objective") else { return 0 }
    if percent <= 0 || percent > 100 {
      fields.error("objective", "\(percent) is not a percentage; write one above 0 and at most 100")
    }
    // 99.9 ÷ 100 is 0.9990000000000001 in binary; nine digits say what was meant.
    return (percent * 1e9).rounded() / 1e11
  }

  private func notePlugins(_ fields: Fields, _ key: String) {
    if fields.has(key) { fields.warning(key, "are not run: they are programs of Sloth that write its rules") }
  }

  // MARK: Indicator and alerts

  private func metric(_ fields: Fields, _ keys: Keys) -> SLISpec.Metric? {
    let events = fields.object(ifPresent: "events") { fields -> SLISpec.Metric? in
      guard let bad = source(fields, keys.errorQuery), let total = source(fields, keys.totalQuery) else { return nil }
      return .ratio(SLISpec.Ratio(counter: true, parts: .bad(bad, total: total)))
    }
    let raw = fields.object(ifPresent: "raw") { fields in
      source(fields, keys.errorRatioQuery).map {
        SLISpec.Metric.ratio(SLISpec.Ratio(counter: true, parts: .raw(.failure, $0)))
      }
    }
    let plugin = fields.object(ifPresent: "plugin") { fields -> SLISpec.Metric in
      let id = fields.string("id")
      fields.ignoreAll()
      return .plugin(id)
    }
    guard OpenSLO.exactlyOne(fields, "events", "raw", "plugin") else { return nil }
    return (events ?? nil) ?? (raw ?? nil) ?? plugin
  }

  private func source(_ fields: Fields, _ key: String) -> MetricSource? {
    guard !fields.string(key).isEmpty, let node = fields.node(key) else { return nil }
    return MetricSource(query: node, type: "Prometheus")
  }
}

extension Formats {
  /// A byte of `a-z A-Z 0-9 - .`
  fileprivate static func isTextOfNames(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x2E
  }
}
