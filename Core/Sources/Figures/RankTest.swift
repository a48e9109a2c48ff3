import Base

/// The Mann–Whitney U test, two-sided: whether one of two samples tends to lie above the other.
///
/// It compares ranks, so that a few very long values cannot decide it. Tied values share their middle rank; the normal
/// approximation has the correction for ties and that for continuity (Mann and Whitney 1947; Lehmann, *Nonparametrics*,
/// 1975, section 1.4), and is right from about 20 values a side on.
public struct RankTest: Sendable, Hashable {
  /// How many pairs have the value of the first sample above that of the second; a tie counts half.
  public let u: Double
  /// How many standard deviations that is away from what chance gives; above zero where the first sample lies higher.
  public let z: Double
  /// How likely chance alone makes a difference at least as great.
  public let p: Double

  /// - Returns: `nil` when a sample is empty or all values are the same: then there is nothing to rank.
  public init?(_ first: [Interval], _ second: [Interval]) {
    let (m, n) = (Double(first.count), Double(second.count))
    guard m > 0, n > 0 else { return nil }
    let all = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
    var (rankSum, ties) = (0.0, 0.0)
    var start = 0
    while start < all.count {
      var end = start
      while end < all.count, all[end].0 == all[start].0 { end += 1 }
      let alike = Double(end - start)
      let rank = Double(start + 1 + end) / 2
      rankSum += rank * Double(all[start..<end].count { $0.1 })
      ties += alike * alike * alike - alike
      start = end
    }
    let total = m + n
    let variance = m * n / 12 * (total + 1 - ties / (total * (total - 1)))
    guard total > 1, variance > 0 else { return nil }
    u = rankSum - m * (m + 1) / 2
    let away = u - m * n / 2
    let distance = max(0, abs(away) - 0.5) / variance.squareRoot()
    z = away < 0 ? -distance : distance
    p = min(1, 2 * Normal.upperTail(distance))
  }

  /// Raises the p values of several comparisons so that all together err no more often than one would (Holm 1979).
  public static func holm(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var adjusted = values
    var least = 0.0
    for (place, index) in order.enumerated() {
      least = max(least, min(1, values[index] * Double(values.count - place)))
      adjusted[index] = least
    }
    return adjusted
  }
}

/// The standard normal distribution, to about 13 digits.
enum Normal {
  /// How likely a value above `z` is, for `z` of zero or more.
  static func upperTail(_ z: Double) -> Double {
    guard z < 38 else { return 0 }
    let density = exponential(-z * z / 2) * 0.398_942_280_401_432_7
    if z < 3 {
      // The series of Abramowitz and Stegun 26.2.11.
      var (term, sum, index) = (z, z, 1.0)
      while term > sum * 1e-17, index < 400 {
        index += 2
        term *= z * z / index
        sum += term
      }
      return 0.5 - density * sum
    }
    // The continued fraction 26.2.14, from its far end.
    var tail = z
    for index in stride(from: 120.0, to: 0, by: -1) { tail = z + index / tail }
    return density / tail
  }

  /// e to the power of `x`; Core has no C library to ask.
  static func exponential(_ x: Double) -> Double {
    guard x > -708, x < 708 else { return x < 0 ? 0 : .infinity }
    let twos = (x * 1.442_695_040_888_963_4).rounded()
    let rest = x - twos * 0.693_147_180_369_123_8 - twos * 1.908_214_929_270_587_7e-10
    var (term, sum) = (1.0, 1.0)
    for index in 1...18 {
      term *= rest / Double(index)
      sum += term
    }
    return sum * Double(sign: .plus, exponent: Int(twos), significand: 1)
  }
}
