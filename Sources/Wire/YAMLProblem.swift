import Definitions
import Yams

/// What the parser found wrong, as a diagnostic.
struct YAMLProblem {
  let diagnostic: Diagnostic

  init(_ error: any Error, text: String, file: String, lineOffset: Int) {
    typealias Place = (line: Int, column: Int)
    func place(_ mark: Mark) -> Place { (mark.line, mark.column) }
    func make(_ place: Place?, _ message: String) -> Diagnostic {
      let line = max(1, place?.line ?? 1) + lineOffset
      return Diagnostic(.error, at: Position(file: file, line: line, column: max(1, place?.column ?? 1)), message)
    }
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      diagnostic = make(place(mark), "not YAML: \(problem)\(Self.advice(problem, text, mark))")
    case .composer(_, let problem, let mark, _):
      diagnostic = make(place(mark), "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      let key = keys.first ?? ""
      let second = Self.second(key, after: context.mark, in: text)
      let first = "\(file):\(context.mark.line + lineOffset):\(context.mark.column)"
      diagnostic = make(
        second ?? place(context.mark),
        "the key `\(key)` is written twice in one mapping\(second == nil ? "" : ", first at \(first)"); remove one")
    case .reader(let problem, let offset, _, _):
      diagnostic = make(Self.place(ofByte: offset ?? 0, in: text), "not YAML: \(problem)")
    default:
      diagnostic = make(nil, "not YAML: \(error)")
    }
  }

  /// Tabs are the one mistake that the parser's own words do not name.
  private static func advice(_ problem: String, _ text: String, _ mark: Mark) -> String {
    let lines = text.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
    guard mark.line >= 1, mark.line <= lines.count else { return "" }
    let indent = lines[mark.line - 1].prefix { $0 == " " || $0 == "\t" }
    return indent.contains("\t") ? "; indent with blanks, not tabs" : ""
  }

  /// Where the second of two equal keys stands: the next line that begins with it at the same column.
  private static func second(_ key: String, after mark: Mark, in text: String) -> (line: Int, column: Int)? {
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      guard number > mark.line else { continue }
      let content = line.unicodeScalars.dropFirst(mark.column - 1)
      let indent = line.unicodeScalars.prefix(mark.column - 1)
      guard indent.allSatisfy({ $0 == " " || $0 == "-" }) else { continue }
      for spelling in [key, "\"\(key)\"", "'\(key)'"]
      where content.starts(with: spelling.unicodeScalars) {
        let next = content.dropFirst(spelling.unicodeScalars.count).first { $0 != " " }
        if next == ":" { return (number, mark.column) }
      }
    }
    return nil
  }

  private static func place(ofByte offset: Int, in text: String) -> (line: Int, column: Int) {
    let before = text.utf8.prefix(max(0, offset))
    let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let column = before.reversed().prefix { $0 != 0x0A }.count + 1
    return (line, column)
  }
}
