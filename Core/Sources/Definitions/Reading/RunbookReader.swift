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

  /// The keys of our own that a block may have; others that start with `x-` are mistakes.
  static let extensions = [
    "x-needs", "x-risk", "x-approve", "x-timeout", "x-check", "x-undo", "x-retry", "x-secrets",
  ]

  /// The ones of them whose value names another block.
  private static let namesBlock = ["x-needs", "x-check", "x-undo"]

  func read(_ draft: RunbookDraft) -> Runbook? {
    let errorsBefore = report.errorCount
    let context = ReadingContext(report: report, namespace: EntityRef.defaultNamespace, nullIsAbsent: true)
    let fields = Fields(draft.frontMatter, path: "", context: context)
    guard fields.isValidMapping else { return nil }
    let title = fields.string(ifPresent: "title")
    var services = fields.references(ifPresent: "services", to: "Component", "Service")
    if let service = fields.reference(ifPresent: "service", to: "Component", "Service") { services.append(service) }
    fields.ignore("shell", "cwd", "tag", "category", "skipPrompts", "runme", "terminalRows", "description", "slos")
    fields.finish(.warn)
    checkBlocks(draft.blocks)
    guard report.errorCount == errorsBefore else { return nil }
    let stem = draft.source.path.split(separator: "/").last.map(String.init) ?? draft.source.path
    let name = stem.lastIndex(of: ".").map { String(stem[..<$0]) } ?? stem
    return Runbook(
      name: name, title: title ?? draft.heading ?? name, frontMatter: draft.frontMatter, services: services,
      blocks: draft.blocks, text: draft.source.text, references: context.references,
      position: draft.frontMatter.position)
  }

  private func checkBlocks(_ blocks: [Runbook.Block]) {
    var names: [String: Position] = [:]
    for block in blocks {
      guard let name = block.name else { continue }
      if let other = names[name] {
        report.error(
          at: block.position, "block `\(name)` is named twice, first at \(other); give each block a name of its own")
      }
      names[name] = block.position
    }
    for block in blocks {
      for attribute in block.attributes where attribute.key.hasPrefix("x-") {
        guard Self.extensions.contains(attribute.key) else {
          report.error(
            at: block.position, "unknown key \(attribute.key)\(hint(for: attribute.key, among: Self.extensions))")
          continue
        }
        guard Self.namesBlock.contains(attribute.key) else { continue }
        for name in attribute.value.split(separator: ",").map({ trimmed($0) }) where names[name] == nil {
          report.error(
            at: block.position,
            "\(attribute.key) names no block `\(name)`\(hint(for: name, among: names.keys.sorted()))")
        }
      }
    }
  }

  private func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
