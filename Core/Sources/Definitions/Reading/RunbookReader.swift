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
    let names = StepNames(draft, report)
    let blocks = readBlocks(names.blocks, header, isOfRunme: names.isOfRunme, folder: draft.source.path)
    check(blocks, header, draft.frontMatter.position)
    guard report.errorCount == errorsBefore else { return nil }
    let name = Self.name(draft)
    return Runbook(
      name: name, title: title ?? draft.heading ?? name, frontMatter: draft.frontMatter, services: services,
      blocks: blocks, text: draft.source.text, references: context.references,
      position: draft.frontMatter.position, header: header)
  }
  /// The file's name without its ending; a `README` that has no front matter of ours is called as its folder.
  private static func name(_ draft: RunbookDraft) -> String {
    let parts = draft.source.path.split(separator: "/").map(String.init)
    let file = parts.last ?? draft.source.path
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    guard stem.lowercased() == "readme", !StepNames.ownKeys.contains(where: { draft.frontMatter[$0] != nil }),
      let folder = parts.dropLast().last, folder != "runbooks"
    else { return stem }
    return folder
  }
}
