/// A small Markdown renderer: headings, paragraphs, lists, task lists, quotes, fenced code, tables, rules; emphasis,
/// code, links. HTML in the source is text, and links lead only where `SafeURL` lets them.
enum Markdown {
  /// Longer documents are cut here.
  static let linesMax = 5_000

  /// How a fenced block is shown: its info string and what stands between its fences; `nil` shows it as code.
  typealias Fence = (_ info: String, _ body: String) -> HTML?

  static func html(_ source: String, headingsFrom level: Int = 2, fence: @escaping Fence = { _, _ in nil }) -> HTML {
    // A carriage return and the line feed after it are one character.
    var lines = source.split(maxSplits: linesMax, omittingEmptySubsequences: false, whereSeparator: isLineEnd)
      .map(String.init)
    if lines.count > linesMax { lines.removeLast() }
    var reader = BlockReader(lines: lines[...], level: level, depth: 0, show: fence)
    return .group(reader.blocks())
  }
}

extension Markdown {
  static func isLineEnd(_ character: Character) -> Bool { character == "\n" || character == "\r\n" }

  /// The document without the front matter that it may begin with.
  static func body(_ source: String) -> String {
    let lines = source.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd)
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(where: { $0 == "---" || $0 == "..." }) else {
      return source
    }
    return lines[(end + 1)...].joined(separator: "\n")
  }
}

private struct BlockReader {
  var lines: ArraySlice<String>
  let level: Int
  let depth: Int
  let show: Markdown.Fence

  mutating func blocks() -> [HTML] {
    var result: [HTML] = []
    while let line = lines.first {
      let trimmed = line.drop { $0 == " " }
      if trimmed.isEmpty {
        lines.removeFirst()
      } else if trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
        result.append(fence(trimmed))
      } else if let heading = heading(trimmed) {
        lines.removeFirst()
        result.append(heading)
      } else if isRule(trimmed) {
        lines.removeFirst()
        result.append(hr())
      } else if trimmed.hasPrefix(">"), depth < 8 {
        result.append(quote())
      } else if marker(trimmed) != nil, depth < 8 {
        result.append(list())
      } else if trimmed.hasPrefix("|"), let next = lines.dropFirst().first, isDelimiter(next) {
        result.append(tableBlock())
      } else {
        result.append(paragraph())
      }
    }
    return result
  }

  private func heading(_ line: Substring) -> HTML? {
    let hashes = line.prefix { $0 == "#" }.count
    guard (1...6).contains(hashes), line.dropFirst(hashes).hasPrefix(" ") else { return nil }
    let text = Inline.html(String(line.dropFirst(hashes + 1)))
    switch min(4, hashes + level - 1) {
    case 1: return h1 { text }
    case 2: return h2 { text }
    case 3: return h3 { text }
    default: return h4 { text }
    }
  }

  private func isRule(_ line: Substring) -> Bool {
    let marks = line.filter { $0 != " " }
    guard marks.count >= 3, let first = marks.first, "-*_".contains(first) else { return false }
    return marks.allSatisfy { $0 == first }
  }

  private func isDelimiter(_ line: String) -> Bool {
    line.contains("-") && line.contains("|") && line.allSatisfy { "|-: ".contains($0) }
  }

  /// Closed by at least as many of the mark that opened it, with nothing after them (CommonMark 0.31, 4.5).
  private mutating func fence(_ opening: Substring) -> HTML {
    lines.removeFirst()
    let mark = opening.first ?? "`"
    let length = opening.prefix { $0 == mark }.count
    var body: [String] = []
    while let line = lines.popFirst() {
      let rest = line.drop { $0 == " " }
      let run = rest.prefix { $0 == mark }.count
      if run >= length, rest.dropFirst(run).allSatisfy(\.isWhitespace) { break }
      body.append(line)
    }
    let (info, text) = (String(opening.dropFirst(length).drop { $0 == " " }), body.joined(separator: "\n"))
    return show(info, text) ?? pre { code { text } }
  }

  private mutating func quote() -> HTML {
    var body: [String] = []
    while let line = lines.first, line.drop(while: { $0 == " " }).hasPrefix(">") {
      let rest = line.drop { $0 == " " }.dropFirst()
      body.append(String(rest.hasPrefix(" ") ? rest.dropFirst() : rest))
      lines.removeFirst()
    }
    var inner = BlockReader(lines: body[...], level: level, depth: depth + 1, show: show)
    return blockquote { HTML.group(inner.blocks()) }
  }

  /// The length of a list item's marker with its space, and whether it is numbered.
  private func marker(_ line: Substring) -> (length: Int, numbered: Bool)? {
    if let first = line.first, "-*+".contains(first), line.dropFirst().hasPrefix(" ") { return (2, false) }
    let digits = line.prefix { $0.isASCII && $0.isNumber }.count
    guard (1...9).contains(digits) else { return nil }
    let rest = line.dropFirst(digits)
    return rest.hasPrefix(". ") || rest.hasPrefix(") ") ? (digits + 2, true) : nil
  }

  private mutating func list() -> HTML {
    var items: [HTML] = []
    let first = lines.first ?? ""
    let indent = first.prefix { $0 == " " }.count
    let numbered = marker(first.drop { $0 == " " })?.numbered ?? false
    while let line = lines.first {
      let spaces = line.prefix { $0 == " " }.count
      guard spaces == indent, let mark = marker(line.dropFirst(spaces)), mark.numbered == numbered else { break }
      lines.removeFirst()
      var body = [String(line.dropFirst(spaces + mark.length))]
      while let next = lines.first {
        let depth = next.prefix { $0 == " " }.count
        if depth == next.count {
          guard let after = lines.dropFirst().first, after.prefix(while: { $0 == " " }).count > indent else { break }
        } else if depth <= indent {
          break
        }
        body.append(String(next.dropFirst(min(depth, indent + mark.length))))
        lines.removeFirst()
      }
      items.append(item(body))
      if lines.first?.isEmpty == true, let after = lines.dropFirst().first, marker(after[...]) != nil {
        lines.removeFirst()
      }
    }
    return numbered ? ol { HTML.group(items) } : ul { HTML.group(items) }
  }

  private func item(_ body: [String]) -> HTML {
    var body = body
    var box: HTML = .nothing
    if body[0].hasPrefix("[ ] ") { (box, body[0]) = ("☐ ", String(body[0].dropFirst(4))) }
    if body[0].lowercased().hasPrefix("[x] ") { (box, body[0]) = ("☑ ", String(body[0].dropFirst(4))) }
    if body.count == 1 {
      return li {
        box; Inline.html(body[0])
      }
    }
    var inner = BlockReader(lines: body[1...], level: level, depth: depth + 1, show: show)
    return li {
      box; Inline.html(body[0]); HTML.group(inner.blocks())
    }
  }

  private mutating func tableBlock() -> HTML {
    func cells(_ line: String) -> [String] {
      var text = line[...].drop { $0 == " " }
      if text.hasPrefix("|") { text.removeFirst() }
      while text.hasSuffix(" ") { text.removeLast() }
      if text.hasSuffix("|") { text.removeLast() }
      return text.split(separator: "|", omittingEmptySubsequences: false).map { cell in
        var cell = cell.drop { $0 == " " }
        while cell.hasSuffix(" ") { cell.removeLast() }
        return String(cell)
      }
    }
    let names = cells(lines.removeFirst())
    lines.removeFirst()
    var rows: [[String]] = []
    while let line = lines.first, line.drop(while: { $0 == " " }).hasPrefix("|") {
      rows.append(cells(lines.removeFirst())); _ = line
    }
    return table {
      thead { tr { for name in names { th(.attr("scope", "col")) { Inline.html(name) } } } }
      tbody { for row in rows { tr { for text in row.prefix(names.count) { td { Inline.html(text) } } } } }
    }
  }

  private mutating func paragraph() -> HTML {
    var body: [String] = []
    while let line = lines.first {
      let trimmed = line.drop { $0 == " " }
      if trimmed.isEmpty || trimmed.hasPrefix("```")
        || (!body.isEmpty && (heading(trimmed) != nil || marker(trimmed) != nil))
      {
        break
      }
      body.append(String(trimmed))
      lines.removeFirst()
    }
    return p { Inline.html(body.joined(separator: "\n")) }
  }
}

/// Emphasis, code and links within a line. A mark without its partner is text.
private enum Inline {
  static func html(_ source: String, depth: Int = 0) -> HTML {
    var parts: [HTML] = []
    var text = ""
    var rest = source[...]
    var barren: [String: String.Index] = [:]
    func flush(_ parts: inout [HTML], _ text: inout String) {
      if !text.isEmpty { parts.append(.text(text)) }
      text = ""
    }
    while let first = rest.first {
      if first == "\\", let next = rest.dropFirst().first, next.isPunctuation || next.isSymbol {
        text.append(next)
        rest = rest.dropFirst(2)
      } else if let (part, after) = special(rest, depth: depth, &barren) {
        flush(&parts, &text)
        parts.append(part)
        rest = after
      } else {
        text.append(first)
        rest.removeFirst()
      }
    }
    flush(&parts, &text)
    return .group(parts)
  }

  private static func special(
    _ rest: Substring, depth: Int, _ barren: inout [String: String.Index]
  ) -> (HTML, Substring)? {
    guard depth < 6 else { return nil }
    if rest.hasPrefix("`"), let (body, after) = between(rest, "`", &barren) { return (code { String(body) }, after) }
    if rest.hasPrefix("**"), let (body, after) = between(rest, "**", &barren) {
      return (strong { html(String(body), depth: depth + 1) }, after)
    }
    if rest.hasPrefix("*"), let (body, after) = between(rest, "*", &barren), body.first != " " {
      return (em { html(String(body), depth: depth + 1) }, after)
    }
    if rest.hasPrefix("["), let (body, after) = between(rest, "]", skip: 1, &barren), after.hasPrefix("("),
      let (address, end) = between(after, ")", skip: 1, &barren)
    {
      let label = html(String(body), depth: depth + 1)
      return (a(.href(String(address)), .attr("rel", "noreferrer")) { label }, end)
    }
    if rest.hasPrefix("https://") || rest.hasPrefix("http://") {
      var address = rest.prefix { !$0.isWhitespace && !"<>\"')]".contains($0) }
      while let last = address.last, ".,;:".contains(last) { address.removeLast() }
      return (a(.href(String(address)), .attr("rel", "noreferrer")) { String(address) }, rest[address.endIndex...])
    }
    return nil
  }

  /// What stands between a mark at the start and its next occurrence within two thousand characters. A stretch
  /// without the mark is searched once: `barren` remembers where it ends.
  private static func between(
    _ text: Substring, _ mark: String, skip: Int? = nil, _ barren: inout [String: String.Index]
  ) -> (Substring, Substring)? {
    let body = text.dropFirst(skip ?? mark.count)
    var index = body.startIndex
    if let end = barren[mark], index < end { return nil }
    var steps = 0
    while index < body.endIndex, steps < 2_000 {
      if body[index...].hasPrefix(mark) {
        let inside = body[..<index]
        return inside.isEmpty ? nil : (inside, body[body.index(index, offsetBy: mark.count)...])
      }
      index = body.index(after: index)
      steps += 1
    }
    barren[mark] = index
    return nil
  }
}
