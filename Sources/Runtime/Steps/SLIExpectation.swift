import Base

/// What an SLI says over a window that ends now.
public struct SLIReading: Sendable, Hashable {
  /// How many times faster than allowed the budget is used; `nil` without traffic.
  public var burnRate: Double?
  /// The share of good events; `nil` without traffic.
  public var ratio: Double?
  /// The share of the whole budget that is left.
  public var budgetLeft: Double?

  public init(burnRate: Double?, ratio: Double?, budgetLeft: Double?) {
    self.burnRate = burnRate
    self.ratio = ratio
    self.budgetLeft = budgetLeft
  }
}

/// A block of the kind `sli`: `slo: NAME`, `window: 5m`, `every: 15s`, and any number of `expect: burnRate < 1`.
struct SLIExpectation: Equatable {
  enum Measure: String, CaseIterable { case burnRate, ratio, budgetLeft }
  enum Comparison: String, CaseIterable { case atMost = "<=", atLeast = ">=", below = "<", above = ">" }

  struct Expectation: Equatable {
    var measure: Measure
    var comparison: Comparison
    var bound: Double
    var text: String
  }

  var slo: String
  var window = Interval.minutes(5)
  var every = Interval.seconds(15)
  var expectations: [Expectation] = []

  init(_ text: String, _ variables: StepVariables) throws(StepVariables.Problem) {
    slo = ""
    for field in try FieldLines.fields(of: text, names: ["slo", "window", "every", "expect"]) {
      let value = try variables.fill(field.value) { _, value throws(StepVariables.Problem) in value }
      switch field.name {
      case "slo": slo = value
      case "window": window = try Self.interval(value, in: .minutes(1)...(.days(90)), field)
      case "every": every = try Self.interval(value, in: .seconds(5)...(.hours(1)), field)
      default: expectations.append(try Self.expectation(value, field))
      }
    }
    if slo.isEmpty { throw .init(description: "no SLO is named; write `slo: NAME`") }
    if expectations.isEmpty {
      expectations = [.init(measure: .burnRate, comparison: .below, bound: 1, text: "burnRate < 1")]
    }
  }

  private static func interval(
    _ text: String, in range: ClosedRange<Interval>, _ field: FieldLines.Field
  ) throws(StepVariables.Problem) -> Interval {
    guard let interval = Interval(text: text), range.contains(interval) else {
      throw .init(
        description: "line \(field.line): '\(text)' is no length of time from \(range.lowerBound.text) to "
          + range.upperBound.text)
    }
    return interval
  }

  /// `burnRate < 1`, `ratio >= 99.9%`, `budgetLeft > 0.2`.
  private static func expectation(
    _ text: String, _ field: FieldLines.Field
  ) throws(StepVariables.Problem) -> Expectation {
    for comparison in Comparison.allCases {
      guard let range = text.firstRange(of: comparison.rawValue) else { continue }
      let name = FieldLines.trimmed(text[..<range.lowerBound])
      var number = FieldLines.trimmed(text[range.upperBound...])
      let isPercent = number.hasSuffix("%")
      if isPercent { number = FieldLines.trimmed(number.dropLast()) }
      guard let measure = Measure.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }),
        let value = Double(number), value.isFinite
      else { break }
      return Expectation(measure: measure, comparison: comparison, bound: isPercent ? value / 100 : value, text: text)
    }
    throw .init(
      description:
        "line \(field.line): '\(text)' expects nothing; write burnRate, ratio or budgetLeft, then <, <=, > or "
        + ">=, then a number")
  }

  /// What is not so yet, in words; empty where everything is as expected.
  func unmet(_ reading: SLIReading) -> [String] {
    expectations.compactMap { expectation in
      let value =
        switch expectation.measure {
        case .burnRate: reading.burnRate
        case .ratio: reading.ratio
        case .budgetLeft: reading.budgetLeft
        }
      guard let value else { return "\(expectation.measure.rawValue) is not known: no traffic within \(window.text)" }
      let holds =
        switch expectation.comparison {
        case .atMost: value <= expectation.bound
        case .atLeast: value >= expectation.bound
        case .below: value < expectation.bound
        case .above: value > expectation.bound
        }
      return holds ? nil : "\(expectation.measure.rawValue) is \(Self.text(value)), not \(expectation.text)"
    }
  }

  /// `burnRate < 1, ratio >= 0.99`.
  var words: String { expectations.map(\.text).joined(separator: ", ") }

  static func text(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
  }
}
