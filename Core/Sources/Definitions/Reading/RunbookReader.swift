/// A Markdown file with front matter, before its meaning is read.
public struct RunbookDraft: Hashable, Sendable {
  public var frontMatter: Node
  /// The first heading.
  public var heading: String?
  public var blocks: [Runbook.Block]
  public var source: SourceFile

  public init(frontMatter: Node, heading: String?, blocks: [Runbook.Block], source: SourceFile) {
    self.frontMatter = frontMatter
    self.heading = heading
    self.blocks = blocks
    self.source = source
  }
}

/// Reads a runbook's front matter and checks its blocks against each other.
struct RunbookReader {
  let report: Report

  func read(_ draft: RunbookDraft) -> Runbook? {
    let errorsBefore = report.errorCount
    let context = ReadingContext(report: report, namespace: EntityRef.defaultNamespace, nullIsAbsent: true)
    let fields = Fields(draft.frontMatter, path: "", context: context)
    guard fields.isValidMapping else { return nil }
    let title = fields.string(ifPresent: "title")
    var services = fields.references(ifPresent: "services", to: "Component", "Service")
    if let service = fields.reference(ifPresent: "service", to: "Component", "Service") { services.append(service) }
    let header = readHeader(fields)
    fields.ignore("tag", "category", "skipPrompts", "runme", "terminalRows", "description", "slos")
    fields.finish(.warn)
    let blocks = readBlocks(draft.blocks, header)
    check(blocks, header, draft.frontMatter.position)
    guard report.errorCount == errorsBefore else { return nil }
    let stem = draft.source.path.split(separator: "/").last.map(String.init) ?? draft.source.path
    let name = stem.lastIndex(of: ".").map { String(stem[..<$0]) } ?? stem
    return Runbook(
      name: name, title: title ?? draft.heading ?? name, frontMatter: draft.frontMatter, services: services,
      blocks: blocks, text: draft.source.text, references: context.references,
      position: draft.frontMatter.position, header: header)
  }
}
