import Base
import Events

func sloPage(
  _ slo: ObjectiveStatus, _ site: Site, history: ObjectiveHistory?, _ context: PageContext
) -> PageBody {
  let marks = marks(of: slo.service, site)
  let path = "/slos/\(SafeURL.encode(slo.name))"
  return PageBody(
    title: slo.title ?? slo.name, heading: .text(sloAnswer(slo, context)),
    lead: .group([
      state(slo.health), .text(" The objective is \(Format.objective(slo.objective)) good over "),
      .text("\(Format.length(slo.window))\(slo.isRolling ? ", rolling" : ""), for "),
      a(.href("/services/\(SafeURL.encode(slo.service))")) { slo.service }, ". Counted: ", code { slo.indicator },
    ]),
    crumbs: [("Services", "/"), (slo.service, "/services/\(SafeURL.encode(slo.service))")], place: .overview,
    content: .group([
      div(.class("tiles"), .data("live", "tiles")) {
        tile("budget left", slo.budgetLeft.map { Format.percent($0) } ?? "no data")
        tile("good events", slo.sli.map(Format.ratio) ?? "no data")
        tile("failed of \(Format.count(slo.total))", Format.count(slo.total - slo.good))
        tile("of the window has data", Format.percent(slo.covered, digits: slo.covered < 0.1 ? 1 : 0))
      },
      rangeTabs(context, path: path),
      div(.data("live", "plots")) {
        if let history, !history.points.isEmpty {
          card(nil) { budgetChart(slo, history, marks, context).html }
          card(nil) { burnChart(slo, history, marks, context).html }
          card(nil) { trafficChart(slo, history, marks, context).html }
        } else {
          card(nil) {
            empty(
              "No data in this range. Have something scraped, or send samples to:",
              hint: "/intake/prometheus/api/v1/write")
          }
        }
      },
      card("Burn-rate alerts", live: "pairs") { pairTable(slo, context) },
      p { a(.href("/journal?subject=slo/\(SafeURL.encode(slo.name))")) { "All events of this SLO" } },
    ]))
}

private func tile(_ label: String, _ value: String) -> HTML {
  div(.class("tile")) {
    element("b", [], .text(value))
    span { label }
  }
}

/// The heading: what the budget does, in words.
func sloAnswer(_ slo: ObjectiveStatus, _ context: PageContext) -> String {
  let name = slo.title ?? slo.name
  guard let left = slo.budgetLeft else { return "\(name): no data yet" }
  if left <= 0 { return "\(name) has spent its whole error budget" }
  if let projection = slo.projection, projection.exhaustedAt < context.now + slo.window {
    let spread = projection.latest.map { Interval(nanoseconds: ($0 - projection.earliest).nanoseconds / 2) }
    let give = spread.map { ", give or take \(Format.length($0))" } ?? ""
    let when = context.zone.brief(projection.exhaustedAt, near: context.now)
    return "\(name) runs out of budget \(when.contains(",") ? "on" : "at") \(when)\(give)"
  }
  if slo.pairs.contains(where: \.isFiring) {
    return "\(name) is burning; \(Format.percent(left)) of its budget is left"
  }
  return "\(name) holds: \(Format.percent(left)) of its budget is left"
}

private func pairTable(_ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(
      ("Windows", false), ("Urgency", false), ("Threshold", true), ("Long", true), ("Short", true), ("State", false))
    tbody {
      for pair in slo.pairs {
        tr {
          th(.attr("scope", "row")) { "\(Format.length(pair.pair.long)) and \(Format.length(pair.pair.short))" }
          cell("Urgency") { pair.pair.urgency.rawValue }
          cell("Threshold", right: true) { Format.burn(pair.pair.factor) }
          cell("Long", right: true) { pair.long.map(Format.burn) ?? "no data" }
          cell("Short", right: true) { pair.short.map(Format.burn) ?? "no data" }
          cell("State") {
            if pair.isFiring {
              state(AlertCondition.firing)
              if let clears = pair.clearsAt {
                span(.class("muted small")) {
                  " clears "; ago(clears, context); " if all is well"
                }
              }
            } else {
              span(.class("muted")) { "quiet" }
            }
          }
        }
      }
    }
  }
}

// MARK: - Plots

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
  // The projection is drawn when it falls within a third of the range shown.
  let reach = context.now + Interval(nanoseconds: context.range.length.nanoseconds / 3)
  var end: Instant?
  if let projection = slo.projection, let left = slo.budgetLeft, left > 0 {
    let stop = min(projection.exhaustedAt, reach)
    let share = (stop - context.now) / (projection.exhaustedAt - context.now)
    end = stop
    series.append(
      .init(
        name: "Projected", color: 2, style: .dashed,
        points: [.init(time: context.now, value: left * 100), .init(time: stop, value: left * 100 * (1 - share))]))
  }
  return TimeChart(
    id: "budget", title: "Error budget left", time: axis(context, until: end),
    axis: .linear(from: max(low, -200), to: 100, unit: "% of the \(Format.length(slo.window)) budget") {
      "\(Format.fixed($0, 0)) %"
    },
    series: series,
    thresholds: [.init(value: 25, label: "at risk"), .init(value: 0, label: "exhausted", isLimit: true)], marks: marks,
    spans: spans(history), now: context.now, gap: history.step * 2, format: { "\(Format.fixed($0, 1)) %" })
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
