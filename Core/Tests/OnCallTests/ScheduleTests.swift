import Base
import OnCall
import Testing

@Suite struct ScheduleTests {
  @Test func laterLayersCoverEarlierOnes() throws {
    let layered = try schedule(
      "Europe/Lisbon", layer("base", ["ana"], .weekly, from: "2026-06-01T09:00"),
      layer("days", ["bo"], .daily, from: "2026-06-01T00:00", only: [window("09:00", "17:00", workdays)]))
    let shifts = layered.shifts(from: at("2026-06-05T00:00:00Z"), to: at("2026-06-08T23:00:00Z"))
    #expect(
      shifts.map { "\($0.user) \(layered.zone.civil(at: $0.start))" } == [
        "ana 2026-06-04T17:00", "bo 2026-06-05T09:00", "ana 2026-06-05T17:00", "bo 2026-06-08T09:00",
        "ana 2026-06-08T17:00",
      ])
    #expect(layered.shifts(ofLayer: 0, from: at("2026-06-05T00:00:00Z"), to: at("2026-06-06T00:00:00Z")).count == 1)
    #expect(layered.gaps(from: at("2026-06-05T00:00:00Z"), to: at("2026-07-05T00:00:00Z")).isEmpty)
  }

  @Test func gapsAreCutAtTheRange() throws {
    let days = try schedule("UTC", layer(.weekly, from: "2026-06-01T00:00", only: [window("08:00", "20:00")]))
    #expect(
      days.gaps(from: at("2026-06-02T06:00:00Z"), to: at("2026-06-03T02:00:00Z")) == [
        ScheduleGap(start: at("2026-06-02T06:00:00Z"), end: at("2026-06-02T08:00:00Z")),
        ScheduleGap(start: at("2026-06-02T20:00:00Z"), end: at("2026-06-03T02:00:00Z")),
      ])
    #expect(days.nextChange(after: at("2026-06-02T06:00:00Z")) == at("2026-06-02T08:00:00Z"))
    #expect(days.nextChange(after: at("2026-06-02T08:00:00Z")) == at("2026-06-02T20:00:00Z"))
  }

  @Test func answersWhereThereIsNothing() throws {
    let empty = try schedule("UTC")
    #expect(empty.nextChange(after: .epoch) == nil)
    #expect(empty.gaps(from: .epoch, to: at("1970-01-02T00:00:00Z")).count == 1)
    let nobody = try schedule("UTC", layer("none", [], .daily, from: "2026-01-01T00:00"))
    #expect(nobody.onCall(at: at("2026-06-01T00:00:00Z")).isEmpty)
    let over = try schedule("UTC", layer(.daily, from: "2026-01-02T00:00", until: "2026-01-01T00:00"))
    #expect(over.nextChange(after: at("2025-01-01T00:00:00Z")) == nil)
    let weekly = try schedule("UTC", layer(.weekly, from: "2026-01-05T09:00", until: "2026-01-12T09:00"))
    #expect(weekly.nextChange(after: at("2020-01-01T00:00:00Z")) == at("2026-01-05T09:00:00Z"))
    #expect(weekly.nextChange(after: at("2026-02-01T00:00:00Z")) == nil)
    for edge in [Instant.distantPast, .distantFuture, .distantFuture - .days(1)] {
      _ = weekly.onCall(at: edge)
      _ = try schedule("America/Chicago", layer(.hourly, from: "2026-01-05T09:00", only: [window("09:00", "10:00")]))
        .onCall(at: edge)
    }
  }

  @Test func windowsThatTouchAreOne() throws {
    let whole = try schedule(
      "UTC", layer(.weekly, from: "2026-06-01T09:00", only: [window("00:00", "12:00"), window("12:00", "00:00")]))
    let plain = try schedule("UTC", layer(.weekly, from: "2026-06-01T09:00"))
    let (from, to) = (at("2026-06-01T09:00:00Z"), at("2026-09-01T00:00:00Z"))
    #expect(whole.shifts(from: from, to: to) == plain.shifts(from: from, to: to))
    let overlapping = try schedule(
      "UTC", layer(.weekly, from: "2026-06-01T09:00", only: [window("08:00", "14:00"), window("12:00", "20:00")]))
    #expect(overlapping.onCall(at: at("2026-06-03T13:00:00Z")).map(\.end) == [at("2026-06-03T20:00:00Z")])
    #expect(overlapping.onCall(at: at("2026-06-03T13:00:00Z")).map(\.start) == [at("2026-06-03T08:00:00Z")])
  }

  @Test func countsFarTurnsFromTheAnchor() throws {
    let monthly = try schedule("America/Chicago", layer(.monthly, every: 3, from: "1990-01-31T02:30"))
    let far = monthly.onCall(at: at("2150-05-15T00:00:00Z"))[0]
    #expect(monthly.zone.civil(at: far.start).description == "2150-04-30T02:30")
    #expect(far.user == ["ana", "bo", "cy"][(160 * 12 + 3) / 3 % 3])
  }
}

/// Random schedules against a slow model that knows nothing of spans: it walks all handoffs and looks at all windows.
@Suite struct ScheduleModelTests {
  private static let zones = ["America/Chicago", "Europe/Lisbon", "Australia/Lord_Howe", "America/Santiago", "UTC"]

  private func make(_ random: inout SeededGenerator) throws -> (ScheduleDefinition, [ScheduleOverride]) {
    func time() -> CivilTime {
      CivilTime(hour: Int.random(in: 0..<24, using: &random), minute: [0, 30].randomElement(using: &random)!)!
    }
    func layer(_ index: Int) -> ScheduleLayer {
      let unit = ScheduleLayer.Cadence.Unit.allCases.randomElement(using: &random)!
      let every = Int.random(in: 1...(unit == .hourly ? 30 : 3), using: &random)
      let restrictions = (0..<Int.random(in: 0...2, using: &random)).map { _ in
        ScheduleRestriction(
          days: Set(Weekday.allCases.filter { _ in random.chance(0.4) }), from: time(), to: time())
      }
      let date = CivilDate(year: 2020, month: 1, day: 1)!.adding(days: Int.random(in: 0..<120, using: &random))
      let until = random.chance(0.2) ? date.adding(days: Int.random(in: 0..<300, using: &random)) : nil
      return ScheduleLayer(
        name: "\(index)", users: Array(["ana", "bo", "cy"].prefix(Int.random(in: 1...3, using: &random))),
        cadence: .init(unit, every: every), start: CivilDateTime(date: date, time: time()),
        until: until.map { CivilDateTime(date: $0, time: time()) }, restrictions: restrictions)
    }
    let zone = try systemZones.zone(named: Self.zones.randomElement(using: &random)!)
    let layers = (0..<Int.random(in: 1...3, using: &random)).map(layer)
    let overrides = (0..<Int.random(in: 0...4, using: &random)).map { index in
      let start = at("2020-01-01T00:00:00Z") + .minutes(Int64.random(in: 0..<500_000, using: &random))
      return ScheduleOverride(
        id: "\(index)", user: random.chance(0.8) ? "dee" : nil, start: start,
        end: start + .minutes(Int64.random(in: 0..<20_000, using: &random)))
    }
    return (ScheduleDefinition(name: "s", zone: zone, layers: layers), overrides)
  }

  /// The model: user and source at an instant.
  private func model(
    _ schedule: ScheduleDefinition, _ handoffs: [[Instant]], _ overrides: [ScheduleOverride], _ now: Instant
  ) -> String? {
    if let override = overrides.last(where: { $0.start <= now && now < $0.end }) {
      return override.user.map { "\($0) by \(override.id)" }
    }
    let zone = schedule.zone
    for (layer, handoffs) in zip(schedule.layers, handoffs).reversed() {
      let turn = handoffs.lastIndex { $0 <= now }
      guard let turn, layer.until.map({ now < zone.instant(of: $0) }) ?? true else { continue }
      let day = zone.civil(at: now).date
      let isCovered = layer.restrictions.contains { restriction in
        (-3...1).contains { offset in
          let date = day.adding(days: offset)
          guard restriction.days.isEmpty || restriction.days.contains(date.weekday) else { return false }
          let last = restriction.to > restriction.from ? date : date.adding(days: 1)
          let start = zone.instant(of: CivilDateTime(date: date, time: restriction.from))
          let end = zone.instant(of: CivilDateTime(date: last, time: restriction.to), resolving: .lastOfTwo)
          return start <= now && now < end
        }
      }
      if layer.restrictions.isEmpty || isCovered {
        return "\(layer.users[turn % layer.users.count]) by layer \(layer.name)"
      }
    }
    return nil
  }

  private func handoffs(_ layer: ScheduleLayer, _ zone: Zone) -> [Instant] {
    let end = at("2021-06-01T00:00:00Z")
    var all: [Instant] = []
    for n in 0... {
      let count = n * layer.cadence.every
      let clock: CivilDateTime =
        switch layer.cadence.unit {
        case .hourly: layer.start.adding(seconds: 3_600 * count)
        case .daily: layer.start.adding(seconds: 86_400 * count)
        case .weekly: layer.start.adding(seconds: 604_800 * count)
        case .monthly: CivilDateTime(date: layer.start.date.adding(months: count), time: layer.start.time)
        }
      all.append(zone.instant(of: clock))
      if all[n] > end { break }
    }
    return all
  }

  private func text(_ shift: Shift) -> String {
    switch shift.source {
    case .layer(let name): "\(shift.user) by layer \(name)"
    case .override(let id): "\(shift.user) by \(id)"
    }
  }

  @Test func agreesWithTheModel() throws {
    var random = SeededGenerator(seed: 20)
    for _ in 0..<60 {
      let (schedule, overrides) = try make(&random)
      let handoffs = schedule.layers.map { self.handoffs($0, schedule.zone) }
      let from = at("2019-12-20T00:00:00Z") + .minutes(Int64.random(in: 0..<500_000, using: &random))
      let to = from + .days(Int64.random(in: 1...40, using: &random))
      let shifts = schedule.shifts(from: from, to: to, overrides: overrides)
      let gaps = schedule.gaps(from: from, to: to, overrides: overrides)
      for (shift, next) in zip(shifts, shifts.dropFirst()) { #expect(shift.end <= next.start) }
      for shift in shifts {
        #expect(shift.start < shift.end && shift.end > from && shift.start < to)
        // The first instant, the last one and one between: the same shift. Just outside: another answer.
        let middle = shift.start + Interval(nanoseconds: (shift.end - shift.start).nanoseconds / 2)
        for instant in [shift.start, middle, shift.end - Interval(nanoseconds: 1)] {
          #expect(schedule.onCall(at: instant, overrides: overrides) == [shift])
          #expect(model(schedule, handoffs, overrides, instant) == text(shift))
        }
        #expect(schedule.onCall(at: shift.end, overrides: overrides) != [shift])
      }
      for _ in 0..<30 {
        let instant = from + .seconds(Int64.random(in: 0..<Int64((to - from).seconds), using: &random))
        let expected = model(schedule, handoffs, overrides, instant)
        #expect(schedule.onCall(at: instant, overrides: overrides).map(text) == (expected.map { [$0] } ?? []))
        #expect(shifts.filter { $0.start <= instant && instant < $0.end }.map(text) == (expected.map { [$0] } ?? []))
        let isGap = gaps.contains { $0.start <= instant && instant < $0.end }
        #expect(isGap == (expected == nil))
      }
    }
  }

  @Test func doesNotDependOnTheRange() throws {
    var random = SeededGenerator(seed: 21)
    for _ in 0..<40 {
      let (schedule, overrides) = try make(&random)
      let from = at("2020-01-01T00:00:00Z") + .minutes(Int64.random(in: 0..<300_000, using: &random))
      let whole = schedule.shifts(from: from, to: from + .days(60), overrides: overrides)
      let (start, end) = (from + .hours(Int64.random(in: 0...700, using: &random)), from + .days(45))
      let part = schedule.shifts(from: start, to: end, overrides: overrides)
      #expect(part == whole.filter { $0.end > start && $0.start < end })
      var stepped: [Shift] = []
      var now = from
      while now < from + .days(60) {
        stepped += schedule.onCall(at: now, overrides: overrides)
        now = schedule.nextChange(after: now, overrides: overrides) ?? .distantFuture
      }
      #expect(stepped == whole)
    }
  }
}
