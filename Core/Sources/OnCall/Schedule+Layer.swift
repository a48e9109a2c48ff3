import Base

extension ScheduleLayer {
  /// The n-th handoff, 0 the first: counted from the anchor on the clock, the first of two ambiguous times, and the
  /// moment of the change for a time that the clock skips.
  func handoff(_ n: Int, in zone: Zone) -> Instant {
    let count = n * cadence.every
    let anchor = handover ?? start
    let clock =
      switch cadence.unit {
      case .hourly: anchor.adding(seconds: count * 3_600)
      case .daily: CivilDateTime(date: anchor.date.adding(days: count), time: anchor.time)
      case .weekly: CivilDateTime(date: anchor.date.adding(days: 7 * count), time: anchor.time)
      case .monthly: CivilDateTime(date: anchor.date.adding(months: count), time: anchor.time)
      }
    return zone.instant(of: clock, resolving: .firstOfTwo)
  }

  /// The turn that an instant not before the first handoff falls into: the last n whose handoff is not after it.
  func turn(at instant: Instant, in zone: Zone) -> Int {
    let clock = zone.civil(at: instant)
    let anchor = handover ?? start
    let passed =
      switch cadence.unit {
      case .hourly: (clock.clockSeconds - anchor.clockSeconds) / 3_600
      case .daily: clock.date.dayNumber - anchor.date.dayNumber
      case .weekly: (clock.date.dayNumber - anchor.date.dayNumber) / 7
      case .monthly: (clock.date.year - anchor.date.year) * 12 + clock.date.month - anchor.date.month
      }
    // The estimate is off by one at most where the clock changes or the day of the month is cut; look, do not reason.
    var n = max(0, passed / cadence.every)
    while case let next = handoff(n + 1, in: zone), next <= instant, next < .distantFuture { n += 1 }
    while n > 0, handoff(n, in: zone) > instant { n -= 1 }
    return n
  }
}

/// One layer's answers: its turns, cut by its windows.
struct LayerSweep {
  private let layer: ScheduleLayer
  private let zone: Zone
  /// Between these the layer has turns.
  private let first: Instant
  private let until: Instant
  private var windows: WindowSweep?

  init(_ layer: ScheduleLayer, zone: Zone) {
    self.layer = layer
    self.zone = zone
    first = zone.instant(of: layer.start)
    until = layer.until.map { zone.instant(of: $0) } ?? .distantFuture
    windows = layer.restrictions.isEmpty ? nil : WindowSweep(layer.restrictions, zone: zone)
  }

  mutating func span(at instant: Instant) -> ScheduleSpan {
    if layer.users.isEmpty || until <= first { return .always }
    if instant >= until { return ScheduleSpan(start: until, end: .distantFuture) }
    if instant < first && windows == nil { return ScheduleSpan(start: .distantPast, end: first) }
    // Before the first handoff the layer is empty until then, or until its first window after it.
    let asked = max(instant, first)
    let turn = layer.turn(at: asked, in: zone)
    var span = ScheduleSpan(
      start: max(layer.handoff(turn, in: zone), first), end: min(layer.handoff(turn + 1, in: zone), until))
    var isCovered = true
    if windows != nil { (span, isCovered) = windows!.stretch(at: asked, turn: span) }
    if isCovered && instant < first { return ScheduleSpan(start: .distantPast, end: first) }
    if isCovered {
      let user = layer.users[turn % layer.users.count]
      span.shift = Shift(user: user, start: span.start, end: span.end, source: .layer(layer.name))
    } else {
      if span.start <= first { span.start = .distantPast }
      if span.end >= until { span.end = .distantFuture }
    }
    return span
  }
}

/// The windows of restrictions, laid out day by day as far as somebody asked.
private struct WindowSweep {
  private struct Window {
    /// A bit for each day of the week on which it begins, Monday the lowest.
    let days: UInt8
    let from: CivilTime
    let to: CivilTime
  }

  private let restrictions: [Window]
  private let zone: Zone
  /// Days since 1970 whose windows are laid out; empty at first.
  private var days = 0..<0
  /// Not empty, in order, and joined where they touch or overlap.
  private var windows: [Range<Instant>] = []

  init(_ restrictions: [ScheduleRestriction], zone: Zone) {
    self.restrictions = restrictions.map { restriction in
      let days = restriction.days.reduce(0) { $0 | 1 << ($1.number - 1) } as UInt8
      return Window(days: days == 0 ? 0x7F : days, from: restriction.from, to: restriction.to)
    }
    self.zone = zone
  }

  /// The stretch around an instant that is within a window, cut at the ends of the turn; or that is between two.
  mutating func stretch(at instant: Instant, turn: ScheduleSpan) -> (span: ScheduleSpan, isCovered: Bool) {
    let day = Int(instant.seconds.flooredDay)
    if !days.contains(day - 4) || !days.contains(day + 4) { restart(at: day) }
    var chunk = 8
    while true {
      let index = windows.firstIndex(after: instant)
      let isCovered = index > 0 && windows[index - 1].contains(instant)
      var span = isCovered ? turn : .always
      if isCovered {
        span.start = max(span.start, windows[index - 1].lowerBound)
        span.end = min(span.end, windows[index - 1].upperBound)
      } else {
        if index > 0 { span.start = windows[index - 1].upperBound }
        if index < windows.count { span.end = windows[index].lowerBound }
      }
      // An answer counts when days that are not laid out could not change it. Windows recur each week, but one may
      // fall into an hour or a day that the clock skips; after years without any there are none.
      let isKnownBack = span.start > known.lowerBound || span.start == turn.start && isCovered
      let isKnownAhead = span.end < known.upperBound || span.end == turn.end && isCovered
      if isKnownBack && isKnownAhead || (!isCovered && chunk > 2_000) { return (span, isCovered) }
      if !isKnownBack { layOut((days.lowerBound - chunk)..<days.lowerBound) }
      if !isKnownAhead { layOut(days.upperBound..<(days.upperBound + chunk)) }
      chunk *= 2
    }
  }

  /// Where all windows are known: a window of a day reaches from the start of that day to the end of the next, and
  /// no zone is further than 26 hours from UTC.
  private var known: Range<Instant> {
    let start = (days.lowerBound + 1) * 86_400 + 93_600
    let end = days.upperBound * 86_400 - 93_600
    return Instant(seconds: Int64(start))..<Instant(seconds: Int64(max(start, end)))
  }

  private mutating func restart(at day: Int) {
    windows = []
    days = day..<day
    layOut((day - 9)..<(day + 9))
    days = (day - 9)..<(day + 9)
  }

  /// Adds the windows that begin on those days, which stand next to the ones known.
  private mutating func layOut(_ added: Range<Int>) {
    days = min(days.lowerBound, added.lowerBound)..<max(days.upperBound, added.upperBound)
    var all = windows
    for number in added {
      let date = CivilDate(dayNumber: number)
      // 1970-01-01 was a Thursday.
      let weekday = 1 << UInt8(((number + 3) % 7 + 7) % 7) as UInt8
      for restriction in restrictions where restriction.days & weekday != 0 {
        let endDate = restriction.to <= restriction.from ? date.adding(days: 1) : date
        // Starts take the first of two ambiguous times and ends the last, so that a window never loses the hour.
        let start = zone.instant(of: CivilDateTime(date: date, time: restriction.from), resolving: .firstOfTwo)
        let end = zone.instant(of: CivilDateTime(date: endDate, time: restriction.to), resolving: .lastOfTwo)
        if start < end { all.append(start..<end) }
      }
    }
    all.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    windows = []
    for window in all {
      if let last = windows.last, window.lowerBound <= last.upperBound {
        windows[windows.count - 1] = last.lowerBound..<max(last.upperBound, window.upperBound)
      } else {
        windows.append(window)
      }
    }
  }
}

extension [Range<Instant>] {
  /// The index of the first range that begins after the instant.
  fileprivate func firstIndex(after instant: Instant) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].lowerBound <= instant { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Int64 {
  /// The day since 1970 in UTC of a second of Unix time.
  fileprivate var flooredDay: Int64 { self >= 0 ? self / 86_400 : (self - 86_399) / 86_400 }
}
