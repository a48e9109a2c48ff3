import Base

/// Selectors: which series, by name and labels.
extension QueryScanner {
  static let matcherLimit = 64

  /// A selector whose metric's name, if it has one before the braces, was read already.
  mutating func selector(metric: String?) throws(SelectorError) -> CounterSelector {
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
          let matcher = try matcher(dots: false)
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
    guard matchers.count <= Self.matcherLimit else {
      throw error("more than \(Self.matcherLimit) matchers", at: start)
    }
    return CounterSelector(metric: metric, matchers: matchers)
  }

  /// `{"name.with.dots", …}`: a metric's name that is not an identifier.
  private mutating func quotedMetric() throws(SelectorError) -> String? {
    skipSpace()
    guard isAtQuote else { return nil }
    let place = position
    let text = try string()
    skipSpace()
    guard next == "," || next == "}" else {
      position = place
      return nil
    }
    return text
  }

  /// A condition on a label, or with `dots` on an attribute.
  mutating func matcher(dots: Bool) throws(SelectorError) -> LabelMatcher {
    skipSpace()
    let name: String
    if isAtQuote {
      name = try string()
    } else if let label = identifier(dots: dots) {
      name = label
    } else {
      if next == nil, !dots { throw error("a '}' is missing") }
      throw error("\(dots ? "an attribute's" : "a label's") name is expected here, not \(nextInWords)")
    }
    return try matcher(on: name)
  }

  /// The rest of a condition, after its name.
  mutating func matcher(on name: String) throws(SelectorError) -> LabelMatcher {
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
      throw error("'=', '!=', '=~' or '!~' is expected after '\(name)'")
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
}
