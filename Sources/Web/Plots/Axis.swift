import Base

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A value axis: which values it spans, where its ticks stand, and how it writes them.
struct Axis: Sendable {
  enum Kind: Sendable { case linear, log }

  struct Tick: Sendable {
    var value: Double
    var label: String
  }

  var kind: Kind
  var low: Double
  var high: Double
  var ticks: [Tick]
  /// What is measured, with its unit: `budget left, % of the window's`.
  var unit: String

  /// Where a value stands between 0 (low) and 1 (high), clamped to the axis.
  func position(_ value: Double) -> Double {
    let share: Double
    switch kind {
    case .linear: share = (value - low) / (high - low)
    case .log: share = value <= low ? 0 : (log10(value) - log10(low)) / (log10(high) - log10(low))
    }
    return share.isFinite ? min(1, max(0, share)) : 0
  }

  /// A linear axis that spans the values and ends on ticks at 1, 2, 2.5 or 5 times a power of ten.
  static func linear(
    from low: Double, to high: Double, unit: String, aim: Int = 4, label: (Double) -> String
  ) -> Axis {
    let high = high > low ? high : low + 1
    let raw = (high - low) / Double(max(1, aim))
    let power = pow(10, floor(log10(raw)))
    let step = ([1, 2, 2.5, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10) * power
    let (first, last) = (floor(low / step + 1e-9), ceil(high / step - 1e-9))
    let ticks = stride(from: first, through: last, by: 1).map { Tick(value: $0 * step, label: label($0 * step)) }
    return Axis(kind: .linear, low: first * step, high: last * step, ticks: ticks, unit: unit)
  }

  /// A logarithmic axis over whole decades.
  static func log(from low: Double, to high: Double, unit: String, label: (Double) -> String) -> Axis {
    let (first, last) = (floor(log10(low)), max(floor(log10(low)) + 1, ceil(log10(high) - 1e-9)))
    let ticks = stride(from: first, through: last, by: 1).map { Tick(value: pow(10, $0), label: label(pow(10, $0))) }
    return Axis(kind: .log, low: pow(10, first), high: pow(10, last), ticks: ticks, unit: unit)
  }
}

/// The time axis: ticks on round wall-clock times of the reader's zone, also across a change of offset.
struct TimeAxis: Sendable {
  var from: Instant
  var to: Instant
  var zone: ReaderZone

  struct Tick: Sendable {
    var time: Instant
    var label: String
    /// Marks the first tick of a day on an axis of hours.
    var isDay: Bool
  }

  func position(_ time: Instant) -> Double {
    guard to > from else { return 0 }
    return min(1, max(0, (time - from) / (to - from)))
  }

  func contains(_ time: Instant) -> Bool { time >= from && time <= to }

  private static let steps: [Int64] = [
    60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
  ]

  /// About `aim` ticks.
  func ticks(aim: Int = 8) -> [Tick] {
    let span = (to - from).nanoseconds / 1_000_000_000
    guard span > 0 else { return [] }
    let step = Self.steps.first { span / $0 <= Int64(aim) } ?? 2_419_200
    // Steps are counted on the local clock: from a Monday for weeks, from midnight for hours.
    let origin: Int64 = step >= 604_800 ? 4 * 86_400 : 0
    var local = from.seconds + Int64(zone.offset(from).seconds) - origin
    local -= local % step
    var ticks: [Tick] = []
    while ticks.count < 64 {
      let wall = local + origin
      local += step
      let guess = Instant(seconds: wall - Int64(zone.offset(Instant(seconds: wall)).seconds))
      let time = Instant(seconds: wall - Int64(zone.offset(guess).seconds))
      if time < from { continue }
      if time > to { break }
      let parts = zone.parts(time)
      let isDay = parts.hour == 0 && parts.minute == 0
      let day = step >= 604_800 ? "\(parts.day) \(parts.monthName)" : "\(parts.weekdayName) \(parts.day)"
      ticks.append(Tick(time: time, label: isDay ? day : parts.clock, isDay: isDay))
    }
    return ticks
  }
}
