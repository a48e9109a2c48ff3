import Base

extension CounterSelector: CustomStringConvertible {
  /// The selector as PromQL.
  public var description: String {
    let conditions = matchers.map(\.description).joined(separator: ",")
    return (metric ?? "") + (matchers.isEmpty ? "" : "{\(conditions)}")
  }
}

extension CountExpression: CustomStringConvertible {
  /// The expression as PromQL without its functions.
  public var description: String {
    terms.enumerated().map { index, term in
      let sign = term.weight < 0 ? (index == 0 ? "-" : " - ") : (index == 0 ? "" : " + ")
      let factor = term.weight.magnitude == 1 ? "" : "\(term.weight.magnitude) * "
      return sign + factor + term.selector.description
    }.joined()
  }
}
