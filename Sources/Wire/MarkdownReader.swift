import Base
import Definitions

/// Reads a Markdown file into a runbook's parts: front matter, first heading, fenced blocks. Nothing else of Markdown
/// matters here, so the rest is kept as text.
public struct MarkdownReader {
  public var limits: DefinitionLimits

  public init(limits: DefinitionLimits = .standard) { self.limits = limits }

  /// `runbook` is `nil` for a page for people: a file without front matter, unless it lies in a folder `runbooks` and
  /// has code that can be run.
  public func read(_ text: String, file: String) -> (runbook: RunbookDraft?, diagnostics: [Diagnostic]) {
    // A line end of Windows is one character, and not the one of other systems.
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    if lines.first == "+++" { return toml(lines, text, file: file) }
    guard lines.first == "---" else { return bare(lines, text, file: file) }
    guard let end = lines.indices.dropFirst().first(where: { lines[$0] == "---" || lines[$0] == "..." }) else {
      return (nil, [Diagnostic(.error, at: Position(file: file), "the front matter has no closing line `---`")])
    }
    let matter = YAMLReader(limits: limits)
      .read(lines[1..<end].joined(separator: "\n"), file: file, line: 2)
    if matter.diagnostics.hasErrors { return (nil, matter.diagnostics) }
    let frontMatter = matter.documents.first ?? Node(.mapping([]), at: Position(file: file))
    let result = read(lines[(end + 1)...], after: frontMatter, text, file: file)
    return (result.runbook, matter.diagnostics + result.diagnostics)
  }

  private func read(
    _ lines: ArraySlice<Substring>, after frontMatter: Node, _ text: String, file: String
  ) -> (runbook: RunbookDraft?, diagnostics: [Diagnostic]) {
    var scan = BlockScan(file: file)
    for index in lines.indices { scan.line(lines[index], number: index + 1) }
    scan.finish()
    if scan.diagnostics.hasErrors { return (nil, scan.diagnostics) }
    let draft = RunbookDraft(
      frontMatter: frontMatter, heading: scan.heading, blocks: scan.blocks,
      source: SourceFile(path: file, text: text))
    return (draft, scan.diagnostics)
  }

  /// A file without front matter, as runme's users have them.
  private func bare(
    _ lines: [Substring], _ text: String, file: String
  ) -> (runbook: RunbookDraft?, diagnostics: [Diagnostic]) {
    guard file.split(separator: "/").dropLast().contains("runbooks") else { return (nil, []) }
    var scan = BlockScan(file: file)
    for (index, line) in lines.enumerated() { scan.line(line, number: index + 1) }
    scan.finish()
    guard scan.blocks.contains(where: { StepKind(language: $0.language) != nil }) else { return (nil, []) }
    return read(lines[...], after: Node(.mapping([]), at: Position(file: file)), text, file: file)
  }

  private func toml(
    _ lines: [Substring], _ text: String, file: String
  ) -> (runbook: RunbookDraft?, diagnostics: [Diagnostic]) {
    guard let end = lines.indices.dropFirst().first(where: { lines[$0] == "+++" }) else {
      return (nil, [Diagnostic(.error, at: Position(file: file), "the front matter has no closing line `+++`")])
    }
    let matter = FrontMatterTOML.read(lines[1..<end], file: file)
    let result = read(lines[(end + 1)...], after: matter.node, text, file: file)
    return (result.runbook, matter.diagnostics + result.diagnostics)
  }
}
