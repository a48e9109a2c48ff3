/// Reads the words of a query: names, numbers, quoted texts, comments. What they mean together is the parsers' part.
struct QueryScanner {
  let characters: [Character]
  var position = 0

  /// Queries beyond this many bytes are refused before they are looked at.
  static let lengthLimit = 16_384

  init(_ query: String) throws(SelectorError) {
    guard query.utf8.count <= Self.lengthLimit else {
      throw SelectorError(column: 1, message: "the query is longer than \(Self.lengthLimit) bytes")
    }
    characters = Array(query)
  }

  func error(_ message: String, at place: Int? = nil) -> SelectorError {
    SelectorError(column: (place ?? position) + 1, message: message)
  }

  var next: Character? { position < characters.count ? characters[position] : nil }

  /// The character after the next one.
  var second: Character? { position + 1 < characters.count ? characters[position + 1] : nil }

  var isAtEnd: Bool { position >= characters.count }

  /// The next character in quotes, or what stands for it at the end.
  var nextInWords: String { next.map { "'\($0)'" } ?? "the end" }

  mutating func skipSpace() {
    while let character = next {
      if character == "#" {
        while let rest = next, !rest.isNewline { position += 1; _ = rest }
      } else if character.isWhitespace {
        position += 1
      } else {
        return
      }
    }
  }

  mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard next == character else { return false }
    position += 1
    return true
  }

  /// A name: letters, `_`, then digits too; `:` in names of metrics, `.` in names of attributes.
  mutating func identifier(colons: Bool = false, dots: Bool = false) -> String? {
    skipSpace()
    let start = position
    while let character = next, character.isASCII,
      character.isLetter || character == "_" || (colons && character == ":")
        || (position > start && (character.isNumber || (dots && character == ".")))
    {
      position += 1
    }
    return position > start ? String(characters[start..<position]) : nil
  }

  /// The name that stands here, without going past it.
  func lookahead() -> String? {
    var copy = self
    return copy.identifier()
  }

  /// Goes past a keyword; the case of letters does not matter, as in PromQL.
  mutating func take(keyword: String) -> Bool {
    guard lookahead()?.lowercased() == keyword else { return false }
    _ = identifier()
    return true
  }

  /// A number such as `1`, `0.5`, `.5`, `1e3`; `nil` where none stands here.
  mutating func number() throws(SelectorError) -> Double? {
    skipSpace()
    let start = position
    guard let first = next, first.isASCII, first.isNumber || (first == "." && second?.isNumber == true) else {
      return nil
    }
    while let character = next, character.isASCII {
      let isExponentSign =
        (character == "+" || character == "-") && position > start && "eE".contains(characters[position - 1])
        && !characters[start..<position].contains("x")
      guard character.isNumber || character.isLetter || character == "." || isExponentSign else { break }
      position += 1
    }
    let text = String(characters[start..<position])
    guard let value = Double(text), value.isFinite, !text.contains("x") else {
      throw error("'\(text)' is not a number that is understood here", at: start)
    }
    return value
  }

  // MARK: Quoted texts

  var isAtQuote: Bool { next == "\"" || next == "'" || next == "`" }

  mutating func string() throws(SelectorError) -> String {
    guard let quote = next, isAtQuote else { throw error("a quoted value is expected here") }
    let start = position
    position += 1
    var text = ""
    while let character = next {
      position += 1
      if character == quote { return text }
      if character == "\\", quote != "`" {
        text.unicodeScalars.append(try escaped())
      } else if character.isNewline, quote != "`" {
        break
      } else {
        text.append(character)
      }
    }
    throw error("a quoted value without its end", at: start)
  }

  private mutating func escaped() throws(SelectorError) -> Unicode.Scalar {
    guard let character = next else { throw error("a '\\' at the end") }
    position += 1
    switch character {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "\\", "\"", "'": return character.unicodeScalars.first ?? "\\"
    case "x", "u":
      let count = character == "x" ? 2 : 4
      let digits = characters[position..<min(position + count, characters.count)]
      guard digits.count == count, let value = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(value)
      else { throw error("'\\\(character)' needs \(count) hexadecimal digits") }
      position += count
      return scalar
    default:
      throw error(
        "'\\\(character)' is not an escape; in a regular expression write '\\\\\(character)'", at: position - 2)
    }
  }
}
