extension CounterSelector: CustomStringConvertible {
  /// The selector as PromQL.
  public var description: String {
    let conditions = matchers.map(\.description).joined(separator: ",")
    return (metric ?? "") + (matchers.isEmpty ? "" : "{\(conditions)}")
  }
}

extension LabelMatcher: CustomStringConvertible {
  public var description: String {
    switch test {
    case .equal(let value): "\(name)=\"\(value)\""
    case .notEqual(let value): "\(name)!=\"\(value)\""
    case .matching(let pattern): "\(name)=~\"\(pattern.text)\""
    case .notMatching(let pattern): "\(name)!~\"\(pattern.text)\""
    }
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
