import Base
import Definitions

/// Finds fenced code blocks by the rules of CommonMark 0.31 (4.5): three or more backticks or tildes, indented by at
/// most three blanks, closed by at least as many of the same; in items of lists and in a block quote too.
struct BlockScan {
  let file: String
  var heading: String?
  var blocks: [Runbook.Block] = []
  var diagnostics: [Diagnostic] = []
  private var open: Fence?
  private var content = ""
  /// Where the content of the list items begins that the line may belong to.
  private var items: [Int] = []

  private struct Fence {
    var mark: Character
    var length: Int
    var indent: Int
    var info: String
    var position: Position
    /// Where the content of its list item begins.
    var item: Int
    var isQuoted: Bool
  }

  init(file: String) { self.file = file }

  mutating func line(_ line: Substring, number: Int) {
    let unquoted = Self.unquoted(line)
    if let fence = open {
      let inside = fence.isQuoted ? unquoted : line
      if let inside, !Self.leaves(inside, fence) {
        continueFence(fence, inside)
        return
      }
      // The list item or the quote that it stands in is over, and the block with it.
      close(fence)
    }
    begin(unquoted ?? line, number: number, offset: line.count - (unquoted ?? line).count, isQuoted: unquoted != nil)
  }

  /// What stands behind the mark of a block quote; `nil` without one.
  private static func unquoted(_ line: Substring) -> Substring? {
    let rest = line.drop { $0 == " " }
    guard rest.first == ">", line.count - rest.count <= 3 else { return nil }
    let inner = rest.dropFirst()
    return inner.first == " " ? inner.dropFirst() : inner
  }

  private static func leaves(_ line: Substring, _ fence: Fence) -> Bool {
    let indent = line.prefix { $0 == " " }.count
    return indent < fence.item && indent < line.count
  }

  private mutating func continueFence(_ fence: Fence, _ line: Substring) {
    let indent = line.prefix { $0 == " " }.count
    let rest = line.dropFirst(indent)
    let run = rest.prefix { $0 == fence.mark }.count
    if indent <= fence.item + 3, run >= fence.length, rest.dropFirst(run).allSatisfy({ $0 == " " || $0 == "\t" }) {
      close(fence)
    } else {
      content += line.dropFirst(min(indent, fence.indent)) + "\n"
    }
  }

  private mutating func begin(_ line: Substring, number: Int, offset: Int, isQuoted: Bool) {
    var indent = line.prefix { $0 == " " }.count
    guard indent < line.count else { return }
    while let item = items.last, indent < item { items.removeLast() }
    var rest = line.dropFirst(indent)
    while indent - (items.last ?? 0) <= 3, let width = Self.marker(rest) {
      indent += width
      rest = rest.dropFirst(width)
      items.append(indent)
    }
    guard indent - (items.last ?? 0) <= 3, let mark = rest.first else { return }
    if mark == "`" || mark == "~" {
      let run = rest.prefix { $0 == mark }.count
      let info = trimmed(rest.dropFirst(run))
      guard run >= 3, mark == "~" || !info.contains("`") else { return }
      open = Fence(
        mark: mark, length: run, indent: indent, info: info,
        position: Position(file: file, line: number, column: offset + indent + 1), item: items.last ?? 0,
        isQuoted: isQuoted)
      content = ""
    } else if mark == "#", heading == nil {
      let level = rest.prefix { $0 == "#" }.count
      let title = trimmed(rest.dropFirst(level))
      if level <= 6, !title.isEmpty, rest.dropFirst(level).first == " " { heading = title }
    }
  }

  /// How wide the mark of a list item is, with the blanks behind it; `nil` where none stands.
  private static func marker(_ text: Substring) -> Int? {
    guard let first = text.first else { return nil }
    var width = 1
    if !"-*+".contains(first) {
      let digits = text.prefix { $0.isASCII && $0.isNumber }.count
      guard (1...9).contains(digits), let end = text.dropFirst(digits).first, end == "." || end == ")" else {
        return nil
      }
      width = digits + 1
    }
    let blanks = text.dropFirst(width).prefix { $0 == " " }.count
    guard blanks > 0, text.count > width + blanks else { return nil }
    return width + (blanks <= 4 ? blanks : 1)
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
    // What stands in the braces of a block that is only shown may be for another tool.
    let isOurs = StepKind(language: info.language) != nil || fence.info.contains("x-")
    if let problem = info.problem, isOurs {
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
