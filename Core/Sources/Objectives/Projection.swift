import Base
import Ledger

/// When the budget runs out if it goes on as in the last days.
///
/// The last three days are cut into blocks of four hours. The use of budget in a block is its bad events over the
/// mean traffic of a block; blocks are long enough to be taken as nearly independent (the method of batch means: A. M.
/// Law, Simulation Modeling and Analysis, chapter 9). From n blocks with mean m and standard deviation s, the mean of
/// the next k blocks lies in m ± t·s·√(1/n + 1/k) in 80 of 100 cases, with t the 0.9 quantile of Student's distribution
/// with n − 1 degrees of freedom (Meeker, Hahn, Escobar, Statistical Intervals, chapter 4). The budget is moved ahead
/// at m and at the two bounds, which narrow with k.
public struct BudgetForecast: Hashable, Sendable {
  /// At the mean burn rate; `nil` when the budget then lasts for the rest of its window, or too little was seen to say.
  public var expected: Instant?
  /// The ends of the 80% interval; `nil` when the budget lasts at that bound, or too little was seen to say.
  public var earliest: Instant?
  public var latest: Instant?
  /// If the burn of the last hour goes on; `nil` when the budget then lasts.
  public var atRecentBurn: Instant?
  /// The mean burn rate of the blocks.
  public var burn: Double
  /// The blocks that were seen.
  public var blocks: Int

  /// Fewer blocks than a day has say nothing about how the burn varies: there is no trend then.
  public var isTooShort: Bool { blocks < Self.blocksMin }

  static let block = Interval.hours(4)
  static let blocksMax: Int64 = 18
  static let blocksMin = 6
}

extension BurnReader {
  /// When the budget runs out. `nil` when it lasts in every case.
  func projection(left: Double) -> BudgetForecast? {
    let recent = burn(min(.hours(1), objective.period)) ?? 0
    let horizon = calendar.map { $0.upperBound - at } ?? objective.period
    guard horizon > .zero, left > 0, !surelyLasts(horizon, recent: recent, left: left) else { return nil }
    let use = blockUse()
    let mean = use.isEmpty ? 0 : use.reduce(0, +) / Double(use.count)
    var forecast = BudgetForecast(burn: mean, blocks: use.count)
    let spread = forecast.isTooShort ? 0 : Self.spread(use, mean: mean)
    func bound(_ side: Double) -> (Interval) -> Double {
      { ahead in max(0, mean + side * spread * (1 / Double(use.count) + BudgetForecast.block / ahead).squareRoot()) }
    }
    // The rest of the window at this rate cannot use up what is left, whatever falls out of the window meanwhile.
    let most = max(recent, forecast.isTooShort ? 0 : bound(1)(horizon))
    guard most * (horizon / budgetLength) > left else { return forecast.isTooShort && recent > 0 ? forecast : nil }
    let path = ahead(horizon)
    forecast.atRecentBurn = runsOut(along: path) { _ in recent }
    guard !forecast.isTooShort else { return forecast }
    forecast.expected = runsOut(along: path) { _ in mean }
    forecast.earliest = runsOut(along: path, burn: bound(1))
    forecast.latest = runsOut(along: path, burn: bound(-1))
    return forecast
  }

  /// Whether no spread of the failures over the blocks could make the budget run out: n values of one mean deviate from
  /// it by √n times the mean at most. Nearly all objectives end here, after two reads.
  private func surelyLasts(_ horizon: Interval, recent: Double, left: Double) -> Bool {
    guard excluded.isEmpty, parts.count == 1, let part = parts.first else { return false }
    let whole = count(part, BudgetForecast.block * BudgetForecast.blocksMax)
    guard whole.covered == 1, whole.total > 0 else { return false }
    let mean = whole.bad / whole.total / part.budget
    let n = Double(BudgetForecast.blocksMax)
    let width = studentQuantile90(degrees: Int(n) - 1) * (1 + n * (BudgetForecast.block / horizon)).squareRoot()
    return max(recent, mean * (1 + width)) * (horizon / budgetLength) <= left
  }

  /// The burn of each block of the last days, the newest first: its bad events over the mean traffic of a block. Blocks
  /// of which less than half was seen are left out.
  private func blockUse() -> [Double] {
    var seen: [[WindowCount]] = []
    for index in 0..<BudgetForecast.blocksMax {
      let to = at - BudgetForecast.block * index
      let counts = parts.map { part -> WindowCount in
        let from = to - BudgetForecast.block
        let out = excluded.filter { $0.lowerBound < to && $0.upperBound > from }
        return ledger.window(part.slot, BudgetForecast.block, at: to, excluding: out)
      }
      guard counts.contains(where: { $0.covered >= 0.5 }) else { break }
      seen.append(counts)
    }
    let means = parts.indices.map { part in
      seen.reduce(0) { $0 + $1[part].total } / Double(max(1, seen.count))
    }
    return seen.map { counts in
      var (sum, weights) = (0.0, 0.0)
      for (index, part) in parts.enumerated() where means[index] > 0 {
        sum += part.weight * counts[index].bad / means[index] / part.budget
        weights += part.weight
      }
      return weights > 0 ? sum / weights : 0
    }
  }

  /// t·s: half the width of the interval but for its root.
  private static func spread(_ use: [Double], mean: Double) -> Double {
    let squares = use.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return studentQuantile90(degrees: use.count - 1) * (squares / Double(use.count - 1)).squareRoot()
  }

  /// One step ahead: how much of today's failures is still in the budget's window, and which share of its traffic is
  /// new.
  private struct Step {
    var ahead: Interval
    /// The share of the budget that failures up to now then use.
    var used: Double
    /// What a burn rate of 1 from now on then adds.
    var share: Double
  }

  /// Old failures fall out of a rolling window while it moves ahead; a calendar's period keeps them to its end.
  private func ahead(_ horizon: Interval) -> [Step] {
    let steps: Int64 = 240
    let lengths = (0...steps).map { horizon * $0 / steps }
    if calendar != nil {
      let used = 1 - left
      return lengths.map { Step(ahead: $0, used: used, share: $0 / budgetLength) }
    }
    let rates = parts.map(rates)
    return lengths.map { ahead in
      var step = Step(ahead: ahead, used: 0, share: 0)
      var weights = 0.0
      for (part, rate) in zip(parts, rates) {
        let known = objective.period - ahead
        let kept = known > .zero ? count(part, known) : WindowCount(good: 0, total: 0, covered: 1)
        let new = rate.recent * ahead.seconds
        let total = kept.total + rate.unseen * known.seconds * (1 - kept.covered) + new
        guard total > 0 else { continue }
        step.used += part.weight * kept.bad / total / part.budget
        step.share += part.weight * new / total
        weights += part.weight
      }
      if weights > 0 { (step.used, step.share) = (step.used / weights, step.share / weights) }
      return step
    }
  }

  /// Events a second: over the whole period, which time before the first sample is taken to have had too, and over the
  /// last day, which goes on.
  private func rates(_ part: Part) -> (unseen: Double, recent: Double) {
    func rate(_ length: Interval) -> Double {
      let count = count(part, length)
      return count.covered > 0 ? count.total / (length.seconds * count.covered) : 0
    }
    let (whole, day) = (rate(objective.period), rate(min(.days(1), objective.period)))
    return (whole, day > 0 ? day : whole)
  }

  private func runsOut(along path: [Step], burn: (Interval) -> Double) -> Instant? {
    var before = 1 - path[0].used
    for (previous, step) in zip(path, path.dropFirst()) {
      let left = 1 - step.used - burn(step.ahead) * step.share
      if left <= 0 {
        // Between two steps the budget is close to a straight line.
        let share = before > left ? min(max(before / (before - left), 0), 1) : 1
        let length = Double((step.ahead - previous.ahead).nanoseconds) * share
        return at + previous.ahead + Interval(nanoseconds: Int64(length))
      }
      before = left
    }
    return nil
  }
}

/// The 0.9 quantile of Student's t distribution, by the expansion of Cornish and Fisher (Abramowitz and Stegun,
/// 26.7.5): within 0.003 from 5 degrees of freedom on.
func studentQuantile90(degrees: Int) -> Double {
  let (x, n) = (1.281_551_565_544_6, Double(max(1, degrees)))
  let (x3, x5, x7) = (x * x * x, x * x * x * x * x, x * x * x * x * x * x * x)
  let first = (x3 + x) / 4
  let second = (5 * x5 + 16 * x3 + 3 * x) / 96
  let third = (3 * x7 + 19 * x5 + 17 * x3 - 15 * x) / 384
  return x + first / n + second / (n * n) + third / (n * n * n)
}
