/// Reads the part of PromQL that says which counters to count: a selector, also inside `rate`, `increase` or `sum` of
/// these. Whatever else a query does to its counters the ledger does itself, so anything more is refused.
public struct SelectorParser {
  private let characters: [Character]
  private var position = 0

  public static let lengthLimit = 4_096

  public static func parse(_ query: String) throws(SelectorError) -> CounterSelector {
    guard query.utf8.count <= lengthLimit else {
      throw SelectorError(column: 1, message: "the query is longer than \(lengthLimit) bytes")
    }
    var parser = SelectorParser(characters: Array(query))
    let selector = try parser.expression(depth: 0)
    parser.skipSpace()
    guard parser.position == parser.characters.count else { throw parser.trailing() }
    return selector
  }

  private init(characters: [Character]) { self.characters = characters }

  private func error(_ message: String, at place: Int? = nil) -> SelectorError {
    SelectorError(column: (place ?? position) + 1, message: message)
  }

  private var next: Character? { position < characters.count ? characters[position] : nil }

  private mutating func skipSpace() {
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

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard next == character else { return false }
    position += 1
    return true
  }

  private mutating func identifier(colons: Bool) -> String? {
    skipSpace()
    let start = position
    while let character = next, character.isASCII,
      character.isLetter || character == "_" || (colons && character == ":")
        || (position > start && character.isNumber)
    {
      position += 1
    }
    return position > start ? String(characters[start..<position]) : nil
  }

  private static let refusedAggregations: Set<String> = [
    "avg", "min", "max", "count", "stddev", "stdvar", "topk", "bottomk", "quantile", "group", "count_values",
  ]

  private mutating func expression(depth: Int) throws(SelectorError) -> CounterSelector {
    guard depth <= 4 else { throw error("too many functions inside each other; write the bare selector") }
    skipSpace()
    if take("(") {
      let inner = try expression(depth: depth + 1)
      guard take(")") else { throw error("a '(' without its ')'") }
      return inner
    }
    let start = position
    guard let name = identifier(colons: true) else {
      if next == "{" { return try selector(metric: nil) }
      if next == nil { throw error("the query is empty; write a counter such as requests_total{code=\"200\"}") }
      throw error("a counter's name or '{' is expected here, not '\(next!)'")
    }
    skipSpace()
    if name == "sum", let word = lookahead(), word == "by" || word == "without" {
      throw error("'sum \(word)' is not needed: all matching series are summed; write sum(…) or the bare selector")
    }
    guard next == "(" else { return try selector(metric: name) }
    switch name {
    case "sum", "rate", "increase": return try call(name, depth: depth)
    default:
      let remedy = Self.refusedAggregations.contains(name) ? "only sums of counters are counted; " : ""
      throw error(
        "'\(name)' is not counted here: \(remedy)write the bare counter, or sum(rate(…[5m])) of it", at: start)
    }
  }

  private mutating func lookahead() -> String? {
    let place = position
    defer { position = place }
    return identifier(colons: false)
  }

  private mutating func call(_ name: String, depth: Int) throws(SelectorError) -> CounterSelector {
    _ = take("(")
    let inner = try expression(depth: depth + 1)
    skipSpace()
    if name != "sum" {
      guard next == "[" else { throw error("\(name)() needs a range, such as [5m]; its length does not matter here") }
      try range()
    }
    guard take(")") else { throw trailing() }
    if let word = lookahead(), word == "by" || word == "without" {
      throw error("'\(word)' is not needed: all matching series are summed; leave it out")
    }
    return inner
  }

  /// A range selector's brackets. Its length is read and ignored: windows are the ledger's own.
  private mutating func range() throws(SelectorError) {
    let start = position
    _ = take("[")
    skipSpace()
    var length = 0
    while let character = next, character != "]" {
      guard character.isLetter || character.isNumber || character == "_" || character == "$" else {
        throw error(
          character == ":"
            ? "a subquery is not counted here; write a plain range such as [5m]"
            : "'\(character)' does not belong in a range")
      }
      position += 1
      length += 1
    }
    guard length > 0, take("]") else { throw error("a range such as [5m] is expected here", at: start) }
  }

  private func trailing() -> SelectorError {
    let rest = String(characters[min(position, characters.count)...])
    if rest.isEmpty { return error("a ')' is missing") }
    let word = String(rest.prefix { $0.isLetter || $0 == "_" })
    switch word {
    case "offset": return error("'offset' is not counted here: samples count at their own time; leave it out")
    case "or", "and", "unless":
      return error("'\(word)' is not counted here: absent series count as zero; leave it out")
    default: break
    }
    if rest.first == "@" { return error("'@' is not counted here; leave it out") }
    if rest.first == "[" { return error("a range needs rate(…) or increase(…) around it, or leave the range out") }
    if let operation = rest.first, "+-*/%^<>=!".contains(operation) {
      return error(
        "'\(operation)' is not counted here: write one counter for good or bad events and one for total; "
          + "their ratio is computed from the counts")
    }
    return error("'\(word.isEmpty ? String(rest.prefix(1)) : word)' is not expected here; the selector ends before it")
  }

  private mutating func selector(metric: String?) throws(SelectorError) -> CounterSelector {
    let start = position
    var metric = metric
    var matchers: [LabelMatcher] = []
    skipSpace()
    if next == "{" {
      position += 1
      while !take("}") {
        if let quoted = try quotedMetric() {
          guard metric == nil else { throw error("the metric is named twice") }
          metric = quoted
        } else {
          let matcher = try matcher()
          if matcher.name == "__name__", case .equal(let name) = matcher.test, metric == nil {
            metric = name
          } else {
            matchers.append(matcher)
          }
        }
        if take(",") { continue }
        guard take("}") else { throw error("a ',' or '}' is expected here") }
        break
      }
    }
    guard metric != nil || matchers.contains(where: { !$0.matchesEmpty }) else {
      throw error("the selector matches every series; name a metric", at: start)
    }
    guard matchers.count <= 64 else { throw error("more than 64 matchers", at: start) }
    return CounterSelector(metric: metric, matchers: matchers)
  }

  /// `{"name.with.dots", …}`: a metric's name that is not an identifier.
  private mutating func quotedMetric() throws(SelectorError) -> String? {
    skipSpace()
    guard let quote = next, quote == "\"" || quote == "'" || quote == "`" else { return nil }
    let place = position
    let text = try string()
    skipSpace()
    guard next == "," || next == "}" else {
      position = place
      return nil
    }
    return text
  }

  private mutating func matcher() throws(SelectorError) -> LabelMatcher {
    skipSpace()
    let name: String
    if next == "\"" || next == "'" || next == "`" {
      name = try string()
    } else if let label = identifier(colons: false) {
      name = label
    } else {
      throw error(next == nil ? "a '}' is missing" : "a label's name is expected here, not '\(next!)'")
    }
    let negative: Bool
    let regular: Bool
    if take("!") {
      negative = true
      guard next == "=" || next == "~" else { throw error("'!=' or '!~' is expected here") }
      regular = next == "~"
      position += 1
    } else if take("=") {
      negative = false
      regular = next == "~"
      if regular { position += 1 }
    } else {
      throw error("'=', '!=', '=~' or '!~' is expected after the label '\(name)'")
    }
    skipSpace()
    let place = position
    let value = try string()
    guard regular else { return LabelMatcher(name, negative ? .notEqual(value) : .equal(value)) }
    do {
      let pattern = try Pattern(value)
      return LabelMatcher(name, negative ? .notMatching(pattern) : .matching(pattern))
    } catch {
      throw self.error(error.message, at: place)
    }
  }

  private mutating func string() throws(SelectorError) -> String {
    guard let quote = next, quote == "\"" || quote == "'" || quote == "`" else {
      throw error("a quoted value is expected here")
    }
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
    case "\\", "\"", "'": return character.unicodeScalars.first!
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
