import Base
import Events

/// The plots of an SLO's page.

private func axis(_ context: PageContext, until end: Instant? = nil) -> TimeAxis {
  TimeAxis(from: context.now - context.range.length, to: max(context.now, end ?? context.now), zone: context.zone)
}

private func spans(_ history: ObjectiveHistory) -> [TimeChart.Span] {
  history.exclusions.map { .init(from: $0.from, to: $0.to, label: $0.reason, kind: .exclusion) }
}

func budgetChart(
  _ slo: ObjectiveStatus, _ history: ObjectiveHistory, _ marks: [TimeChart.Mark], _ context: PageContext
) -> TimeChart {
  let points = history.points.map { TimeChart.Point(time: $0.time, value: $0.budgetLeft.map { $0 * 100 }) }
  let low = min(0, points.compactMap(\.value).min() ?? 0)
  var series = [TimeChart.Series(name: "Budget left", color: 1, style: .area, points: points)]
  if let pace = pace(slo, context) { series.append(pace) }
  // The projection is drawn when it falls within a third of the range shown.
  let reach = context.now + Interval(nanoseconds: context.range.length.nanoseconds / 3)
  var end: Instant?
  var bands: [TimeChart.Band] = []
  if let projection = slo.projection, let left = slo.budgetLeft, left > 0,
    let gone = projection.exhaustedAt ?? projection.atRecentBurn, gone > context.now
  {
    let stop = min(gone, reach)
    let share = (stop - context.now) / (gone - context.now)
    end = stop
    series.append(
      .init(
        name: projection.exhaustedAt == nil ? "At the last hour's burn" : "Projected", color: 2, style: .dashed,
        points: [.init(time: context.now, value: left * 100), .init(time: stop, value: left * 100 * (1 - share))]))
    if projection.exhaustedAt != nil { bands.append(fan(projection, left: left, until: stop, context)) }
  }
  return TimeChart(
    id: "budget", title: "Error budget left", time: axis(context, until: end),
    axis: .linear(from: max(low, -200), to: 100, unit: "% of the \(Format.length(slo.window)) budget") {
      "\(Format.fixed($0, 0)) %"
    },
    series: series,
    thresholds: [.init(value: 25, label: "at risk"), .init(value: 0, label: "exhausted", isLimit: true)], marks: marks,
    spans: spans(history), bands: bands, now: context.now, gap: history.step * 2,
    format: { "\(Format.fixed($0, 1)) %" })
}

/// The target line of the burn-down: a budget that is used up evenly, and exactly at the window's end.
private func pace(_ slo: ObjectiveStatus, _ context: PageContext) -> TimeChart.Series? {
  let start = slo.period?.start ?? context.now - slo.window
  let end = slo.period?.end ?? context.now
  let (from, to) = (max(start, context.now - context.range.length), min(end, context.now))
  guard end > start, to > from else { return nil }
  func left(_ time: Instant) -> Double { 100 * (1 - (time - start) / (end - start)) }
  return .init(
    name: "Even pace", color: 3, style: .dashed,
    points: [.init(time: from, value: left(from)), .init(time: to, value: left(to))])
}

/// Where the budget may be until `stop`: between the fastest and the slowest burn of the projection's interval.
private func fan(
  _ projection: BudgetProjection, left: Double, until stop: Instant, _ context: PageContext
) -> TimeChart.Band {
  let times = (0...8).map { context.now + (stop - context.now) * Int64($0) / 8 }
  func line(_ end: Instant?) -> [TimeChart.Point] {
    times.map { time in
      let used = end.map { $0 > context.now ? min(1, (time - context.now) / ($0 - context.now)) : 1 } ?? 0
      return .init(time: time, value: left * 100 * (1 - used))
    }
  }
  return TimeChart.Band(color: 2, upper: line(projection.latest), lower: line(projection.earliest))
}

func burnChart(
  _ slo: ObjectiveStatus, _ history: ObjectiveHistory, _ marks: [TimeChart.Mark], _ context: PageContext
) -> TimeChart {
  let series = history.windows.prefix(4).enumerated().map { index, window in
    TimeChart.Series(
      name: Format.length(window), color: index + 1,
      points: history.points.map { point in
        .init(time: point.time, value: point.burn.indices.contains(index) ? point.burn[index] : nil)
      })
  }
  let factors = slo.pairs.map(\.pair.factor)
  let top = max(series.flatMap { $0.points.compactMap(\.value) }.max() ?? 1, (factors.max() ?? 10) * 1.2)
  return TimeChart(
    id: "burn", title: "Burn rate", time: axis(context),
    axis: .log(from: 0.1, to: top, unit: "times the rate that would just use up the budget, logarithmic") {
      "\($0 < 1 ? Format.fixed($0, 1) : Format.fixed($0, 0))×"
    },
    series: series,
    thresholds: slo.pairs.map {
      .init(
        value: $0.pair.factor, label: "\($0.pair.urgency.rawValue) \(Format.short($0.pair.factor))×",
        isLimit: $0.pair.urgency == .page)
    },
    marks: marks, spans: spans(history), now: context.now, gap: history.step * 2, format: { Format.burn($0) },
    height: 260)
}

func trafficChart(
  _ slo: ObjectiveStatus, _ history: ObjectiveHistory, _ marks: [TimeChart.Mark], _ context: PageContext
) -> TimeChart {
  // Steps shorter than a scrape's interval hold one scrape or none, which would draw a comb: a minute at least.
  let count = max(1, Int((Interval.minutes(1) / history.step).rounded(.up)))
  func rate(_ pick: (ObjectiveHistory.Point) -> Double?) -> [TimeChart.Point] {
    stride(from: history.points.count % count, to: history.points.count, by: count).map { start in
      let group = history.points[start..<start + count]
      let values = group.compactMap(pick)
      let seconds = max(1, history.step.seconds) * Double(values.count)
      let value = values.isEmpty ? nil : max(0, values.reduce(0, +)) / seconds
      return .init(time: group[group.endIndex - 1].time, value: value)
    }
  }
  let all = rate(\.total)
  let failed = rate { point in point.total.flatMap { total in point.good.map { total - $0 } } }
  return TimeChart(
    id: "traffic", title: "Requests", time: axis(context),
    axis: .linear(from: 0, to: all.compactMap(\.value).max() ?? 1, unit: "per second") { Format.short($0) },
    series: [
      .init(name: "All", color: 1, points: all), .init(name: "Failed", color: 2, style: .area, points: failed),
    ],
    marks: marks, spans: spans(history), now: context.now, gap: history.step * Int64(count * 2),
    format: { "\(Format.fixed($0, 2)) /s" })
}
