import Ledger

/// What sums and products of counts are: counts again, or ratios.
extension ExpressionParser {
  /// A selector inside no function as what it stands for; other values as they are.
  func counted(_ value: ExpressionValue, at place: Int) throws(SelectorError) -> ExpressionValue {
    guard case .vector(let instant) = value else {
      if case .range = value {
        throw scanner.error(
          "a range needs rate(…), increase(…) or sum_over_time(…) around it, or leave the range out", at: place)
      }
      return value
    }
    switch (instant.grouping, instant.test) {
    case (.count, nil): return .count(instant.counted(.samples), by: instant.by)
    case (.count, .some(let test)):
      return .count(test.isBool ? instant.counted(.samples) : instant.passing(test), by: instant.by)
    case (_, .some(let test)):
      guard test.isBool else {
        throw scanner.error(
          "a comparison leaves values that are no counts; write count(…) around it, or 'bool' after it", at: place)
      }
      if instant.grouping == .average || (bare == .shares && instant.grouping == .none) {
        return .ratio(
          part: instant.passing(test), total: instant.counted(.samples), isComplement: false, by: instant.by)
      }
      return .count(instant.passing(test), by: instant.by)
    case (.average, nil):
      guard bare == .shares else {
        throw scanner.error(
          "'avg' is not counted here: only sums of counters are; write the bare counter or sum(rate(…[5m])) of it",
          at: place)
      }
      return share(instant)
    case (.sum, nil), (.none, nil):
      switch bare {
      case .increments: return .count(instant.counted(.increase), by: instant.by)
      case .numbers: return .count(instant.counted(.value), by: instant.by)
      case .shares: return share(instant)
      }
    }
  }

  private func share(_ instant: InstantSelector) -> ExpressionValue {
    .ratio(part: instant.counted(.share), total: instant.counted(.samples), isComplement: false, by: instant.by)
  }

  /// A side of an addition or division. Two gauges that are divided are numbers of events each.
  private func operand(_ value: ExpressionValue, at place: Int) throws(SelectorError) -> ExpressionValue {
    if bare == .shares, case .vector(let instant) = value, instant.test == nil,
      instant.grouping == .none || instant.grouping == .sum
    {
      return .count(instant.counted(instant.looksLikeCounter ? .increase : .value), by: instant.by)
    }
    return try counted(value, at: place)
  }

  func added(
    _ left: ExpressionValue, _ right: ExpressionValue, negative: Bool, at place: Int
  ) throws(SelectorError) -> ExpressionValue {
    let sign = negative ? -1.0 : 1
    switch (left, right) {
    case (.number(let a), .number(let b)): return .number(a + sign * b)
    case (.zero, _), (_, .zero):
      throw scanner.error("vector(0) counts nothing; leave it out", at: place)
    case (.number(1), let right) where negative:
      guard case .ratio(let part, let total, let isComplement, let by) = try counted(right, at: place) else { break }
      return .ratio(part: part, total: total, isComplement: !isComplement, by: by)
    case (.number, _), (_, .number): break
    default:
      guard case .count(let a, let by) = try operand(left, at: place),
        case .count(let b, let more) = try operand(right, at: place)
      else { break }
      return .count(a + b.scaled(by: sign), by: joined(by, more))
    }
    throw scanner.error(
      "\(left.name) \(negative ? "minus" : "plus") \(right.name) is no count; "
        + "add counts to counts, and take a ratio from 1; or \(Self.remedy)", at: place)
  }

  func multiplied(
    _ left: ExpressionValue, _ right: ExpressionValue, at place: Int
  ) throws(SelectorError) -> ExpressionValue {
    switch (left, right) {
    case (.number(let a), .number(let b)): return .number(try finite(a * b, at: place))
    case (.number(let factor), let value), (let value, .number(let factor)):
      if case .count(let count, let by) = try operand(value, at: place) {
        return .count(try scaled(count, factor, at: place), by: by)
      }
    default: break
    }
    throw scanner.error(
      "\(left.name) times \(right.name) is no count; multiply counts by numbers, or \(Self.remedy)", at: place)
  }

  func divided(
    _ left: ExpressionValue, _ right: ExpressionValue, at place: Int
  ) throws(SelectorError) -> ExpressionValue {
    if case .number(let divisor) = right {
      guard divisor != 0 else { throw scanner.error("a division by 0", at: place) }
      if case .number(let number) = left { return .number(try finite(number / divisor, at: place)) }
      if case .count(let count, let by) = try operand(left, at: place) {
        return .count(try scaled(count, 1 / divisor, at: place), by: by)
      }
    } else if case .count(let part, let by) = try operand(left, at: place),
      case .count(let total, let more) = try operand(right, at: place)
    {
      return .ratio(part: part, total: total, isComplement: false, by: joined(by, more))
    }
    throw scanner.error(
      "\(left.name) divided by \(right.name) is no ratio of counts; write one count over another, or \(Self.remedy)",
      at: place)
  }

  private func scaled(
    _ count: CountExpression, _ factor: Double, at place: Int
  ) throws(SelectorError) -> CountExpression {
    let scaled = count.scaled(by: factor)
    for term in scaled.terms { _ = try finite(term.weight, at: place) }
    return scaled
  }

  private func finite(_ value: Double, at place: Int) throws(SelectorError) -> Double {
    guard value.isFinite else { throw scanner.error("the number is too large", at: place) }
    return value
  }

  func joined(_ labels: [String], _ more: [String]) -> [String] {
    labels + more.filter { !labels.contains($0) }
  }
}
