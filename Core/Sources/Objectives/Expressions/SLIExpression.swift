import Ledger

/// What a query counts: a number of events, or a ratio of two.
public enum SLIExpression: Hashable, Sendable {
  /// `by` are the labels that the query groups by: all groups count together, and the labels tell later what failed.
  case count(CountExpression, by: [String])
  /// `side` says whether `part` counts good or bad events.
  case ratio(part: CountExpression, total: CountExpression, side: SLISide, by: [String])
}

extension SLISide {
  /// Bad for good, good for bad.
  var opposite: SLISide { self == .good ? .bad : .good }
}

extension CountExpression {
  static let termLimit = 64

  /// Each term multiplied by a number.
  func scaled(by factor: Double) -> CountExpression {
    CountExpression(
      terms.map { CountTerm($0.selector, weight: $0.weight * factor, reading: $0.reading) }
    ).simplified
  }

  static func + (lhs: CountExpression, rhs: CountExpression) -> CountExpression {
    CountExpression(lhs.terms + rhs.terms).simplified
  }

  /// Terms that count the same are joined, those that cancel out are left out; in the order of their first mention.
  var simplified: CountExpression {
    var joined: [CountTerm] = []
    for term in terms {
      if let index = joined.firstIndex(where: { $0.selector == term.selector && $0.reading == term.reading }) {
        joined[index].weight += term.weight
      } else {
        joined.append(term)
      }
    }
    return CountExpression(joined.filter { $0.weight != 0 })
  }

  /// The two sides of an SLI as they are best counted: `total - rest` of `total` is the rest on the other side, so that
  /// nothing has to be taken away from a count that arrives at another time.
  static func sides(
    _ part: CountExpression, of total: CountExpression, side: SLISide
  ) -> (part: CountExpression, side: SLISide) {
    let rest = total + part.scaled(by: -1)
    let isDifference = part.terms.contains { $0.weight < 0 }
    guard isDifference, !rest.terms.isEmpty, rest.terms.allSatisfy({ $0.weight > 0 }) else { return (part, side) }
    return (rest, side.opposite)
  }
}
