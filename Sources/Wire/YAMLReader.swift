import Base
import Definitions
import Yams

/// Reads YAML and JSON text into trees with positions.
///
/// Bounds are checked before the parser sees the text and while its tree is copied, so that no text of an allowed
/// size can cost more than a known amount of time and memory.
public struct YAMLReader {
  public var limits: DefinitionLimits

  public init(limits: DefinitionLimits = .standard) { self.limits = limits }

  public struct Result: Sendable {
    public var documents: [Definitions.Node] = []
    public var diagnostics: [Diagnostic] = []
  }

  /// Reads a stream of documents. `line` is where the text begins in its file, for text inside another format.
  public func read(_ text: String, file: String, line: Int = 1) -> Result {
    var result = Result()
    if let refusal = refusal(text, Position(file: file, line: line)) {
      result.diagnostics.append(refusal)
      return result
    }
    // The parser hashes keys to find doubles, and a key that holds aliases can be exponentially large. So a text with
    // aliases is first read with them made into plain values, which shows every key for what it is.
    if let harmless = AliasMark.replacingAliases(in: text) {
      parse(harmless, file: file, line: line, aliasesAreMarked: true, &result)
      if result.diagnostics.hasErrors {
        result.documents = []
        return result
      }
      result = Result()
    }
    parse(text, file: file, line: line, aliasesAreMarked: false, &result)
    if result.diagnostics.hasErrors { result.documents = [] }
    return result
  }

  private func parse(_ text: String, file: String, line: Int, aliasesAreMarked: Bool, _ result: inout Result) {
    do {
      // The rules for what a plain value means are our own (YAML 1.2), so the parser gets none.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      var budget = limits.nodes
      while let root = try parser.nextRoot() {
        if result.documents.count >= limits.documents {
          result.diagnostics.append(
            Diagnostic(
              .error, at: Position(file: file, line: line),
              "more than \(limits.documents) documents in one file; split it"))
          break
        }
        var copy = NodeCopy(
          file: file, lineOffset: line - 1, limits: limits, budget: budget, aliasesAreMarked: aliasesAreMarked)
        let node = copy.node(root, depth: 0)
        budget = copy.budget
        if let problem = copy.problem {
          result.diagnostics.append(problem)
          break
        }
        // A document of nothing but comments is no definition.
        if let node, !node.isEmptyDocument { result.documents.append(node) }
      }
    } catch {
      result.diagnostics.append(YAMLProblem(error, text: text, file: file, lineOffset: line - 1).diagnostic)
    }
  }

  /// What can be told of the text without parsing it.
  private func refusal(_ text: String, _ start: Position) -> Diagnostic? {
    if text.utf8.count > limits.fileBytes {
      return Diagnostic(.error, at: start, TextProblem.tooLong(text.utf8.count, limits.fileBytes))
    }
    var position = start
    var separators = 0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n":
        position.line += 1
        position.column = 0
        separators += 1
      case ",", "[", "{", "?":
        separators += 1
      case "\0":
        return Diagnostic(.error, at: position, "a NUL byte; this is not a text file")
      default: break
      }
      position.column += 1
    }
    // Each value of a document needs at least one of these, so this bounds what the parser will build.
    if separators > 4 * limits.nodes {
      return Diagnostic(.error, at: start, "more than \(4 * limits.nodes) lines and list items; split the file")
    }
    return nil
  }
}

extension Definitions.Node {
  fileprivate var isEmptyDocument: Bool { isNull && scalar?.text.isEmpty == true }
}

/// Stands in for the `*` of an alias: a character that nobody writes, one column wide like the star.
private enum AliasMark {
  static let scalar: Unicode.Scalar = "\u{E001}"

  /// The text with the star of everything that may be an alias replaced, or `nil` where there is none. Stars inside
  /// texts are replaced too; the outcome is only looked at for its keys.
  static func replacingAliases(in text: String) -> String? {
    var copy = String.UnicodeScalarView()
    var found = false
    var last: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if last == "*", scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-" {
        copy.removeLast()
        copy.append(Self.scalar)
        found = true
      }
      copy.append(scalar)
      last = scalar
    }
    return found ? String(copy) : nil
  }
}

/// Messages about text as such.
enum TextProblem {
  static func tooLong(_ bytes: Int, _ limit: Int) -> String {
    "the file has \(bytes) bytes; at most \(limit) are read: split it, or keep large texts outside the definitions"
  }
}

/// Copies the parser's tree into ours. Aliases make the parser's tree a graph whose size on paper can grow
/// exponentially with the text ("billion laughs"); the budget stops the copy at a known size.
private struct NodeCopy {
  let file: String
  let lineOffset: Int
  let limits: DefinitionLimits
  var budget: Int
  let aliasesAreMarked: Bool
  var problem: Diagnostic?

  init(file: String, lineOffset: Int, limits: DefinitionLimits, budget: Int, aliasesAreMarked: Bool) {
    self.aliasesAreMarked = aliasesAreMarked
    self.file = file
    self.lineOffset = lineOffset
    self.limits = limits
    self.budget = budget
  }

  mutating func node(_ node: Yams.Node, depth: Int) -> Definitions.Node? {
    let position = position(node.mark)
    budget -= 1
    if budget < 0 {
      stop(position, "more than \(limits.nodes) values, counted with aliases expanded; split the file")
    } else if depth > limits.depth {
      stop(position, "more than \(limits.depth) levels of nesting")
    }
    guard problem == nil else { return nil }
    switch node {
    case .scalar(let scalar):
      return Definitions.Node(.scalar(meaning(scalar)), at: position)
    case .sequence(let sequence):
      var items: [Definitions.Node] = []
      for item in sequence {
        guard let item = self.node(item, depth: depth + 1) else { return nil }
        items.append(item)
      }
      return Definitions.Node(.sequence(items), at: position)
    case .mapping(let mapping):
      return members(mapping, depth: depth).map { Definitions.Node(.mapping($0), at: position) }
    case .alias(let alias):
      stop(self.position(alias.mark), "an alias without its anchor")
      return nil
    }
  }

  private mutating func members(_ mapping: Yams.Node.Mapping, depth: Int) -> [Definitions.Node.Member]? {
    guard mapping.count <= limits.keys else {
      stop(position(mapping.mark), "a mapping of \(mapping.count) keys; at most \(limits.keys) are read")
      return nil
    }
    var members: [Definitions.Node.Member] = []
    var merged: [Definitions.Node.Member] = []
    for (key, value) in mapping {
      guard let scalar = key.scalar else {
        stop(position(key.mark), "a key that is a list or a mapping; keys are text")
        return nil
      }
      if aliasesAreMarked, scalar.style == .plain, scalar.string.unicodeScalars.first == AliasMark.scalar {
        stop(position(key.mark), "an alias as a key; write the key itself")
        return nil
      }
      guard let copy = node(value, depth: depth + 1) else { return nil }
      if aliasesAreMarked {
        members.append(.init(key: scalar.string, keyPosition: position(key.mark), value: copy))
      } else if scalar.string == "<<", scalar.style == .plain {
        guard let others = mergeSources(copy) else { return nil }
        merged += others
      } else {
        members.append(.init(key: scalar.string, keyPosition: position(key.mark), value: copy))
      }
    }
    // What is written here wins over what is merged in, and of several merged mappings the first wins.
    var seen = Set(members.map(\.key))
    for member in merged where seen.insert(member.key).inserted { members.append(member) }
    if members.count > limits.keys {
      stop(position(mapping.mark), "a mapping of \(members.count) keys; at most \(limits.keys) are read")
    }
    return members
  }

  private mutating func mergeSources(_ node: Definitions.Node) -> [Definitions.Node.Member]? {
    if let members = node.mapping { return members }
    let parts = (node.sequence ?? []).map(\.mapping)
    guard !parts.isEmpty, parts.allSatisfy({ $0 != nil }) else {
      stop(node.position, "`<<` merges a mapping or a list of mappings; put it in quotes if it is a plain key")
      return nil
    }
    return parts.flatMap { $0 ?? [] }
  }

  private func meaning(_ scalar: Yams.Node.Scalar) -> Scalar {
    switch scalar.style {
    case .plain, .any:
      scalar.tag.description.hasSuffix(":str") ? .quoted(scalar.string) : .plain(scalar.string)
    default:
      // `!!int "7"` asks for the number in spite of the quotes.
      [":int", ":float", ":bool", ":null"].contains { scalar.tag.description.hasSuffix($0) }
        ? .plain(scalar.string) : .quoted(scalar.string)
    }
  }

  private func position(_ mark: Mark?) -> Position {
    Position(file: file, line: (mark?.line ?? 1) + lineOffset, column: mark?.column ?? 1)
  }

  private mutating func stop(_ position: Position, _ message: String) {
    if problem == nil { problem = Diagnostic(.error, at: position, message) }
  }
}
