import Base
import Ledger

/// Reads which spans count, `{service.name="checkout", kind="server"}`, and which of them are bad,
/// `status="error" or duration>"300ms"`:
///
///     condition = conjunction { "or" conjunction }
///     conjunction = test { ("and"|",") test }
///     test = "(" condition ")" | "duration" (">"|">="|"<"|"<=") "300ms" | name ("="|"!="|"=~"|"!~") "value"
struct SpanParser {
  private var scanner: QueryScanner
  private static let depthLimit = 16
  private static let testLimit = 64
  private var tests = 0

  private init(_ text: String) throws(SelectorError) { scanner = try QueryScanner(text) }

  /// The spans that count.
  static func matchers(_ text: String) throws(SelectorError) -> [LabelMatcher] {
    var parser = try SpanParser(text)
    let matchers = try parser.braces()
    try parser.end()
    return matchers
  }

  /// What makes one of them bad (or good).
  static func condition(_ text: String) throws(SelectorError) -> SpanCondition {
    var parser = try SpanParser(text)
    let condition = try parser.alternatives(depth: 0)
    try parser.end()
    return condition
  }

  private mutating func end() throws(SelectorError) {
    scanner.skipSpace()
    guard scanner.isAtEnd else { throw scanner.error("\(scanner.nextInWords) is not expected here") }
  }

  private mutating func braces() throws(SelectorError) -> [LabelMatcher] {
    guard scanner.take("{") else {
      throw scanner.error("a '{' is expected here, as in {service.name=\"checkout\", kind=\"server\"}")
    }
    var matchers: [LabelMatcher] = []
    while !scanner.take("}") {
      matchers.append(try matcher())
      if scanner.take(",") { continue }
      guard scanner.take("}") else { throw scanner.error("a ',' or '}' is expected here") }
      break
    }
    guard matchers.count <= QueryScanner.matcherLimit else {
      throw scanner.error("more than \(QueryScanner.matcherLimit) matchers")
    }
    guard matchers.contains(where: { !$0.matchesEmpty }) else {
      throw SelectorError(column: 1, message: "every span is selected; name a service: {service.name=\"checkout\"}")
    }
    if let place = matchers.first(where: { $0.name == "duration" }) {
      throw SelectorError(column: 1, message: "\(place.name) belongs in 'bad'; all spans count, slow ones are bad")
    }
    return matchers
  }

  private mutating func alternatives(depth: Int) throws(SelectorError) -> SpanCondition {
    guard depth <= Self.depthLimit else { throw scanner.error("too many parentheses inside each other") }
    var conditions = [try conjunction(depth: depth)]
    while scanner.take(keyword: "or") { conditions.append(try conjunction(depth: depth)) }
    return conditions.count == 1 ? conditions[0] : .any(conditions)
  }

  private mutating func conjunction(depth: Int) throws(SelectorError) -> SpanCondition {
    var conditions = [try test(depth: depth)]
    while scanner.take(keyword: "and") || scanner.take(",") { conditions.append(try test(depth: depth)) }
    return conditions.count == 1 ? conditions[0] : .all(conditions)
  }

  private mutating func test(depth: Int) throws(SelectorError) -> SpanCondition {
    tests += 1
    guard tests <= Self.testLimit else { throw scanner.error("more than \(Self.testLimit) conditions") }
    if scanner.take("(") {
      let inner = try alternatives(depth: depth + 1)
      guard scanner.take(")") else { throw scanner.error("a ')' is expected here, not \(scanner.nextInWords)") }
      return inner
    }
    if scanner.lookahead() == "duration" { return try duration() }
    return .matches(try matcher())
  }

  private mutating func duration() throws(SelectorError) -> SpanCondition {
    _ = scanner.identifier()
    scanner.skipSpace()
    guard let sign = scanner.next, sign == "<" || sign == ">" else {
      throw scanner.error("'>', '>=', '<' or '<=' is expected after duration")
    }
    scanner.position += 1
    let orEqual = scanner.next == "="
    if orEqual { scanner.position += 1 }
    scanner.skipSpace()
    let place = scanner.position
    let text = try scanner.string()
    guard let length = Interval(text: text), length > .zero else {
      throw scanner.error("'\(text)' is not a length of time such as 300ms", at: place)
    }
    let comparison: Comparison = sign == "<" ? (orEqual ? .lessOrEqual : .less) : (orEqual ? .greaterOrEqual : .greater)
    return .duration(comparison, length)
  }

  private static let values = [
    "kind": ["internal", "server", "client", "producer", "consumer"], "status": ["unset", "ok", "error"],
  ]

  private mutating func matcher() throws(SelectorError) -> LabelMatcher {
    let matcher = try scanner.matcher(dots: true)
    // A misspelt kind would count nothing for ever.
    if let known = Self.values[matcher.name] {
      switch matcher.test {
      case .equal(let value) where !known.contains(value), .notEqual(let value) where !known.contains(value):
        throw scanner.error("\(matcher.name) '\(value)' is not one of \(known.joined(separator: ", "))")
      default: break
      }
    }
    return matcher
  }
}
