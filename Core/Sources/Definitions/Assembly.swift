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

  public init() { report = Report() }

  /// Reads the documents of a file.
  public mutating func add(_ file: ParsedFile) {
    files.append(file.source)
    diagnostics += file.diagnostics
    let reader = DocumentReader(report: report)
    for node in file.documents {
      // OpenSLO's tools write several objects as one list.
      for item in node.sequence ?? [node] {
        if let document = reader.read(item) { documents.append(document) }
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
      ReferenceCheck(snapshot: snapshot, report: report).run(tolerant: !readCleanly)
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

  /// With `tolerant`, mentions of kinds of which some document could not be read are let be: the one that is meant may
  /// be the one with the mistake.
  func run(tolerant: Bool) {
    for document in snapshot.documents { check(document.references, tolerant: tolerant) }
    for runbook in snapshot.runbooks { check(runbook.references, tolerant: tolerant) }
  }

  private func check(_ references: [Reference], tolerant: Bool) {
    for reference in references where snapshot.resolve(reference) == nil {
      let candidates = reference.candidates
      guard let wanted = candidates.first else { continue }
      if !reference.allows(wanted.kind) {
        report.error(
          at: reference.position,
          "\(reference.field) `\(reference.text)` names a \(wanted.kind); it must be a "
            + reference.kinds.joined(separator: " or a "))
        continue
      }
      let others = candidates.flatMap { candidate in
        snapshot.documents(ofKind: candidate.kind).filter { $0.ref.namespace == candidate.namespace }.map(\.ref.name)
      }
      let advice = hint(for: wanted.name, among: others)
      if tolerant, advice.isEmpty { continue }
      report.error(
        at: reference.position,
        "\(reference.field): no \(name(of: candidates)) `\(wanted.shortName)`"
          + (advice.isEmpty ? "; define it or correct the name" : advice))
    }
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
