import Ledger

/// Selectors, functions and aggregations.
extension ExpressionParser {
  mutating func primary(depth: Int) throws(SelectorError) -> ExpressionValue {
    scanner.skipSpace()
    let start = scanner.position
    if scanner.take("(") {
      let inner = try expression(depth: depth + 1)
      guard scanner.take(")") else { throw unclosed() }
      return try ranged(inner, at: start)
    }
    if scanner.next == "{" {
      return try ranged(.vector(InstantSelector(selector: try scanner.selector(metric: nil))), at: start)
    }
    if let number = try scanner.number() { return .number(number) }
    guard let name = scanner.identifier(colons: true) else {
      throw scanner.error("a counter's name or '{' is expected here, not \(scanner.nextInWords)")
    }
    let isCall = scanner.lookaheadIsCall
    guard isCall else {
      return try ranged(.vector(InstantSelector(selector: try scanner.selector(metric: name))), at: start)
    }
    return try ranged(try call(name.lowercased(), written: name, at: start, depth: depth), at: start)
  }

  private func unclosed() -> SelectorError {
    let error = trailing()
    return scanner.isAtEnd ? scanner.error("a '(' without its ')'") : error
  }

  private mutating func call(
    _ name: String, written: String, at start: Int, depth: Int
  ) throws(SelectorError) -> ExpressionValue {
    switch name {
    case "sum", "count", "avg":
      let before = try grouping()
      let inner = try argument(depth: depth)
      let labels = before == nil ? try grouping() : before
      return try aggregated(name, inner, by: labels ?? [], at: start)
    case "rate", "increase":
      let inner = try argument(depth: depth)
      return try increments(name, inner, at: start)
    case "sum_over_time", "count_over_time", "avg_over_time":
      let inner = try argument(depth: depth)
      return try overTime(name, inner, at: start)
    case "vector":
      guard case .number(0) = try argument(depth: depth) else {
        throw scanner.error("only vector(0) is understood here; \(Self.remedy)", at: start)
      }
      return .zero
    default:
      let remedy =
        Self.otherAggregations.contains(name)
        ? "only sums of counters are counted; write the bare counter or sum(rate(…[5m])) of it"
        : name.hasPrefix("histogram_") ? "count the bucket of that 'le' against the _count" : "write the bare counter"
      throw scanner.error("'\(written)' is not counted here: \(remedy), or \(Self.remedy)", at: start)
    }
  }

  private static let otherAggregations: Set<String> = [
    "min", "max", "stddev", "stdvar", "topk", "bottomk", "quantile", "group", "count_values", "limitk",
  ]

  private mutating func argument(depth: Int) throws(SelectorError) -> ExpressionValue {
    guard scanner.take("(") else { throw scanner.error("a '(' is expected here") }
    let value = try expression(depth: depth + 1)
    guard scanner.take(")") else { throw unclosed() }
    return value
  }

  /// `by (…)` or `without (…)`; the labels of the first, none for the second, `nil` where neither stands here.
  private mutating func grouping() throws(SelectorError) -> [String]? {
    if scanner.take(keyword: "by") { return try labels() }
    guard scanner.take(keyword: "without") else { return nil }
    _ = try labels()
    return []
  }

  static let labelLimit = 16

  mutating func labels() throws(SelectorError) -> [String] {
    guard scanner.take("(") else { throw scanner.error("a list of labels is expected here, such as (job, code)") }
    var labels: [String] = []
    while !scanner.take(")") {
      scanner.skipSpace()
      let label: String
      if scanner.isAtQuote {
        label = try scanner.string()
      } else if let name = scanner.identifier() {
        label = name
      } else {
        throw scanner.error("a label's name is expected here, not \(scanner.nextInWords)")
      }
      labels = joined(labels, [label])
      guard labels.count <= Self.labelLimit else { throw scanner.error("more than \(Self.labelLimit) labels") }
      if scanner.take(",") { continue }
      guard scanner.take(")") else { throw scanner.error("a ',' or ')' is expected here") }
      break
    }
    return labels
  }

  private func aggregated(
    _ name: String, _ inner: ExpressionValue, by labels: [String], at start: Int
  ) throws(SelectorError) -> ExpressionValue {
    switch (name, inner) {
    case (_, .vector(var instant)) where instant.grouping == .none:
      instant.grouping = name == "sum" ? .sum : name == "count" ? .count : .average
      instant.by = labels
      return .vector(instant)
    case ("sum", .vector(var instant)) where instant.grouping != .average:
      instant.by = labels
      return .vector(instant)
    case ("sum", .count(let count, _)): return .count(count, by: labels)
    case ("avg", .ratio(let part, let total, let isComplement, _)):
      return .ratio(part: part, total: total, isComplement: isComplement, by: labels)
    case (_, .range): return try counted(inner, at: start)
    default:
      throw scanner.error(
        "'\(name)' of \(inner.name) is not counted here: only sums of counters are counted; \(Self.remedy)", at: start)
    }
  }

  private func increments(
    _ name: String, _ inner: ExpressionValue, at start: Int
  ) throws(SelectorError) -> ExpressionValue {
    guard case .range(let instant, let isSubquery) = inner else {
      throw scanner.error(
        "\(name)() needs a range, such as [5m]; its length does not matter here", at: scanner.position - 1)
    }
    guard !isSubquery, instant.test == nil, instant.grouping == .none else {
      throw scanner.error("\(name)() of a subquery is not counted here; write a plain range such as [5m]", at: start)
    }
    return .count(instant.counted(.increase), by: [])
  }

  /// Gauges, of which each sample counts. A subquery's step does not matter: samples count at their own times.
  private func overTime(
    _ name: String, _ inner: ExpressionValue, at start: Int
  ) throws(SelectorError) -> ExpressionValue {
    guard case .range(let instant, _) = inner else {
      throw scanner.error("\(name)() needs a range, such as [5m]", at: scanner.position - 1)
    }
    switch (name, instant.grouping, instant.test) {
    case ("sum_over_time", .none, nil), ("sum_over_time", .sum, nil):
      return .count(instant.counted(.value), by: instant.by)
    case ("sum_over_time", .count, nil), ("count_over_time", .none, nil):
      return .count(instant.counted(.samples), by: instant.by)
    case ("sum_over_time", .count, .some(let test)), ("count_over_time", .none, .some(let test)):
      return .count(test.isBool ? instant.counted(.samples) : instant.passing(test), by: instant.by)
    case ("sum_over_time", .none, .some(let test)) where test.isBool,
      ("sum_over_time", .sum, .some(let test)) where test.isBool:
      return .count(instant.passing(test), by: instant.by)
    case ("avg_over_time", .none, nil), ("avg_over_time", .average, nil):
      return .ratio(
        part: instant.counted(.value), total: instant.counted(.samples), isComplement: false, by: instant.by)
    case ("avg_over_time", .none, .some(let test)) where test.isBool,
      ("avg_over_time", .average, .some(let test)) where test.isBool:
      return .ratio(
        part: instant.passing(test), total: instant.counted(.samples), isComplement: false, by: instant.by)
    default:
      throw scanner.error(
        "'\(name)' of this is not counted here: write it of a gauge, or of count(gauge < 0.5); \(Self.remedy)",
        at: start)
    }
  }

  // MARK: Ranges

  /// A value with the brackets after it, if there are any. Their length is read and ignored.
  private mutating func ranged(_ value: ExpressionValue, at start: Int) throws(SelectorError) -> ExpressionValue {
    scanner.skipSpace()
    guard scanner.next == "[" else { return value }
    let place = scanner.position
    let isSubquery = try range()
    guard case .vector(let instant) = value else {
      throw scanner.error("a range after \(value.name) is not counted here; \(Self.remedy)", at: place)
    }
    guard isSubquery || (instant.grouping == .none && instant.test == nil) else {
      throw scanner.error("a range belongs to a selector; write a subquery such as [5m:] here", at: place)
    }
    return .range(instant, isSubquery: isSubquery)
  }

  /// `[5m]`, `[{{.window}}]`, `[$__range]`, `[1h:]`; whether it is a subquery's.
  private mutating func range() throws(SelectorError) -> Bool {
    let start = scanner.position
    _ = scanner.take("[")
    var text = ""
    while let character = scanner.next, character != "]" {
      guard character.isLetter || character.isNumber || "_$:{}. ".contains(character), text.count < 64 else {
        throw scanner.error("'\(character)' does not belong in a range")
      }
      text.append(character)
      scanner.position += 1
    }
    guard scanner.take("]") else { throw scanner.error("a range such as [5m] without its ']'", at: start) }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
    let isLength = { (part: String) in
      part.first?.isNumber == true || part.hasPrefix("$") || (part.hasPrefix("{{") && part.hasSuffix("}}"))
    }
    guard parts.count <= 2, isLength(parts[0]), parts.count == 1 || parts[1].isEmpty || isLength(parts[1]) else {
      throw scanner.error("a range such as [5m] is expected here", at: start)
    }
    return parts.count == 2
  }

  // MARK: What stands where nothing more is expected

  func trailing() -> SelectorError {
    let rest = scanner.characters[min(scanner.position, scanner.characters.count)...]
    guard let first = rest.first else { return scanner.error("a ')' is missing") }
    let word = String(rest.prefix { $0.isLetter || $0 == "_" })
    switch word.lowercased() {
    case "offset": return scanner.error("'offset' is not counted here: samples count at their own time; leave it out")
    case "by", "without": return scanner.error("'\(word)' belongs to sum(…)")
    default: break
    }
    if first == "@" { return scanner.error("'@' is not counted here; leave it out") }
    if first == ")" { return scanner.error("a ')' without its '('") }
    return scanner.error("'\(word.isEmpty ? String(first) : word)' is not expected here; the query ends before it")
  }
}

extension QueryScanner {
  /// Whether a name that was read is a function's or an aggregation's.
  fileprivate var lookaheadIsCall: Bool {
    var copy = self
    copy.skipSpace()
    if copy.next == "(" { return true }
    guard let word = copy.identifier()?.lowercased(), word == "by" || word == "without" else { return false }
    copy.skipSpace()
    return copy.next == "("
  }
}
