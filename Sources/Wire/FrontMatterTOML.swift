import Base
import Definitions

/// Reads front matter between lines of `+++`, which runme takes as TOML: tables, and keys with values on one line. A
/// line beyond that is passed over with a warning.
struct FrontMatterTOML {
  private let file: String
  private var root: [Node.Member] = []
  /// The table that lines belong to.
  private var path: [String] = []
  private(set) var diagnostics: [Diagnostic] = []

  static func read(_ lines: ArraySlice<Substring>, file: String) -> (node: Node, diagnostics: [Diagnostic]) {
    var reader = FrontMatterTOML(file: file)
    for index in lines.indices { reader.line(lines[index], at: Position(file: file, line: index + 1, column: 1)) }
    return (Node(.mapping(reader.root), at: Position(file: file, line: 2, column: 1)), reader.diagnostics)
  }

  private init(file: String) { self.file = file }

  private mutating func line(_ line: Substring, at position: Position) {
    let text = line.drop { $0 == " " || $0 == "\t" }
    if text.isEmpty || text.first == "#" { return }
    if text.first == "[", let close = text.firstIndex(of: "]"), !text.hasPrefix("[[") {
      path = text[text.index(after: text.startIndex)..<close].split(separator: ".").map { Self.trimmed($0) }
      return
    }
    guard let equals = text.firstIndex(of: "="), let key = Self.key(text[..<equals]),
      let value = Self.value(Self.trimmed(text[text.index(after: equals)...]), at: position)
    else {
      diagnostics.append(
        Diagnostic(.warning, at: position, "this line of the front matter is not read; write the front matter as YAML"))
      return
    }
    Self.put(Node.Member(key: key, keyPosition: position, value: value), into: &root, path[...])
  }

  private static func put(_ member: Node.Member, into members: inout [Node.Member], _ path: ArraySlice<String>) {
    guard let first = path.first else {
      members.append(member)
      return
    }
    let place = members.firstIndex { $0.key == first } ?? members.endIndex
    if place == members.endIndex {
      let table = Node(.mapping([]), at: member.keyPosition)
      members.append(Node.Member(key: first, keyPosition: member.keyPosition, value: table))
    }
    var inner = members[place].value.mapping ?? []
    put(member, into: &inner, path.dropFirst())
    members[place].value.value = .mapping(inner)
  }

  private static func trimmed(_ text: Substring) -> String {
    let blanks: Set<Character> = [" ", "\t"]
    return String(text.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
  }

  private static func key(_ text: Substring) -> String? {
    let key = trimmed(text)
    if key.first == "\"" { return (try? JSON(parsing: key))?.string }
    return !key.isEmpty && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" } ? key : nil
  }

  /// A value that ends with its line, perhaps with a comment behind it.
  private static func value(_ text: String, at position: Position) -> Node? {
    if text.hasPrefix("'"), !text.hasPrefix("'''") {
      let inside = text.dropFirst().prefix { $0 != "'" }
      guard inside.endIndex < text.endIndex, isRest(text[inside.endIndex...].dropFirst()) else { return nil }
      return Node(.scalar(.quoted(String(inside))), at: position)
    }
    if text.hasPrefix("[") || (text.hasPrefix("\"") && !text.hasPrefix("\"\"\"")) {
      // Texts and lists of them are written as in JSON.
      let ends = text.indices.filter { text[$0] == "\"" || text[$0] == "]" }
      for end in ends.reversed() where isRest(text[text.index(after: end)...]) {
        if let json = try? JSON(parsing: String(text[...end])) { return node(json, at: position) }
      }
      return nil
    }
    let plain = trimmed(text.prefix { $0 != "#" })
    guard !plain.isEmpty, plain.first != "{", !plain.hasPrefix("\"\"\""), !plain.hasPrefix("'''") else { return nil }
    return Node(.scalar(.plain(plain)), at: position)
  }

  private static func isRest(_ text: Substring) -> Bool {
    let rest = text.drop { $0 == " " || $0 == "\t" }
    return rest.isEmpty || rest.first == "#"
  }

  private static func node(_ json: JSON, at position: Position) -> Node? {
    switch json {
    case .string(let text): return Node(.scalar(.quoted(text)), at: position)
    case .bool, .int, .double: return Node(.scalar(.plain(json.text)), at: position)
    case .array(let items):
      let nodes = items.compactMap { node($0, at: position) }
      return nodes.count == items.count ? Node(.sequence(nodes), at: position) : nil
    case .null, .object: return nil
    }
  }
}
