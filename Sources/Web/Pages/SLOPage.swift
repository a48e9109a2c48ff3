import Base
import Events

func sloPage(
  _ slo: ObjectiveStatus, _ site: Site, history: ObjectiveHistory?, detail: ObjectiveDetail, problem: String? = nil,
  _ context: PageContext
) -> PageBody {
  let marks = marks(of: slo.service, site)
  let path = "/slos/\(SafeURL.encode(slo.name))"
  return PageBody(
    title: slo.shownName, heading: .text(sloAnswer(slo, context)), lead: sloLead(slo, context),
    crumbs: [("SLOs", "/slos"), (slo.service, "/services/\(SafeURL.encode(slo.service))")], place: .slos,
    content: .group([
      problem.map { text in p(.class("problem"), .role("alert")) { text } } ?? .nothing,
      div(.data("live", "backfill")) { backfillNotice(detail.backfill, context) },
      div(.class("tiles"), .data("live", "tiles")) { sloTiles(slo) },
      rangeTabs(context, path: path),
      div(.data("live", "plots")) { sloPlots(slo, history, detail, marks, context) },
      div(.class("even")) {
        card("When the budget runs out", live: "projection") { projectionText(slo, context) }
        stepsCard(detail.steps, context)
      },
      card("Burn-rate alerts", live: "pairs") { pairTable(slo, context) },
      membersCard(detail.members),
      card("What burned it", live: "attribution") { attributionParts(detail.attribution, slo, context) },
      exemplarCard(detail.exemplars, context),
      exclusionCard(slo, detail.exclusions, context),
      pinCard(slo, site, context),
      card("History", live: "history") { periodTable(detail.periods, slo) },
      card("Where the samples come from", live: "origin") { originFacts(slo, detail.origin, context) },
      p { a(.href("/journal?subject=slo/\(SafeURL.encode(slo.name))")) { "All events of this SLO" } },
    ]))
}

private func sloLead(_ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  .group([
    state(slo.health), .text(" The objective is \(Format.objective(slo.objective)) good over "),
    slo.period.map { period in
      .group([
        "the period from ", clock(period.start, context), " to ", clock(period.end, context),
        .text(" (\(period.zone))"),
      ])
    } ?? .text("\(Format.length(slo.window))\(slo.isRolling ? ", rolling" : "")"),
    ", for ", a(.href("/services/\(SafeURL.encode(slo.service))")) { slo.service },
    slo.team.map { team in
      .group([" of ", a(.href("/slos?team=\(SafeURL.encode(team))")) { team }])
    } ?? .nothing,
    ". Counted: ", code { slo.indicator },
  ])
}

private func sloTiles(_ slo: ObjectiveStatus) -> HTML {
  .group([
    tile("budget left", slo.budgetLeft.map { Format.percent($0) } ?? "no data"),
    tile("good events", slo.sli.map(Format.ratio) ?? "no data"),
    tile("failed of \(Format.count(slo.total))", Format.count(slo.total - slo.good)),
    tile("burn now", slo.burnNow.map(Format.burn) ?? "no traffic"),
    tile("of the window has data", Format.percent(slo.covered, digits: slo.covered < 0.1 ? 1 : 0)),
  ])
}

private func tile(_ label: String, _ value: String) -> HTML {
  div(.class("tile")) {
    element("b", [], .text(value))
    span { label }
  }
}

private func sloPlots(
  _ slo: ObjectiveStatus, _ history: ObjectiveHistory?, _ detail: ObjectiveDetail, _ marks: [TimeChart.Mark],
  _ context: PageContext
) -> HTML {
  guard var history, !history.points.isEmpty else {
    return card(nil) {
      empty(
        "No data in this range. Have something scraped, or send samples to:",
        hint: "/intake/prometheus/api/v1/write")
    }
  }
  if history.exclusions.isEmpty { history.exclusions = detail.exclusions }
  return .group([
    card(nil) { budgetChart(slo, history, marks, context).html },
    card(nil) { burnChart(slo, history, marks, context).html },
    detail.slices.map { strip in
      card(nil) {
        SliceChart(
          strip: strip,
          time: TimeAxis(from: context.now - context.range.length, to: context.now, zone: context.zone),
          now: context.now
        ).html
        p(.class("muted small")) {
          "In the budget's window: \(Format.plural(strip.good, "slice")) good, \(strip.bad) bad, "
            + "\(strip.noData) without data, which are left out."
        }
      }
    } ?? .nothing,
    card(nil) { trafficChart(slo, history, marks, context).html },
  ])
}

/// The heading: what the budget does, in words.
func sloAnswer(_ slo: ObjectiveStatus, _ context: PageContext) -> String {
  let name = slo.shownName
  guard let left = slo.budgetLeft else { return "\(name): no data yet" }
  if left <= 0 { return "\(name) has spent its whole error budget" }
  let isFiring = slo.pairs.contains(where: \.isFiring)
  // Who is paged asks how long there is if nothing is done; the days before say little about that.
  if isFiring, let gone = slo.projection?.atRecentBurn {
    return "\(name) is burning; \(Format.percent(left)) of its budget is left, gone \(Forecast.at(gone, context)) "
      + "if the last hour's burn goes on"
  }
  if let forecast = slo.projection.flatMap({ Forecast($0, context) }) {
    return "\(name) runs out of budget \(forecast.words)"
  }
  if isFiring { return "\(name) is burning; \(Format.percent(left)) of its budget is left" }
  if slo.health == .noData { return "\(name): no data lately; \(Format.percent(left)) of its budget was left" }
  return "\(name) holds: \(Format.percent(left)) of its budget is left"
}

// MARK: - Burn-rate alerts

private func pairTable(_ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  if slo.pairs.isEmpty {
    return empty(
      "No pair of windows can tell this objective's burn. Write an AlertPolicy with its condition:",
      hint: "apiVersion: openslo/v1, kind: AlertPolicy")
  }
  return table(.class("cards")) {
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
          cell("State") { pairState(pair, context) }
        }
      }
    }
  }
}

private func pairState(_ pair: BurnPairStatus, _ context: PageContext) -> HTML {
  span {
    if pair.isFiring {
      state(AlertCondition.firing)
      if let clears = pair.clearsAt {
        span(.class("muted small")) {
          " clears "; ago(clears, context); " if all is well"
        }
      }
    } else if let reason = pair.heldBack {
      state(AlertCondition.suppressed.named("held back"))
      div(.class("muted small")) { reason }
    } else {
      span(.class("muted")) { "quiet" }
    }
  }
}

// MARK: - Projection

/// A projection in words. Its length of doubt decides how exactly the time is told: nobody knows the minute of next
/// Thursday.
struct Forecast {
  let words: String
  let range: String

  /// `nil` when the budget most likely lasts.
  init?(_ projection: BudgetProjection, _ context: PageContext) {
    guard let middle = projection.exhaustedAt else { return nil }
    let (earliest, latest) = (projection.earliest ?? middle, projection.latest)
    let half = latest.map { Interval(nanoseconds: ($0 - earliest).nanoseconds / 2) }
    let isCoarse = (half ?? .days(1)) >= .hours(20)
    func told(_ time: Instant) -> String {
      if !isCoarse { return context.zone.brief(time, near: context.now) }
      let parts = context.zone.parts(time)
      let near = time - context.now < .days(6) && context.zone.parts(context.now).day != parts.day
      return near ? parts.weekdayFull : "\(parts.weekdayName) \(parts.day) \(parts.monthName)"
    }
    let give = half.map { ", give or take \(Self.roughly($0))" } ?? ", or later"
    words = (isCoarse ? "on \(told(middle))" : Self.at(middle, context)) + give
    range = latest.map { "between \(told(earliest)) and \(told($0))" } ?? "not before \(told(earliest)), if at all"
  }

  /// `at 05:26`, `on Thu 26 Nov, 03:26`.
  static func at(_ time: Instant, _ context: PageContext) -> String {
    let text = context.zone.brief(time, near: context.now)
    return (text.contains(",") ? "on " : "at ") + text
  }

  /// `20 minutes`, `an hour`, `3 days`.
  static func roughly(_ interval: Interval) -> String {
    let minutes = max(1, Int((interval.seconds / 60).rounded()))
    switch minutes {
    case ..<50: return Format.plural(minutes, "minute")
    case ..<90: return "an hour"
    case ..<1_200: return "\((minutes + 30) / 60) hours"
    case ..<2_160: return "a day"
    default: return "\((minutes + 720) / 1_440) days"
    }
  }
}

private func projectionText(_ slo: ObjectiveStatus, _ context: PageContext) -> HTML {
  guard let left = slo.budgetLeft else {
    return p(.class("muted")) { "There is nothing to project before the first samples." }
  }
  guard left > 0 else {
    return p {
      "Nothing is left. The budget comes back as the failures fall out of the window, or by leaving out a time that "
      "was nobody's fault, further down."
    }
  }
  guard let projection = slo.projection else {
    return p { "It lasts: as failures come now, the budget is not used up within its window." }
  }
  return .group([
    p { projectionSentence(projection, context) },
    projection.isTooShort
      ? .nothing
      : projection.atRecentBurn.map { recent in
        p { "If the burn of the last hour goes on, it is gone \(Forecast.at(recent, context))." }
      } ?? .nothing,
    projection.basis.map { basis in p(.class("muted small")) { basis } } ?? .nothing,
  ])
}

private func projectionSentence(_ projection: BudgetProjection, _ context: PageContext) -> HTML {
  if let forecast = Forecast(projection, context) {
    return .group([
      "If it goes on as it did, the budget runs out ", strong { forecast.words }, .text(": \(forecast.range)."),
    ])
  }
  if projection.isTooShort {
    let gone = projection.atRecentBurn.map {
      "If the burn of the last hour goes on, it is gone \(Forecast.at($0, context))."
    }
    return .text(
      "Too little has been seen to tell how the burn varies. " + (gone ?? "At the last hour's burn it lasts."))
  }
  if let earliest = projection.earliest {
    return .text(
      "It most likely lasts. If the burn keeps to its fast side, it is gone \(Forecast.at(earliest, context)).")
  }
  return "It lasts, as failures came in the last days."
}
