import Base
import Definitions

/// Reads a Markdown file into a runbook's parts: front matter, first heading, fenced blocks. Nothing else of Markdown
/// matters here, so the rest is kept as text.
public struct MarkdownReader {
  public var limits: DefinitionLimits

  public init(limits: DefinitionLimits = .standard) { self.limits = limits }

  /// `runbook` is `nil` for a file without front matter, which is a page for people and no definition.
  public func read(_ text: String, file: String) -> (runbook: RunbookDraft?, diagnostics: [Diagnostic]) {
    // A line end of Windows is one character, and not the one of other systems.
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    guard lines.first == "---" else { return (nil, []) }
    guard let end = lines.indices.dropFirst().first(where: { lines[$0] == "---" || lines[$0] == "..." }) else {
      return (nil, [Diagnostic(.error, at: Position(file: file), "the front matter has no closing line `---`")])
    }
    let matter = YAMLReader(limits: limits)
      .read(lines[1..<end].joined(separator: "\n"), file: file, line: 2)
    if matter.diagnostics.hasErrors { return (nil, matter.diagnostics) }
    let frontMatter = matter.documents.first ?? Node(.mapping([]), at: Position(file: file))
    var scan = BlockScan(file: file)
    for index in (end + 1)..<max(end + 1, lines.count) { scan.line(lines[index], number: index + 1) }
    scan.finish()
    if scan.diagnostics.hasErrors { return (nil, matter.diagnostics + scan.diagnostics) }
    let draft = RunbookDraft(
      frontMatter: frontMatter, heading: scan.heading, blocks: scan.blocks,
      source: SourceFile(path: file, text: text))
    return (draft, matter.diagnostics + scan.diagnostics)
  }
}
