import Base

/// How well a schedule covers and spares its people, from 0 to 100, with a reason for each point that is missing.
///
/// The bounds are those of Google's SRE book and workbook: at most a quarter of the time on call, 8 engineers at one
/// site or 6 at each of two. How many points what costs is our own choice; docs/oncall.md lists it.
public struct ScheduleQuality: Sendable, Hashable {
  public enum Aspect: String, Sendable, Hashable, Codable, CaseIterable {
    case gaps, share, nights, alone, few, handovers, backToBack
  }

  public struct Finding: Sendable, Hashable {
    public var aspect: Aspect
    /// How much of the 100 it costs.
    public var points: Int
    /// A sentence.
    public var text: String
  }

  /// What one person carries.
  public struct Load: Sendable, Hashable {
    public var person: String
    public var time: Interval
    /// Of the whole range, 0 to 1.
    public var share: Double
    /// Nights, 00:00 to 06:00 where the person lives, of which any part is on call.
    public var nights: Int
  }

  public var score: Int
  /// The costliest first.
  public var findings: [Finding]
  /// The most burdened first.
  public var loads: [Load]
  public var gaps: [ScheduleGap]
  /// How much of the range nobody covers, 0 to 1.
  public var gapShare: Double
}

extension OnCallPlan {
  /// Judges a schedule over a range, mostly the next twelve weeks; `nil` where there is no such schedule or no range.
  public func quality(
    of schedule: String, from: Instant, to: Instant, overrides: [ScheduleOverride]
  ) -> ScheduleQuality? {
    guard let schedule = self.schedule(named: schedule), from < to else { return nil }
    return QualityJudge(plan: self, schedule: schedule, from: from, to: to, overrides: overrides).judge()
  }
}

/// Works one judgement out.
private struct QualityJudge {
  let plan: OnCallPlan
  let schedule: ScheduleDefinition
  let from: Instant
  let to: Instant
  let overrides: [ScheduleOverride]

  /// On call no more than this share of the time, in percent.
  private static let sharePercentMax: Int64 = 25
  private static let nightsMax: Int64 = 7
  private static let restMin = Interval.hours(12)
  private static let (oneSite, eachSite) = (8, 6)

  private var length: Int64 { (to - from).nanoseconds }

  func judge() -> ScheduleQuality {
    let shifts = schedule.shifts(from: from, to: to, overrides: overrides, limit: 100_000)
    let gaps = schedule.gaps(from: from, to: to, overrides: overrides)
    let missing = gaps.reduce(Interval.zero) { $0 + ($1.end - $1.start) }
    let loads = loads(shifts)
    var quality = ScheduleQuality(
      score: 0, findings: [], loads: loads, gaps: gaps,
      gapShare: Double(missing.nanoseconds) / Double(length))
    if shifts.isEmpty {
      quality.findings = [.init(aspect: .gaps, points: 100, text: "Nobody is ever on call.")]
      return quality
    }
    let findings = [
      coverage(gaps, missing), share(loads), nights(loads), alone(), few(), handovers(shifts), backToBack(shifts),
    ]
    quality.findings = findings.compactMap(\.self).sorted { ($1.points, $0.text) < ($0.points, $1.text) }
    quality.score = max(0, 100 - quality.findings.reduce(0) { $0 + $1.points })
    return quality
  }

  // MARK: Coverage

  /// 4 points a percent without anyone, from 5 to 40, and above that one a percent: what covers a tenth of the time
  /// cannot have more than 10.
  private func coverage(_ gaps: [ScheduleGap], _ missing: Interval) -> ScheduleQuality.Finding? {
    if gaps.isEmpty { return nil }
    let share = Double(missing.nanoseconds) / Double(length) * 100
    let points = max(min(40, max(5, rounded(up: share * 4))), rounded(up: share))
    return .init(
      aspect: .gaps, points: points,
      text: "Nobody is on call \(percent(missing)) of the time: \(plural(gaps.count, "gap")), \(hours(missing)) in all."
    )
  }

  // MARK: Load

  private func loads(_ shifts: [Shift]) -> [ScheduleQuality.Load] {
    var order: [String] = []
    var byPerson: [String: [Shift]] = [:]
    for shift in shifts {
      if byPerson[shift.user] == nil { order.append(shift.user) }
      byPerson[shift.user, default: []].append(shift)
    }
    return order.map { person in
      let own = (byPerson[person] ?? []).map { (start: max($0.start, from), end: min($0.end, to), shift: $0) }
      let time = own.reduce(Interval.zero) { $0 + ($1.end - $1.start) }
      var nights: Set<Int> = []
      for one in own { nights.formUnion(self.nights(from: one.start, to: one.end, in: zone(of: one.shift))) }
      return ScheduleQuality.Load(
        person: person, time: time, share: Double(time.nanoseconds) / Double(length), nights: nights.count)
    }
    .sorted { ($1.time, $0.person) < ($0.time, $1.person) }
  }

  /// The days whose hours from midnight to six a stretch reaches into.
  private func nights(from start: Instant, to end: Instant, in zone: Zone) -> [Int] {
    let first = zone.civil(at: start).date.dayNumber
    let last = zone.civil(at: end).date.dayNumber
    return (first...max(first, last)).filter { day in
      let date = CivilDate(dayNumber: day)
      let dawn = zone.instant(of: CivilDateTime(date: date, time: CivilTime(hour: 6, minute: 0) ?? .midnight))
      return start < dawn && end > zone.start(of: date)
    }
  }

  /// Where whoever has a shift lives, or what the shift's times are local to.
  private func zone(of shift: Shift) -> Zone {
    if let zone = plan.zone(of: shift.user) { return zone }
    guard case .layer(let name) = shift.source else { return schedule.zone }
    return schedule.layers.first { $0.name == name }?.zone ?? schedule.zone
  }

  /// 2 points for each 5 percent above a quarter of the time that the most burdened has, up to 20.
  private func share(_ loads: [ScheduleQuality.Load]) -> ScheduleQuality.Finding? {
    let above = loads.filter { $0.time.nanoseconds > length / 100 * Self.sharePercentMax + 1_000_000_000 }
    guard let worst = above.first else { return nil }
    let others = above.count > 1 ? ", and \(plural(above.count - 1, "other")) more than 25 %" : ""
    return .init(
      aspect: .share, points: min(20, max(1, rounded(up: (worst.share - 0.25) * 40))),
      text: "\(worst.person) is on call \(percent(worst.time)) of the time\(others); a quarter is the most to bear.")
  }

  /// A point for each 2 nights in four weeks above 7 that the most burdened has, up to 10.
  private func nights(_ loads: [ScheduleQuality.Load]) -> ScheduleQuality.Finding? {
    guard let worst = loads.max(by: { ($0.nights, $1.person) < ($1.nights, $0.person) }) else { return nil }
    let weeks = Double(length) / 1e9 / 604_800
    let inFour = Double(worst.nights) / weeks * 4
    guard weeks >= 1, inFour > Double(Self.nightsMax) + 0.01 else { return nil }
    return .init(
      aspect: .nights, points: min(10, rounded(up: (inFour - Double(Self.nightsMax)) / 2)),
      text:
        "\(worst.person) is on call \(decimal(inFour)) nights in four weeks; more than \(Self.nightsMax) is too many.")
  }

  // MARK: Single points of failure

  private var present: [ScheduleLayer] {
    schedule.layers.filter { layer in
      let zone = layer.zone ?? schedule.zone
      return !layer.users.isEmpty && zone.instant(of: layer.start) < to
        && layer.until.map { zone.instant(of: $0) > from } ?? true
    }
  }

  /// 10 points where one person has a layer alone.
  private func alone() -> ScheduleQuality.Finding? {
    let layers = present.filter { Set($0.users).count == 1 }
    guard let first = layers.first else { return nil }
    let others = layers.count > 1 ? ", and \(plural(layers.count - 1, "other layer")) one person each" : ""
    return .init(
      aspect: .alone, points: 10,
      text: "Layer \(first.name) has \(first.users[0]) alone\(others): nobody takes over when one is ill.")
  }

  /// 2 points for each person missing to 8 at one site, or to 6 at each of several, up to 10.
  private func few() -> ScheduleQuality.Finding? {
    var sites: [(zone: String, people: Set<String>)] = []
    for layer in present {
      let zone = (layer.zone ?? schedule.zone).name
      if let index = sites.firstIndex(where: { $0.zone == zone }) {
        sites[index].people.formUnion(layer.users)
      } else {
        sites.append((zone, Set(layer.users)))
      }
    }
    if sites.count > 1 {
      let small = sites.filter { $0.people.count < Self.eachSite }
      if small.isEmpty { return nil }
      let missing = small.reduce(0) { $0 + Self.eachSite - $1.people.count }
      let words = small.map { "\($0.people.count) in \($0.zone)" }.joined(separator: ", ")
      return .init(
        aspect: .few, points: min(10, 2 * missing), text: "Few people share it: \(words); a site of several needs 6.")
    }
    guard let site = sites.first, site.people.count < Self.oneSite else { return nil }
    return .init(
      aspect: .few, points: min(10, 2 * (Self.oneSite - site.people.count)),
      text: "\(plural(site.people.count, "person", "people")) \(site.people.count == 1 ? "has" : "share") it; "
        + "a rota at one site needs 8.")
  }

  // MARK: Rest

  /// 5 points for the share of hand-overs that wake whoever takes over, rounded up.
  private func handovers(_ shifts: [Shift]) -> ScheduleQuality.Finding? {
    var (all, late) = (0, 0)
    for (shift, next) in zip(shifts, shifts.dropFirst()) where shift.user != next.user && next.start > from {
      all += 1
      let hour = zone(of: next).civil(at: next.start).time.hour
      if hour >= 22 || hour < 7 { late += 1 }
    }
    guard late > 0 else { return nil }
    return .init(
      aspect: .handovers, points: (5 * late + all - 1) / all,
      text: "\(late) of \(plural(all, "hand-over")) \(late == 1 ? "is" : "are") between 22:00 and 07:00.")
  }

  /// 5 points for the share of turns that follow one of the same person at once, rounded up.
  private func backToBack(_ shifts: [Shift]) -> ScheduleQuality.Finding? {
    let turns = turns(shifts)
    let close = turns.filter(\.isClose).count
    guard close > 0 else { return nil }
    return .init(
      aspect: .backToBack, points: (5 * close + turns.count - 1) / turns.count,
      text: "\(close) of \(plural(turns.count, "turn")) begin\(close == 1 ? "s" : "") less than 12 h after the same "
        + "person's last one.")
  }

  private struct Turn {
    var start: Instant
    var end: Instant
    var isClose = false
  }

  /// The turns that the shifts are parts of, by layer and number; an override of half a day is a turn too.
  private func turns(_ shifts: [Shift]) -> [Turn] {
    var turns: [Turn] = []
    var places: [String: Int] = [:]
    var ends: [String: (key: String, end: Instant)] = [:]
    for shift in shifts {
      let (layer, key) = keys(of: shift)
      guard let key else { continue }
      if let place = places[key] {
        turns[place].end = shift.end
      } else {
        var turn = Turn(start: shift.start, end: shift.end)
        // A layer's turn follows one of the same layer; an override follows whatever the person had.
        for last in [ends["\(shift.user)/\(layer)"], ends["\(shift.user)/override"]]
          + (layer == "override" ? [ends[shift.user]] : [])
        {
          if let last, last.key != key, last.end <= shift.start, shift.start - last.end < Self.restMin {
            turn.isClose = true
          }
        }
        places[key] = turns.count
        turns.append(turn)
      }
      for name in [shift.user, "\(shift.user)/\(layer)"] { ends[name] = (key, shift.end) }
    }
    return turns
  }

  private func keys(of shift: Shift) -> (layer: String, turn: String?) {
    switch shift.source {
    case .override(let id): return ("override", shift.end - shift.start >= Self.restMin ? "override/\(id)" : nil)
    case .layer(let name):
      guard let layer = schedule.layers.first(where: { $0.name == name }) else { return (name, nil) }
      return ("layer \(name)", "layer/\(name)/\(layer.turn(at: shift.start, in: layer.zone ?? schedule.zone))")
    }
  }

  // MARK: Words

  private func rounded(up value: Double) -> Int { Int((value - 1e-9).rounded(.up)) }

  private func percent(_ time: Interval) -> String {
    let value = Double(time.nanoseconds) / Double(length) * 100
    return value < 0.1 ? "less than 0.1 %" : decimal(value) + " %"
  }

  private func hours(_ time: Interval) -> String { decimal(time.seconds / 3_600) + " h" }

  /// With one digit after the point unless that is zero.
  private func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private func plural(_ count: Int, _ word: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? word : plural ?? word + "s")"
  }
}
