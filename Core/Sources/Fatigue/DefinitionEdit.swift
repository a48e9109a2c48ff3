import Definitions

/// Sets values in the text of definitions without touching anything else: comments, order and quoting stay.
struct DefinitionEdit {
  private var lines: [Substring]
  /// To Swift the line end of Windows is one character.
  private let newline: Character

  /// - Returns: `nil` for a text whose lines end in two ways.
  init?(_ text: String) {
    newline = text.contains("\r\n" as Character) ? "\r\n" : "\n"
    if newline == "\r\n", text.contains("\n" as Character) { return nil }
    lines = text.split(separator: newline, omittingEmptySubsequences: false)
  }

  var text: String { lines.joined(separator: String(newline)) }

  /// Sets a member of the mapping at the end of a path, and makes what is missing of the path. The value must be plain
  /// YAML of one line.
  ///
  /// - Returns: false where the document is written in a way that cannot be edited by the line, such as a value over
  ///   several lines.
  mutating func set(_ path: [String], to value: String, in document: Node) -> Bool {
    var node = document
    for (depth, key) in path.enumerated() {
      guard let member = node.mapping?.first(where: { $0.key == key }) else {
        return insert(Array(path[depth...]), value, into: node)
      }
      if depth == path.count - 1 { return replace(member, with: value) }
      node = member.value
    }
    return false
  }

  /// Puts lines before the first member of a mapping.
  private mutating func insert(_ keys: [String], _ value: String, into node: Node) -> Bool {
    guard let first = node.mapping?.first?.keyPosition, lines.indices.contains(first.line - 1) else { return false }
    let indent = String(String.UnicodeScalarView(lines[first.line - 1].unicodeScalars.prefix(first.column - 1)))
    if indent.reversed().first(where: { $0 != " " }) == "{" {
      let flow =
        keys.dropLast().map { "\($0): {" }.joined() + "\(keys.last ?? ""): \(value)"
        + String(repeating: "}", count: keys.count - 1)
      lines[first.line - 1] = Substring(indent + flow + ", " + lines[first.line - 1].dropFirst(indent.count))
      return true
    }
    // Something else before the key, such as a list's dash.
    guard indent.allSatisfy({ $0 == " " }) else { return false }
    // After the last line of the first member it would be easy to miss the end of a block; before it is always safe.
    var added: [Substring] = []
    for (depth, key) in keys.enumerated() {
      let line = indent + String(repeating: "  ", count: depth) + key + ":"
      added.append(Substring(depth == keys.count - 1 ? "\(line) \(value)" : line))
    }
    lines.insert(contentsOf: added, at: first.line - 1)
    return true
  }

  private mutating func replace(_ member: Node.Member, with value: String) -> Bool {
    let (key, place) = (member.keyPosition, member.value.position)
    guard let scalar = member.value.scalar, key.line == place.line, lines.indices.contains(place.line - 1) else {
      return false
    }
    let line = lines[place.line - 1]
    let start = line.index(line.startIndex, offsetBy: place.column - 1, limitedBy: line.endIndex) ?? line.endIndex
    let old = line[start...]
    let quoted = ["\"\(scalar.text)\"", "'\(scalar.text)'", scalar.text].first { old.hasPrefix($0) }
    guard let quoted else { return false }
    lines[place.line - 1] = Substring(line[..<start] + value + old.dropFirst(quoted.count))
    return true
  }
}
