import Ledger

/// Reads the part of PromQL that can be counted sample by sample: linear combinations of counters, and ratios of two
/// such. The query's own windows do not matter: windows are the ledger's.
///
///     expression  = comparison { "or" [on/ignoring] "vector(0)" }
///     comparison  = sum [ ("<"|"<="|">"|">="|"=="|"!=") ["bool"] number ]
///     sum         = product { ("+"|"-") product }
///     product     = unary { ("*"|"/") [on/ignoring] unary }
///     unary       = ["+"|"-"] primary
///     primary     = number | "(" expression ")" | function | aggregation | selector, each with an optional [range]
public struct ExpressionParser {
  /// What a selector stands for that is inside no function.
  public enum Bare: Hashable, Sendable {
    /// A counter, of which the increments count.
    case increments
    /// A gauge, of which each sample is a number of events.
    case numbers
    /// A gauge, of which each sample is a share, 0…1.
    case shares
  }

  static let depthLimit = 32
  static let remedy = "name a dataSource of type Prometheus to have it queried"

  var scanner: QueryScanner
  let bare: Bare

  /// - Parameters:
  ///   - states: What a ratio is the share of: `.good` where 1 is perfect, `.bad` where 0 is.
  /// - Throws: with the column of what is not understood, and what to write instead.
  public static func parse(
    _ query: String, bare: Bare = .increments, states: SLISide = .good
  ) throws(SelectorError) -> SLIExpression {
    var parser = ExpressionParser(scanner: try QueryScanner(query), bare: bare)
    let value = try parser.whole()
    return try parser.expression(value, states: states)
  }

  /// A number of events: the good, bad or total ones of an SLI.
  public static func count(
    _ query: String, bare: Bare = .increments
  ) throws(SelectorError) -> (count: CountExpression, by: [String]) {
    switch try parse(query, bare: bare) {
    case .count(let count, let by): return (count, by)
    case .ratio:
      throw SelectorError(
        column: 1, message: "this is a ratio; write its counters as good or bad and total, or the whole as raw")
    }
  }

  /// The gauge of a threshold metric, of which each sample is judged.
  public static func gauge(_ query: String) throws(SelectorError) -> CounterSelector {
    var parser = ExpressionParser(scanner: try QueryScanner(query), bare: .numbers)
    let value = try parser.whole()
    guard case .vector(let instant) = value, instant.test == nil, instant.grouping == .none else {
      throw SelectorError(
        column: 1,
        message: "\(value.name) cannot be compared sample by sample; write the selector of a gauge, or \(remedy)")
    }
    return instant.selector
  }

  private mutating func whole() throws(SelectorError) -> ExpressionValue {
    scanner.skipSpace()
    guard !scanner.isAtEnd else {
      throw scanner.error("the query is empty; write a counter such as requests_total{code=\"200\"}")
    }
    let value = try expression(depth: 0)
    scanner.skipSpace()
    guard scanner.isAtEnd else { throw trailing() }
    return value
  }

  private func expression(_ value: ExpressionValue, states: SLISide) throws(SelectorError) -> SLIExpression {
    switch try counted(value, at: 0) {
    case .count(let count, let by):
      guard count.terms.count <= CountExpression.termLimit else {
        throw SelectorError(column: 1, message: "more than \(CountExpression.termLimit) counters")
      }
      guard count.terms.contains(where: { $0.weight > 0 }) else {
        throw SelectorError(column: 1, message: "the count is never above 0")
      }
      return .count(count, by: by)
    case .ratio(let part, let total, let isComplement, let by):
      guard part.terms.count + total.terms.count <= CountExpression.termLimit else {
        throw SelectorError(column: 1, message: "more than \(CountExpression.termLimit) counters")
      }
      if part.terms.allSatisfy({ $0.weight == 100 }), total.terms.allSatisfy({ $0.weight == 1 }) {
        throw SelectorError(column: 1, message: "the ratio is in percent; write a share from 0 to 1 without the 100")
      }
      let side = isComplement ? states.opposite : states
      let sides = CountExpression.sides(part, of: total, side: side)
      return .ratio(part: sides.part, total: total, side: sides.side, by: by)
    case let other:
      throw SelectorError(column: 1, message: "\(other.name) alone counts nothing; write a counter")
    }
  }

  // MARK: Operators, the loosest first

  mutating func expression(depth: Int) throws(SelectorError) -> ExpressionValue {
    guard depth <= Self.depthLimit else {
      throw scanner.error("more than \(Self.depthLimit) parentheses and functions inside each other")
    }
    let value = try comparison(depth: depth)
    while let word = scanner.lookahead()?.lowercased(), ["or", "and", "unless"].contains(word) {
      scanner.skipSpace()
      let start = scanner.position
      _ = scanner.identifier()
      guard word == "or" else {
        throw scanner.error("'\(word)' is not counted here; leave it out, or \(Self.remedy)", at: start)
      }
      try matching()
      guard case .zero = try comparison(depth: depth) else {
        throw scanner.error(
          "only 'or vector(0)' is counted here: absent series count as zero anyway; leave it out, or \(Self.remedy)",
          at: start)
      }
    }
    return value
  }

  private mutating func comparison(depth: Int) throws(SelectorError) -> ExpressionValue {
    let left = try sum(depth: depth)
    scanner.skipSpace()
    let start = scanner.position
    guard let operation = try comparisonOperator() else { return left }
    let isBool = scanner.take(keyword: "bool")
    let right = try sum(depth: depth)
    guard case .number(let threshold) = right else {
      throw scanner.error("only comparisons with a number are counted here; \(Self.remedy)", at: start)
    }
    switch (left, operation) {
    case (.vector(var instant), _) where instant.test == nil && instant.grouping == .none:
      instant.test = SampleTest(operation: operation, threshold: threshold, isBool: isBool)
      return .vector(instant)
    case (_, .holds(.greater)) where threshold == 0 && !isBool,
      (_, .holds(.greaterOrEqual)) where threshold == 0 && !isBool:
      // `total > 0` guards a division; a window without events has no ratio here either.
      return left
    default:
      throw scanner.error("\(left.name) cannot be compared here; \(Self.remedy)", at: start)
    }
  }

  private mutating func comparisonOperator() throws(SelectorError) -> SampleTest.Operation? {
    let table: [(String, SampleTest.Operation)] = [
      ("<=", .holds(.lessOrEqual)), (">=", .holds(.greaterOrEqual)), ("==", .equal), ("!=", .notEqual),
      ("<", .holds(.less)), (">", .holds(.greater)),
    ]
    for (text, operation) in table where scanner.next == text.first {
      if text.count == 1 || scanner.second == text.last {
        scanner.position += text.count
        return operation
      }
    }
    return nil
  }

  private mutating func sum(depth: Int) throws(SelectorError) -> ExpressionValue {
    var left = try product(depth: depth)
    while true {
      scanner.skipSpace()
      guard let sign = scanner.next, sign == "+" || sign == "-" else { return left }
      let start = scanner.position
      scanner.position += 1
      try matching()
      left = try added(left, try product(depth: depth), negative: sign == "-", at: start)
    }
  }

  private mutating func product(depth: Int) throws(SelectorError) -> ExpressionValue {
    var left = try unary(depth: depth)
    while true {
      scanner.skipSpace()
      guard let sign = scanner.next, "*/%^".contains(sign) else { return left }
      let start = scanner.position
      scanner.position += 1
      guard sign == "*" || sign == "/" else {
        throw scanner.error("'\(sign)' is not counted here; \(Self.remedy)", at: start)
      }
      try matching()
      let right = try unary(depth: depth)
      left = sign == "*" ? try multiplied(left, right, at: start) : try divided(left, right, at: start)
    }
  }

  /// `on (…)` and `ignoring (…)`: everything is summed before it is divided, so how series pair does not matter.
  private mutating func matching() throws(SelectorError) {
    guard let word = scanner.lookahead()?.lowercased(), word == "on" || word == "ignoring" else { return }
    _ = scanner.identifier()
    _ = try labels()
    if let word = scanner.lookahead()?.lowercased(), word == "group_left" || word == "group_right" {
      scanner.skipSpace()
      throw scanner.error("'\(word)' is not counted here; leave it out, or \(Self.remedy)")
    }
  }

  private mutating func unary(depth: Int) throws(SelectorError) -> ExpressionValue {
    scanner.skipSpace()
    let start = scanner.position
    if scanner.take("+") { return try unary(depth: depth + 1) }
    guard scanner.take("-") else { return try primary(depth: depth) }
    guard depth <= Self.depthLimit else { throw scanner.error("too many signs") }
    return try multiplied(.number(-1), try unary(depth: depth + 1), at: start)
  }
}
