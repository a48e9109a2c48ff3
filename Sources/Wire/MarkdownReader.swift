import Base
import Definitions

/// Reads a Markdown file into a runbook's parts: front matter, first heading, fenced blocks. Nothing else of Markdown
/// matters here, so the rest is kept as text.
public struct MarkdownReader {
  public var limits: DefinitionLimits

  public init(limits: DefinitionLimits = .standard) { self.limits = limits }

  /// `runbook` is `nil` for a file without front matter, which is a page for people and no definition.
  public func read(_ text: String, file: String) -> (runbook: RunbookDraft?, diagnostics: [Diagnostic]) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.last == "\r" ? line.dropLast() : line
    }
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

/// Finds fenced code blocks by the rules of CommonMark 0.31 (4.5): three or more backticks or tildes, indented by at
/// most three blanks, closed by at least as many of the same.
private struct BlockScan {
  let file: String
  var heading: String?
  var blocks: [Runbook.Block] = []
  var diagnostics: [Diagnostic] = []
  private var open: Fence?
  private var content = ""

  private struct Fence {
    var mark: Character
    var length: Int
    var indent: Int
    var info: String
    var position: Position
  }

  init(file: String) { self.file = file }

  mutating func line(_ line: Substring, number: Int) {
    let indent = line.prefix { $0 == " " }.count
    let rest = line.dropFirst(indent)
    if let fence = open {
      let run = rest.prefix { $0 == fence.mark }.count
      if indent <= 3, run >= fence.length, rest.dropFirst(run).allSatisfy({ $0 == " " || $0 == "\t" }) {
        close(fence)
      } else {
        content += line.dropFirst(min(indent, fence.indent)) + "\n"
      }
      return
    }
    guard indent <= 3, let mark = rest.first else { return }
    if mark == "`" || mark == "~" {
      let run = rest.prefix { $0 == mark }.count
      let info = trimmed(rest.dropFirst(run))
      guard run >= 3, mark == "~" || !info.contains("`") else { return }
      open = Fence(
        mark: mark, length: run, indent: indent, info: info,
        position: Position(file: file, line: number, column: indent + 1))
      content = ""
    } else if mark == "#", heading == nil {
      let level = rest.prefix { $0 == "#" }.count
      let title = trimmed(rest.dropFirst(level))
      if level <= 6, !title.isEmpty, rest.dropFirst(level).first == " " { heading = title }
    }
  }

  mutating func finish() {
    guard let fence = open else { return }
    diagnostics.append(
      Diagnostic(
        .error, at: fence.position,
        "the code block has no closing fence; add a line of "
          + String(repeating: String(fence.mark), count: fence.length)))
  }

  private mutating func close(_ fence: Fence) {
    let info = InfoString(fence.info)
    if let problem = info.problem {
      diagnostics.append(Diagnostic(.error, at: fence.position, problem))
    }
    blocks.append(
      Runbook.Block(
        info: fence.info, language: info.language, attributes: info.attributes, content: content,
        position: fence.position))
    open = nil
  }
}

private func trimmed(_ text: Substring) -> String {
  var text = text
  while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
  while let last = text.last, last == " " || last == "\t" { text.removeLast() }
  return String(text)
}

/// An info string in runme's convention: `sh {"name":"x"}`, from the first `{` to the first `}`; JSON, or else
/// `name=x flag="two words"` as in HTML.
struct InfoString {
  var language = ""
  var attributes: [StringPair] = []
  var problem: String?

  init(_ text: String) {
    language = String(text.prefix { $0 != " " && $0 != "\t" && $0 != "{" })
    guard let open = text.firstIndex(of: "{") else { return }
    guard let close = text[open...].firstIndex(of: "}") else {
      problem = "the block's attributes have no closing brace: \(text)"
      return
    }
    let braces = String(text[open...close])
    if let json = try? JSON(parsing: braces), let object = json.object {
      readJSON(object)
    } else {
      readHTML(text[text.index(after: open)..<close])
    }
  }

  private mutating func readJSON(_ object: JSONObject) {
    for member in object.members {
      switch member.value {
      case .string(let value): append(member.key, value)
      case .bool(let value): append(member.key, value ? "true" : "false")
      case .int(let value): append(member.key, "\(value)")
      case .double(let value): append(member.key, "\(value)")
      case .null, .array, .object:
        problem = "the block's attribute `\(member.key)` is not text; write a flat value such as \"5m\""
      }
    }
  }

  private mutating func readHTML(_ text: Substring) {
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
      if rest.isEmpty { return }
      let key = rest.prefix { $0 != "=" && $0 != " " }
      rest = rest.dropFirst(key.count)
      guard rest.first == "=", !key.isEmpty, !key.contains("\"") else {
        problem = "the block's attributes are neither JSON nor name=value: {\(text)}"
        return
      }
      rest = rest.dropFirst()
      if let quote = rest.first, quote == "\"" || quote == "'" {
        let value = rest.dropFirst().prefix { $0 != quote }
        append(String(key), String(value))
        rest = rest.dropFirst(value.count + 2)
      } else {
        let value = rest.prefix { $0 != " " && $0 != "," }
        append(String(key), String(value))
        rest = rest.dropFirst(value.count)
      }
    }
  }

  private mutating func append(_ key: String, _ value: String) {
    if attributes[key] != nil {
      problem = "the block's attribute `\(key)` is written twice"
    } else {
      attributes.append(StringPair(key: key, value: value))
    }
  }
}
