/// Lines of arguments for a command-line tool: words with quotes as in a shell, and nothing else of a shell. A variable
/// is always part of one word, whatever is in it.
enum ArgumentLines {
  static let linesMax = 200

  /// One command line for each line; empty ones and those that begin with `#` count for nothing. A line that ends in
  /// `\` goes on in the next.
  ///
  /// - Parameter tool: the program, which lines may begin with as people write them.
  static func commands(
    of text: String, tool: String, variables: StepVariables
  ) throws(StepVariables.Problem) -> [[String]] {
    var commands: [[String]] = []
    var joined = ""
    var number = 0
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      if joined.isEmpty { number = index + 1 }
      if line.hasSuffix("\\"), index + 1 < lines.count {
        joined += line.dropLast() + " "
        continue
      }
      let whole = joined + line
      joined = ""
      if whole.allSatisfy(\.isWhitespace) || whole.drop(while: \.isWhitespace).hasPrefix("#") { continue }
      guard commands.count < linesMax else { throw .init(description: "more than \(linesMax) lines of \(tool)") }
      do {
        var words = try words(whole, variables)
        if words.first == tool { words.removeFirst() }
        guard !words.isEmpty else { throw StepVariables.Problem(description: "no arguments for \(tool)") }
        commands.append([tool] + words)
      } catch {
        throw .init(description: "line \(number): \(error)")
      }
    }
    guard !commands.isEmpty else { throw .init(description: "no line of arguments for \(tool)") }
    return commands
  }

  private static func words(_ line: String, _ variables: StepVariables) throws(StepVariables.Problem) -> [String] {
    var words: [String] = []
    var word: String?
    var rest = line[...]
    while let character = rest.first {
      switch character {
      case " ", "\t":
        if let done = word { words.append(done) }
        word = nil
        rest = rest.dropFirst()
      case "'":
        guard let close = rest.dropFirst().firstIndex(of: "'") else { throw .init(description: "a ' is not closed") }
        word = (word ?? "") + rest[rest.index(after: rest.startIndex)..<close]
        rest = rest[rest.index(after: close)...]
      case "\"":
        rest = rest.dropFirst()
        let inside = try quoted(&rest)
        word = try (word ?? "") + fill(inside, variables, startsWord: word == nil)
      case "\\":
        rest = rest.dropFirst()
        guard let next = rest.popFirst() else { throw .init(description: "nothing follows the last \\") }
        word = (word ?? "") + String(next)
      case "|", ";", "&", "<", ">", "`":
        throw .init(description: "'\(character)' means nothing here, for no shell reads the line; put it in quotes")
      default:
        let plain = rest.prefix { !" \t'\"\\|;&<>`".contains($0) }
        word = try (word ?? "") + fill(String(plain), variables, startsWord: word == nil)
        rest = rest[plain.endIndex...]
      }
    }
    if let done = word { words.append(done) }
    return words
  }

  /// Up to the closing double quote, `\"` and `\\` resolved.
  private static func quoted(_ rest: inout Substring) throws(StepVariables.Problem) -> String {
    var text = ""
    while let character = rest.popFirst() {
      if character == "\"" { return text }
      if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
        rest = rest.dropFirst()
        text.append(next)
      } else {
        text.append(character)
      }
    }
    throw .init(description: "a \" is not closed")
  }

  private static func fill(
    _ text: String, _ variables: StepVariables, startsWord: Bool
  ) throws(StepVariables.Problem) -> String {
    let beginsWithVariable = startsWord && text.hasPrefix("${")
    var isFirst = true
    return try variables.fill(text) { name, value throws(StepVariables.Problem) in
      defer { isFirst = false }
      guard !variables.secrets.contains(name) else {
        throw .init(
          description: "\(name) is a secret, and arguments stand in the list of processes, which everybody on the "
            + "machine reads; let the tool take it from its environment or from a file")
      }
      if isFirst, beginsWithVariable, value.hasPrefix("-") {
        throw .init(description: "the value of \(name) begins with - and would be read as an option")
      }
      return value
    }
  }
}
