import Base
import Ledger

/// Burn rates of one SLO at one time, and what follows from them.
struct BurnReader {
  let objective: Objective
  let ledger: Ledger
  let slot: SLISlot
  let at: Instant

  func count(_ window: Interval) -> WindowCount { ledger.window(slot, window, at: at) }

  /// How many times faster than allowed the budget is used over a window that ends now; `nil` without traffic.
  func burn(_ window: Interval) -> Double? {
    let count = count(window)
    return count.total > 0 ? count.badShare / objective.budget : nil
  }

  /// When one of the rule's windows falls below its factor if nothing more fails and traffic goes on at the rate of the
  /// short window.
  func clears(_ rule: BurnRule) -> Instant? {
    let recent = count(rule.short)
    let rate = recent.total / max(1e-9, rule.short.seconds * max(recent.covered, 1e-9))
    let candidates = [rule.long, rule.short].compactMap { clears(window: $0, below: rule.factor, rate: rate) }
    return candidates.min()
  }

  private func clears(window: Interval, below factor: Double, rate: Double) -> Instant? {
    let steps: Int64 = 360
    let step = max(window / steps, .seconds(10))
    var ahead = Interval.zero
    while ahead <= window {
      // Of the window that ends then, the part up to now is counted already; the rest is assumed to be good.
      let known = window - ahead
      let count = known > .zero ? count(known) : WindowCount(good: 0, total: 0, covered: 1)
      let observed = count.covered > 0 ? count.total / count.covered : 0
      let total = observed + rate * ahead.seconds
      let burn = total > 0 ? count.bad / total / objective.budget : 0
      if burn < factor { return at + ahead }
      ahead = ahead + step
    }
    return at + window
  }

  // MARK: Projection

  /// When the budget runs out at the burn rates of the last hour, 6 hours and day. `nil` when it lasts in every case.
  func projection(left: Double) -> BudgetForecast? {
    let burns = [Interval.hours(1), .hours(6), .days(1)].map { burn(min($0, objective.period)) ?? 0 }.sorted()
    // A period at this rate cannot use up what is left, whatever falls out of the window meanwhile.
    guard let high = burns.last, high > left else { return nil }
    let day = count(min(.days(1), objective.period))
    let seconds = min(.days(1), objective.period).seconds * day.covered
    guard seconds > 0 else { return nil }
    let rate = day.total / seconds
    guard let earliest = runsOut(burn: high, rate: rate) else { return nil }
    return BudgetForecast(
      earliest: earliest, expected: runsOut(burn: burns[1], rate: rate), latest: runsOut(burn: burns[0], rate: rate))
  }

  /// Moves the rolling window ahead over the period: old failures fall out of it while new ones come in at `burn`.
  private func runsOut(burn: Double, rate: Double) -> Instant? {
    let period = objective.period
    let steps: Int64 = 240
    let whole = count(period)
    let observedSeconds = period.seconds * whole.covered
    guard observedSeconds > 0 else { return nil }
    let unseen = whole.total / observedSeconds
    var before = 0.0
    for step in 1...steps {
      let ahead = period * step / steps
      let known = period - ahead
      let count = known > .zero ? count(known) : WindowCount(good: 0, total: 0, covered: 1)
      let missing = known.seconds * (1 - count.covered)
      let total = count.total + unseen * missing + rate * ahead.seconds
      let bad = count.bad + burn * objective.budget * rate * ahead.seconds
      let left = total > 0 ? 1 - bad / total / objective.budget : 1
      if left <= 0 {
        // Between two steps the budget is close to a straight line.
        let previous = step == 1 ? 1 - whole.badShare / objective.budget : before
        let share = previous > left ? previous / (previous - left) : 1
        let start = period * (step - 1) / steps
        return at + start + Interval(nanoseconds: Int64(Double((ahead - start).nanoseconds) * min(max(share, 0), 1)))
      }
      before = left
    }
    return nil
  }
}
