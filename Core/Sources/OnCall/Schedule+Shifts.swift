import Base

extension ScheduleDefinition {
  /// Who is on call at an instant, with the whole of their shift; empty where nobody is.
  ///
  /// - Parameter overrides: in the order in which they were made: of those that overlap the last one wins, and the
  ///   earlier one resumes after it.
  public func onCall(at instant: Instant, overrides: [ScheduleOverride] = []) -> [Shift] {
    var sweep = ScheduleSweep(self, overrides: overrides)
    let span = sweep.span(at: instant)
    return span.shift.map { [$0] } ?? []
  }

  /// The shifts that lie in or reach into the range, in order and without overlap. A shift that began before the range
  /// has its true start, and one that goes on its true end.
  ///
  /// - Parameter limit: no more than so many, counted from the start of the range.
  public func shifts(
    from: Instant, to: Instant, overrides: [ScheduleOverride] = [], limit: Int = 10_000
  ) -> [Shift] {
    var sweep = ScheduleSweep(self, overrides: overrides)
    return sweep.shifts(from: from, to: to, limit: limit)
  }

  /// What one layer alone would give, before the others and overrides are laid over it.
  public func shifts(ofLayer index: Int, from: Instant, to: Instant, limit: Int = 10_000) -> [Shift] {
    var alone = self
    alone.layers = [layers[index]]
    return alone.shifts(from: from, to: to, limit: limit)
  }

  /// The stretches within the range in which nobody is on call, cut at its ends.
  public func gaps(from: Instant, to: Instant, overrides: [ScheduleOverride] = []) -> [ScheduleGap] {
    var sweep = ScheduleSweep(self, overrides: overrides)
    var gaps: [ScheduleGap] = []
    var now = from
    while now < to {
      let span = sweep.span(at: now)
      let end = min(span.end, to)
      if span.shift == nil {
        if gaps.last?.end == now { gaps[gaps.count - 1].end = end } else { gaps.append(.init(start: now, end: end)) }
      }
      now = end
    }
    return gaps
  }

  /// The next instant at which a shift or a gap begins; `nil` where nothing changes any more.
  public func nextChange(after instant: Instant, overrides: [ScheduleOverride] = []) -> Instant? {
    var sweep = ScheduleSweep(self, overrides: overrides)
    let end = sweep.span(at: instant).end
    return end == .distantFuture ? nil : end
  }
}

/// The longest stretch around an instant in which the answer and its reason stay the same.
struct ScheduleSpan: Equatable {
  var start: Instant
  var end: Instant
  /// `nil`: nobody.
  var shift: Shift?

  static let always = ScheduleSpan(start: .distantPast, end: .distantFuture)

  mutating func clip(to other: ScheduleSpan) {
    start = max(start, other.start)
    end = min(end, other.end)
  }
}

/// Answers for one instant after the other. What it remembers between two (the windows of restrictions) saves work and
/// changes no answer.
struct ScheduleSweep {
  private var layers: [LayerSweep]
  private let overrides: [ScheduleOverride]

  init(_ schedule: ScheduleDefinition, overrides: [ScheduleOverride]) {
    layers = schedule.layers.map { LayerSweep($0, zone: $0.zone ?? schedule.zone) }
    self.overrides = overrides.filter { $0.start < $0.end }
  }

  mutating func shifts(from: Instant, to: Instant, limit: Int) -> [Shift] {
    var shifts: [Shift] = []
    var now = from
    while now < to, shifts.count < limit {
      let span = span(at: now)
      if let shift = span.shift { shifts.append(shift) }
      now = span.end
    }
    return shifts
  }

  mutating func span(at instant: Instant) -> ScheduleSpan {
    var span = overrideSpan(at: instant)
    if let override = span.override {
      span.span.shift = override.user.map {
        Shift(user: $0, start: span.span.start, end: span.span.end, source: .override(override.id))
      }
      return span.span
    }
    // From the top down: those above stay empty as long as the result lasts.
    var result = span.span
    for index in layers.indices.reversed() {
      let layer = layers[index].span(at: instant)
      result.clip(to: layer)
      if let shift = layer.shift {
        result.shift = Shift(user: shift.user, start: result.start, end: result.end, source: shift.source)
        break
      }
    }
    return result
  }

  /// The override in force, and how long it is or none is. An older one that begins or ends beneath changes nothing.
  private func overrideSpan(at instant: Instant) -> (span: ScheduleSpan, override: ScheduleOverride?) {
    var span = ScheduleSpan.always
    for override in overrides.reversed() {
      if override.end <= instant {
        span.start = max(span.start, override.end)
      } else if override.start > instant {
        span.end = min(span.end, override.start)
      } else {
        span.clip(to: ScheduleSpan(start: override.start, end: override.end))
        return (span, override)
      }
    }
    return (span, nil)
  }
}
