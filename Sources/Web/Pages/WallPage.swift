import Base
import Events

/// So many tiles can be read from across a room; what is past them is told in a line.
let wallTiles = 32

/// A board for a screen across the room: the worst first, no interaction, no motion.
func wallPage(_ objectives: [ObjectiveStatus], team: String, _ site: Site, _ context: PageContext) -> PageBody {
  let shown = Array(objectives.prefix(wallTiles))
  let rest = objectives.dropFirst(wallTiles)
  let lines = site.sparklines(shown.map(\.name))
  var filter = ObjectiveFilter()
  filter.team = team
  let page = ObjectivePage(filter: filter, rows: shown, matching: objectives, inAnyState: objectives, before: 0)
  // As few columns as let all tiles stand on one screen, so that they are as large as they can be.
  let columns = [(6, "c3"), (8, "c4"), (15, "c5"), (24, "c6")].first { shown.count <= $0.0 }?.1 ?? "c8"
  return PageBody(
    title: "Wall-board", heading: .text(sloListAnswer(page, site.objectives.all.count)),
    content: div(.data("live", "tiles")) {
      if shown.isEmpty {
        team.isEmpty
          ? empty("Nothing is measured. Write an SLO:", hint: "apiVersion: openslo/v1, kind: SLO")
          : empty(
            "No objective belongs to \(team). A service's owner is in its Component:", hint: "spec: {owner: TEAM}")
      } else {
        ul(.class("wall-tiles \(columns)")) {
          for slo in shown { li(.class("wall-tile \(slo.health.tone.rawValue)")) { wallTile(slo, lines[slo.name]) } }
        }
        if !rest.isEmpty { p(.class("wall-rest")) { restWords(Array(rest)) } }
      }
    },
    tools: span(.class("wall-tools")) {
      a(.href(filter.path())) { "All SLOs" }
      " · budget left in %, burn rate in × · as of "
      clock(context.now, context)
      " \(context.zone.offset(context.now).abbreviation)"
    },
    layout: .wall)
}

private func wallTile(_ slo: ObjectiveStatus, _ line: [Double?]?) -> HTML {
  a(.href("/slos/\(SafeURL.encode(slo.name))")) {
    span(.class("wall-state")) {
      slo.health.icon.svg
      slo.health.word
    }
    strong(.class("wall-name")) { slo.shownName }
    span(.class("wall-service")) { slo.service }
    span(.class("wall-figure")) {
      if let left = slo.budgetLeft {
        element("b", [], .text(Format.percent(left, digits: 0)))
        span(.class("wall-left")) { "left" }
      }
      if let burn = slo.burnNow, burn >= 1 {
        span(.class("wall-burn"), .title("Burn rate now")) { "\(Format.fixed(burn, burn < 10 ? 1 : 0))×" }
      }
    }
    sparkline(line, health: slo.health, wide: true)
  }
}

/// "and 960 more: 3 at risk, 957 healthy".
private func restWords(_ rest: [ObjectiveStatus]) -> String {
  let parts = Health.allCases.sorted { $0.rank > $1.rank }.compactMap { health -> String? in
    let count = rest.filter { $0.health == health }.count
    return count == 0 ? nil : "\(Format.grouped(Int64(count))) \(health.word)"
  }
  return "and \(Format.grouped(Int64(rest.count))) more: \(parts.joined(separator: ", "))"
}
