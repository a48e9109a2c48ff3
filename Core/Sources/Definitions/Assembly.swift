/// What came out of a set of files: a snapshot, unless there are errors, and what to tell people.
public struct LoadResult: Sendable {
  /// `nil` where there is an error.
  public var snapshot: Snapshot?
  /// Sorted by place.
  public var diagnostics: [Diagnostic]

  public init(snapshot: Snapshot?, diagnostics: [Diagnostic]) {
    self.snapshot = snapshot
    self.diagnostics = diagnostics
  }

  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
  public var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning } }
}

/// One file taken apart into trees; the bytes were read and parsed elsewhere.
public struct ParsedFile: Sendable {
  public var source: SourceFile
  /// The documents of a YAML or JSON file.
  public var documents: [Node]
  /// A Markdown file with front matter.
  public var runbook: RunbookDraft?
  /// What was wrong with the text itself.
  public var diagnostics: [Diagnostic]

  public init(
    source: SourceFile, documents: [Node] = [], runbook: RunbookDraft? = nil, diagnostics: [Diagnostic] = []
  ) {
    self.source = source
    self.documents = documents
    self.runbook = runbook
    self.diagnostics = diagnostics
  }
}

/// Makes a snapshot of parsed files: reads the documents, then checks what concerns several of them at once.
public struct Assembly {
  let report: Report
  private var documents: [Document] = []
  private var runbooks: [Runbook] = []
  private var files: [SourceFile] = []
  private var diagnostics: [Diagnostic] = []
  /// Definitions that could not be read; what refers to them is not to blame.
  private var broken: Set<EntityRef> = []

  public init() { report = Report() }

  /// Reads the documents of a file.
  public mutating func add(_ file: ParsedFile) {
    files.append(file.source)
    diagnostics += file.diagnostics
    let reader = DocumentReader(report: report)
    for node in file.documents {
      // OpenSLO's tools write several objects as one list.
      for item in node.sequence ?? [node] {
        if let found = reader.readAll(item) {
          documents += found
        } else if SlothReader.reads(item) {
          broken.formUnion(SlothReader.names(in: item))
        } else if let kind = item["kind"]?.string, let name = item[path: "metadata", "name"]?.string {
          let namespace = item[path: "metadata", "namespace"]?.string ?? EntityRef.defaultNamespace
          broken.insert(EntityRef(kind: kind, namespace: namespace, name: name))
        }
      }
    }
    if let draft = file.runbook, let runbook = RunbookReader(report: report).read(draft) { runbooks.append(runbook) }
  }

  public mutating func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  /// The outcome. With `references`, names must be unique and every mention must lead somewhere; without, each
  /// document was only looked at by itself.
  public func result(references: Bool) -> LoadResult {
    checkDuplicates()
    let snapshot = Snapshot(documents: documents, runbooks: runbooks, files: files)
    let readCleanly = report.errorCount == 0 && !diagnostics.hasErrors
    if references {
      var check = ReferenceCheck(
        snapshot: snapshot, report: report, broken: broken, isIncomplete: diagnostics.hasErrors)
      check.run()
      // Checks across kinds see a whole picture or none: half a picture gives complaints about what is in the rest.
      if readCleanly { for kind in Kinds.all { kind.check(snapshot, report) } }
    }
    let all = (diagnostics + report.diagnostics).sorted()
    return LoadResult(snapshot: all.hasErrors ? nil : snapshot, diagnostics: all)
  }

  private func checkDuplicates() {
    var first: [String: Document] = [:]
    for document in documents.sorted(by: { $0.position < $1.position }) where !document.metadata.name.isEmpty {
      let key = "\(document.group) \(document.ref.key)"
      if let other = first[key] {
        report.error(
          at: document.namePosition,
          "\(document.ref.kind) `\(document.ref.shortName)` is defined twice, first at \(other.namePosition); "
            + "rename or remove one of them")
      } else {
        first[key] = document
      }
    }
    var runbookNames: [String: Runbook] = [:]
    for runbook in runbooks.sorted(by: { $0.position < $1.position }) {
      if let other = runbookNames[runbook.name] {
        report.error(
          at: runbook.position,
          "runbook `\(runbook.name)` is defined twice, first at \(other.position); rename one of the files")
      } else {
        runbookNames[runbook.name] = runbook
      }
    }
  }
}

/// Checks that every mention of an entity leads to one.
struct ReferenceCheck {
  let snapshot: Snapshot
  let report: Report
  /// Definitions that are there and have mistakes of their own.
  let broken: Set<EntityRef>
  /// Whether whole files could not be read; a mention without a near name may be of something in them.
  let isIncomplete: Bool
  /// How many names may still be compared for suggestions.
  private var comparisons = 100_000

  init(snapshot: Snapshot, report: Report, broken: Set<EntityRef>, isIncomplete: Bool) {
    self.snapshot = snapshot
    self.report = report
    self.broken = broken
    self.isIncomplete = isIncomplete
  }

  mutating func run() {
    for document in snapshot.documents { check(document.references) }
    for runbook in snapshot.runbooks { check(runbook.references) }
  }

  private mutating func check(_ references: [Reference]) {
    for reference in references where snapshot.resolve(reference) == nil {
      let candidates = reference.candidates
      guard let wanted = candidates.first, broken.isDisjoint(with: candidates) else { continue }
      // Looking for near names costs time; nobody reads the suggestions after the first thousand mistakes.
      guard !report.isFull else {
        report.error(at: reference.position, "\(reference.field) `\(reference.text)` leads nowhere")
        return
      }
      if !reference.allows(wanted.kind) {
        report.error(
          at: reference.position,
          "\(reference.field) `\(reference.text)` names a \(wanted.kind); it must be a "
            + reference.kinds.joined(separator: " or a "))
        continue
      }
      let advice = advice(wanted.name, candidates)
      if isIncomplete, advice.isEmpty { continue }
      report.error(
        at: reference.position,
        "\(reference.field): no \(name(of: candidates)) `\(wanted.shortName)`"
          + (advice.isEmpty ? "; define it or correct the name" : advice))
    }
  }

  private mutating func advice(_ name: String, _ candidates: [EntityRef]) -> String {
    let documents = candidates.map { snapshot.documents(ofKind: $0.kind) }
    comparisons -= documents.reduce(0) { $0 + $1.count }
    guard comparisons > 0 else { return "" }
    let names = zip(candidates, documents).flatMap { candidate, documents in
      documents.filter { $0.ref.namespace == candidate.namespace }.map(\.ref.name)
    }
    return hint(for: name, among: names)
  }

  /// What people call the kinds that were looked for: `service` for Component or Service.
  private func name(of candidates: [EntityRef]) -> String {
    let kinds = candidates.map(\.kind)
    if kinds == ["Component", "Service"] { return "service" }
    return kinds.map { Self.words[$0] ?? $0 }.joined(separator: " or ")
  }

  private static let words = [
    "Component": "component", "Resource": "resource", "System": "system", "Domain": "domain", "Group": "group",
    "User": "user", "Schedule": "schedule", "EscalationPolicy": "escalation policy", "Channel": "channel",
    "DataSource": "data source", "AlertPolicy": "alert policy", "AlertCondition": "alert condition",
    "AlertNotificationTarget": "alert notification target",
  ]
}
