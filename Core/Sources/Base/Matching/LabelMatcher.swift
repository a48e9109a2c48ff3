/// One condition on a label. An absent label has the empty value, as in PromQL.
public struct LabelMatcher: Hashable, Sendable {
  public enum Test: Hashable, Sendable {
    case equal(String)
    case notEqual(String)
    case matching(Pattern)
    case notMatching(Pattern)
  }

  public var name: String
  public var test: Test

  public init(_ name: String, _ test: Test) {
    self.name = name
    self.test = test
  }

  public func matches(_ value: String) -> Bool {
    switch test {
    case .equal(let wanted): equal(value, wanted)
    case .notEqual(let wanted): !equal(value, wanted)
    case .matching(let pattern): pattern.matches(value)
    case .notMatching(let pattern): !pattern.matches(value)
    }
  }

  /// `le` and `quantile` are numbers: OpenMetrics and Prometheus 3 write `1.0` where older ones write `1`.
  private func equal(_ value: String, _ wanted: String) -> Bool {
    if value == wanted { return true }
    guard name == "le" || name == "quantile", let value = Double(value), let wanted = Double(wanted) else {
      return false
    }
    return value == wanted
  }

  /// Whether the empty value passes, so that the matcher alone selects everything.
  public var matchesEmpty: Bool { matches("") }
}

extension LabelMatcher: CustomStringConvertible {
  /// `name="value"`, as PromQL and Alertmanager write it.
  public var description: String {
    switch test {
    case .equal(let value): "\(name)=\(JSON.string(value).text)"
    case .notEqual(let value): "\(name)!=\(JSON.string(value).text)"
    case .matching(let pattern): "\(name)=~\(JSON.string(pattern.text).text)"
    case .notMatching(let pattern): "\(name)!~\(JSON.string(pattern.text).text)"
    }
  }
}

/// `{"name": …, "operation": "=~", "value": …}`
extension LabelMatcher: Codable {
  public enum Operation: String, Sendable, Codable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case notMatches = "!~"
  }

  /// - Throws: `PatternError` where the value is to be a pattern and is none.
  public init(_ name: String, _ operation: Operation, _ value: String) throws(PatternError) {
    self.name = name
    test =
      switch operation {
      case .equal: .equal(value)
      case .notEqual: .notEqual(value)
      case .matches: .matching(try Pattern(value))
      case .notMatches: .notMatching(try Pattern(value))
      }
  }

  public var operation: Operation {
    switch test {
    case .equal: .equal
    case .notEqual: .notEqual
    case .matching: .matches
    case .notMatching: .notMatches
    }
  }

  /// The text that the label is compared with.
  public var value: String {
    switch test {
    case .equal(let value), .notEqual(let value): value
    case .matching(let pattern), .notMatching(let pattern): pattern.text
    }
  }

  private enum CodingKeys: String, CodingKey { case name, operation, value }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      values.decode(String.self, forKey: .name), values.decode(Operation.self, forKey: .operation),
      values.decode(String.self, forKey: .value))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(operation, forKey: .operation)
    try values.encode(value, forKey: .value)
  }
}
