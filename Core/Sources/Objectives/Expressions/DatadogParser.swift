import Base
import Ledger

/// Reads the part of Datadog's metric queries that can be counted as series come in:
/// `sum:requests.hits{service:checkout,!code:5*}.as_count()`, and sums and differences of these. The metric's name and
/// the keys of tags are read with `_` for what Prometheus does not allow in names, as the intake writes them.
struct DatadogParser {
  private var scanner: QueryScanner
  private let bare: ExpressionParser.Bare
  private static let remedy = "write sum:metric{tag:value}.as_count()"

  static func count(
    _ query: String, bare: ExpressionParser.Bare
  ) throws(SelectorError) -> (count: CountExpression, by: [String]) {
    var parser = DatadogParser(scanner: try QueryScanner(query), bare: bare)
    var (count, by) = try parser.metric()
    while true {
      parser.scanner.skipSpace()
      guard let sign = parser.scanner.next, sign == "+" || sign == "-" else { break }
      parser.scanner.position += 1
      let (more, labels) = try parser.metric()
      count = count + more.scaled(by: sign == "-" ? -1 : 1)
      by += labels.filter { !by.contains($0) }
      guard count.terms.count <= CountExpression.termLimit else {
        throw parser.scanner.error("more than \(CountExpression.termLimit) metrics")
      }
    }
    guard parser.scanner.isAtEnd else {
      throw parser.scanner.error("\(parser.scanner.nextInWords) is not counted here; \(Self.remedy)")
    }
    return (count, by)
  }

  /// The gauge of a threshold metric.
  static func gauge(_ query: String) throws(SelectorError) -> CounterSelector {
    let (count, _) = try count(query, bare: .numbers)
    guard count.terms.count == 1, let term = count.terms.first, term.reading == .value else {
      throw SelectorError(column: 1, message: "a threshold is for one gauge; write avg:metric{tag:value}")
    }
    return term.selector
  }

  /// A name as the intake stores it.
  static func name(_ text: String) -> String {
    String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
  }

  private init(scanner: QueryScanner, bare: ExpressionParser.Bare) {
    self.scanner = scanner
    self.bare = bare
  }

  private mutating func metric() throws(SelectorError) -> (CountExpression, [String]) {
    scanner.skipSpace()
    let start = scanner.position
    guard let aggregation = scanner.identifier() else {
      throw scanner.error("a metric is expected here, not \(scanner.nextInWords); \(Self.remedy)")
    }
    guard scanner.next == ":" else {
      throw scanner.error("'\(aggregation)' is not counted here; \(Self.remedy)", at: start)
    }
    scanner.position += 1
    let isGauge = bare != .increments && aggregation == "avg"
    guard aggregation == "sum" || isGauge else {
      throw scanner.error("'\(aggregation):' is not counted here: only sums are; \(Self.remedy)", at: start)
    }
    guard let name = scanner.identifier(dots: true) else {
      throw scanner.error("a metric's name is expected here, not \(scanner.nextInWords)")
    }
    let matchers = try scope()
    var by: [String] = []
    if scanner.take(keyword: "by") { by = try groups() }
    let isCount = try suffixes()
    let selector = CounterSelector(metric: Self.name(name), matchers: matchers)
    let reading: SampleReading = isCount || bare == .increments ? .increase : .value
    return (CountExpression([CountTerm(selector, reading: reading)]), by)
  }

  private mutating func word() -> String {
    scanner.skipSpace()
    let start = scanner.position
    while let character = scanner.next, character.isLetter || character.isNumber || "_-./*".contains(character) {
      scanner.position += 1
    }
    return String(scanner.characters[start..<scanner.position])
  }

  /// `{*}`, `{service:checkout,!code:5*}`, `{service:checkout AND code NOT IN (500,503)}`
  private mutating func scope() throws(SelectorError) -> [LabelMatcher] {
    guard scanner.take("{") else { throw scanner.error("tags are expected here, such as {service:checkout} or {*}") }
    var matchers: [LabelMatcher] = []
    while !scanner.take("}") {
      if let matcher = try tag() { matchers.append(matcher) }
      guard matchers.count <= QueryScanner.matcherLimit else {
        throw scanner.error("more than \(QueryScanner.matcherLimit) tags")
      }
      if scanner.take(",") || scanner.take(keyword: "and") { continue }
      guard scanner.take("}") else {
        throw scanner.error("',' or '}' is expected here, not \(scanner.nextInWords); all tags must hold")
      }
      break
    }
    return matchers
  }

  private mutating func tag() throws(SelectorError) -> LabelMatcher? {
    var isNegative = scanner.take("!")
    if !isNegative, scanner.take(keyword: "not") { isNegative = true }
    scanner.skipSpace()
    let start = scanner.position
    let key = word()
    if key == "*", !isNegative { return nil }
    guard !key.isEmpty, !key.contains("*") else {
      throw scanner.error("a tag is expected here, such as service:checkout", at: start)
    }
    let name = Self.name(key)
    if scanner.next == ":" {
      scanner.position += 1
      let value = value()
      guard !value.isEmpty else { throw scanner.error("the tag \(key) has no value; write \(key):value") }
      return try matcher(name, [value], isNegative, at: start)
    }
    if scanner.take(keyword: "not") { isNegative.toggle() }
    guard scanner.take(keyword: "in"), scanner.take("(") else {
      throw scanner.error("the tag \(key) has no value; write \(key):value", at: start)
    }
    var values: [String] = []
    while !scanner.take(")") {
      let value = value()
      guard !value.isEmpty, values.count < 64 else { throw scanner.error("a value is expected here") }
      values.append(value)
      if scanner.take(",") { continue }
      guard scanner.take(")") else { throw scanner.error("',' or ')' is expected here") }
      break
    }
    return try matcher(name, values, isNegative, at: start)
  }

  /// Values may hold colons, as in `version:a:b`.
  private mutating func value() -> String {
    var value = word()
    while scanner.next == ":" {
      scanner.position += 1
      value += ":" + word()
    }
    return value
  }

  private func matcher(
    _ name: String, _ values: [String], _ isNegative: Bool, at place: Int
  ) throws(SelectorError) -> LabelMatcher {
    if values.count == 1, let value = values.first, !value.contains("*") {
      return LabelMatcher(name, isNegative ? .notEqual(value) : .equal(value))
    }
    let alternatives = values.map { value in
      value.map { $0 == "*" ? ".*" : "-./".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
    do {
      let pattern = try Pattern(alternatives.joined(separator: "|"))
      return LabelMatcher(name, isNegative ? .notMatching(pattern) : .matching(pattern))
    } catch {
      throw scanner.error(error.message, at: place)
    }
  }

  private mutating func groups() throws(SelectorError) -> [String] {
    guard scanner.take("{") else { throw scanner.error("tags are expected here, such as {resource}") }
    var groups: [String] = []
    while !scanner.take("}") {
      let key = word()
      guard !key.isEmpty, groups.count < ExpressionParser.labelLimit else {
        throw scanner.error("a tag's key is expected here")
      }
      groups.append(Self.name(key))
      if scanner.take(",") { continue }
      guard scanner.take("}") else { throw scanner.error("',' or '}' is expected here") }
      break
    }
    return groups
  }

  /// `.as_count()` and what changes nothing when events are counted; whether it is there.
  private mutating func suffixes() throws(SelectorError) -> Bool {
    var isCount = false
    while scanner.take(".") {
      let start = scanner.position
      let name = word()
      guard ["as_count", "as_rate", "rollup", "fill"].contains(name), scanner.take("(") else {
        throw scanner.error("'.\(name)' is not counted here; \(Self.remedy)", at: start)
      }
      isCount = isCount || name == "as_count" || name == "as_rate"
      while let character = scanner.next, character != ")" {
        guard character.isLetter || character.isNumber || ", ".contains(character) else {
          throw scanner.error("'\(character)' is not understood here")
        }
        scanner.position += 1
      }
      guard scanner.take(")") else { throw scanner.error("a ')' is missing") }
    }
    return isCount
  }
}
