/// How lengths of time are spread. They are skewed, so there is no mean here: the median, the 90th percentile, and of
/// how many.
public struct Spread: Sendable, Hashable {
  /// Fewer than so many say nothing about a 90th percentile.
  public static let percentileMinimum = 10

  /// Ascending.
  public let values: [Interval]

  public init(_ values: [Interval]) { self.values = values.sorted() }

  public var count: Int { values.count }

  /// The value in the middle; of an even number the lower of the two, so that it is one that was measured.
  public var median: Interval? { rank(0.5) }

  /// The value that nine of ten do not exceed (nearest rank); `nil` for fewer than ten.
  public var p90: Interval? { count < Self.percentileMinimum ? nil : rank(0.9) }

  private func rank(_ share: Double) -> Interval? {
    guard count > 0 else { return nil }
    return values[max(0, Int((share * Double(count)).rounded(.up)) - 1)]
  }

  /// How many values lie below each bound, and not below the one before; the last is how many lie above all.
  public func histogram(_ bounds: [Interval]) -> [Int] {
    var counts = Array(repeating: 0, count: bounds.count + 1)
    for value in values { counts[bounds.firstIndex { value < $0 } ?? bounds.count] += 1 }
    return counts
  }
}
