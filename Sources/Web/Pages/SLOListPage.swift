import Base
import Events

/// One page of the list of SLOs.
struct ObjectivePage: Sendable {
  var filter: ObjectiveFilter
  /// Of this page.
  var rows: [ObjectiveStatus]
  /// All that the filter wants.
  var matching: [ObjectiveStatus]
  /// All that it would want in any state: what the heading and the tabs count.
  var inAnyState: [ObjectiveStatus]
  /// How many of the matching stand before this page.
  var before: Int
  var next: String?
  /// The page before ended with an SLO that is no longer in the list.
  var isRestarted = false
}

func sloListPage(_ list: ObjectivePage, _ site: Site, _ context: PageContext) -> PageBody {
  let burning = list.inAnyState.filter { $0.health == .burning || $0.health == .exhausted }.count
  return PageBody(
    title: burning > 0 ? "\(burning) burning" : "SLOs",
    heading: .text(sloListAnswer(list, site.objectives.all.count)), place: .slos,
    content: .group([
      list.isRestarted
        ? p(.class("problem"), .role("alert")) {
          "The list has changed and the place you came from is no longer in it: this is its start."
        } : .nothing,
      card(nil) { filterForm(list.filter, site) },
      stateTabs(list),
      card(nil) {
        if list.rows.isEmpty {
          nothing(list.filter, site)
        } else {
          objectiveRows(list, site)
          pager(list)
        }
      },
    ]),
    tools: a(
      .class("btn"), .href(list.filter.team.isEmpty ? "/wall" : "/wall?team=\(SafeURL.encode(list.filter.team))")
    ) { "Wall-board" })
}

/// "2 of 16 objectives are burning budget; 1 has none left".
func sloListAnswer(_ list: ObjectivePage, _ all: Int) -> String {
  if all == 0 { return "No SLO is defined yet" }
  let whose = list.filter.team.isEmpty ? "" : " of \(list.filter.team)"
  let count = list.inAnyState.count
  if count == 0 { return "None of \(Format.plural(all, "objective")) matches" }
  func number(_ health: Health) -> Int { list.inAnyState.filter { $0.health == health }.count }
  let (burning, exhausted, risky, silent) = (number(.burning), number(.exhausted), number(.atRisk), number(.noData))
  let of = "of \(Format.plural(count, "objective"))\(whose)"
  let none = exhausted == 1 ? "has no budget left" : "have no budget left"
  if count == 1, let one = list.inAnyState.first { return "\(one.shownName) \(one.health.sentence)" }
  if burning > 0 {
    return "\(burning) \(of) \(burning == 1 ? "is" : "are") burning budget"
      + (exhausted > 0 ? "; \(exhausted) \(exhausted == 1 ? "has" : "have") none left" : "")
  }
  if exhausted > 0 { return "\(exhausted) \(of) \(none); none is burning" }
  if risky > 0 { return "\(risky) \(of) \(risky == 1 ? "is" : "are") at risk; none is burning" }
  if silent == count { return "No data has arrived for \(Format.plural(count, "objective"))\(whose)" }
  if silent > 0 { return "\(silent) \(of) \(silent == 1 ? "has" : "have") no data; the others are healthy" }
  return "All \(Format.plural(count, "objective"))\(whose) are healthy"
}

extension Health {
  /// What follows a name: `is at risk`.
  var sentence: String {
    switch self {
    case .healthy: "is healthy"
    case .atRisk: "is at risk"
    case .burning: "is burning budget"
    case .exhausted: "has no budget left"
    case .noData: "has no data"
    }
  }
}

private func nothing(_ filter: ObjectiveFilter, _ site: Site) -> HTML {
  if filter.isEmpty {
    return empty("Nothing is measured. Write an SLO:", hint: "apiVersion: openslo/v1, kind: SLO")
  }
  return div(.class("empty")) {
    p { "No objective matches." }
    p { a(.href("/slos")) { "Show all \(Format.plural(site.objectives.all.count, "objective"))" } }
  }
}

// MARK: - Filters

/// So many teams are offered as a choice; past that their name is typed.
private let teamsOffered = 60

private func filterForm(_ filter: ObjectiveFilter, _ site: Site) -> HTML {
  form(.method("get"), .action("/slos"), .class("fields filters")) {
    if let state = filter.state { input(.type("hidden"), .name("state"), .value(state.rawValue)) }
    div {
      label(.for("text")) { "Name" }
      input(.id("text"), .name("text"), .type("search"), .value(filter.text))
    }
    div {
      label(.for("team")) { "Team" }
      teamField(filter, site)
    }
    div {
      label(.for("service")) { "Service" }
      input(.id("service"), .name("service"), .value(filter.service), .attr("autocapitalize", "none"))
    }
    div {
      label(.for("tier")) { "Tier" }
      choice("tier", filter.tier.map(String.init) ?? "", [("", "any")] + site.tiers.map { (String($0), String($0)) })
    }
    div {
      label(.for("sort")) { "Order" }
      choice(
        "sort", filter.isReversed ? "-\(filter.sort.rawValue)" : filter.sort.rawValue,
        ObjectiveFilter.Sort.allCases.map { ($0.rawValue, $0.words) }
          + (filter.isReversed ? [("-\(filter.sort.rawValue)", "\(filter.sort.words), reversed")] : []))
    }
    div(.class("actions")) {
      button(.type("submit"), .class("primary")) { "Show" }
      if !filter.isEmpty { a(.class("btn"), .href("/slos")) { "Clear" } }
    }
  }
}

private func teamField(_ filter: ObjectiveFilter, _ site: Site) -> HTML {
  let teams = site.teams
  guard teams.count <= teamsOffered else { return input(.id("team"), .name("team"), .value(filter.team)) }
  let known = teams.contains(filter.team) || filter.team.isEmpty ? teams : teams + [filter.team]
  return choice("team", filter.team, [("", "any")] + known.map { ($0, $0) })
}

private func choice(_ name: String, _ chosen: String, _ options: [(String, String)]) -> HTML {
  select(.id(name), .name(name)) {
    for pair in options {
      option(.value(pair.0), pair.0 == chosen ? .flag("selected") : nil) { pair.1 }
    }
  }
}

extension ObjectiveFilter.Sort {
  var words: String {
    switch self {
    case .state: "worst first"
    case .name: "by name"
    case .service: "by service"
    case .target: "by target"
    case .budget: "least budget first"
    case .burn: "fastest burn first"
    }
  }
}

private func stateTabs(_ list: ObjectivePage) -> HTML {
  let all = list.inAnyState
  var counts: [Health: Int] = [:]
  for slo in all { counts[slo.health, default: 0] += 1 }
  let states = Health.allCases.sorted { $0.rank > $1.rank }
  return nav(.aria("label", "State"), .data("live", "states")) {
    ul(.class("tabs")) {
      li {
        a(
          .href(list.filter.with { $0.state = nil }.path()),
          list.filter.state == nil ? .aria("current", "true") : nil
        ) { "all \(Format.grouped(Int64(all.count)))" }
      }
      for health in states where counts[health] != nil || list.filter.state == health {
        li {
          a(
            .href(list.filter.with { $0.state = health }.path()),
            list.filter.state == health ? .aria("current", "true") : nil
          ) { "\(health.word) \(Format.grouped(Int64(counts[health] ?? 0)))" }
        }
      }
    }
  }
}

// MARK: - Rows

private func objectiveRows(_ list: ObjectivePage, _ site: Site) -> HTML {
  let lines = site.sparklines(list.rows.map(\.name))
  return .group([
    p(.class("reorder"), .data("reorder", ""), .flag("hidden")) {
      "The order has changed since this page was made. "
      a(.href(list.filter.path())) { "Sort it again" }
    },
    table(.class("cards slos")) {
      thead {
        tr {
          head("SLO", .name, list.filter)
          head("State", .state, list.filter)
          head("Service", .service, list.filter)
          head("Target", .target, list.filter, right: true)
          head("Budget left", .budget, list.filter, right: true)
          th(.attr("scope", "col")) { "Over its window" }
          head("Burn now", .burn, list.filter, right: true)
        }
      }
      tbody(.data("order", "")) {
        for slo in list.rows { objectiveRow(slo, lines[slo.name]) }
      }
    },
  ])
}

private func head(_ words: String, _ sort: ObjectiveFilter.Sort, _ filter: ObjectiveFilter, right: Bool = false) -> HTML
{
  let isCurrent = filter.sort == sort
  let turned = filter.with {
    $0.isReversed = isCurrent && !$0.isReversed
    $0.sort = sort
  }
  // What the column's values do downwards, which for a burn is the other way round than its order's name.
  let ascends = (sort == .burn || sort == .state) == filter.isReversed
  return th(
    .attr("scope", "col"), right ? .class("r") : nil,
    isCurrent ? .aria("sort", ascends ? "ascending" : "descending") : nil
  ) {
    a(.href(turned.path())) {
      words
      if isCurrent { span(.aria("hidden", "true")) { ascends ? " ▴" : " ▾" } }
    }
  }
}

private func objectiveRow(_ slo: ObjectiveStatus, _ line: [Double?]?) -> HTML {
  tr(.data("live", "slo-\(slo.name)")) {
    th(.attr("scope", "row")) { a(.href("/slos/\(SafeURL.encode(slo.name))")) { slo.shownName } }
    cell("State") { state(slo.health) }
    cell("Service") {
      span {
        a(.href("/services/\(SafeURL.encode(slo.service))")) { slo.service }
        if let team = slo.team { div(.class("muted small")) { slo.tier.map { "\(team), tier \($0)" } ?? team } }
      }
    }
    cell("Target", right: true) {
      span {
        span(.class("num")) { Format.objective(slo.objective) }
        div(.class("muted small")) { Format.length(slo.window) }
      }
    }
    cell("Budget left", right: true) { budgetBar(slo.budgetLeft, health: slo.health) }
    cell("Over its window") { sparkline(line, health: slo.health) }
    cell("Burn now", right: true) { slo.burnNow.map(Format.burn) ?? "–" }
  }
}

private func pager(_ list: ObjectivePage) -> HTML {
  let total = list.matching.count
  guard list.next != nil || list.before > 0 else { return .nothing }
  return nav(.class("row apart pager"), .aria("label", "Pages of the list")) {
    span(.class("muted")) {
      "\(Format.grouped(Int64(list.before + 1))) to \(Format.grouped(Int64(list.before + list.rows.count))) of "
        + Format.grouped(Int64(total))
    }
    span(.class("row")) {
      if list.before > 0 { a(.class("btn"), .href(list.filter.path())) { "From the start" } }
      if let next = list.next {
        a(.class("btn"), .attr("rel", "next"), .href(list.filter.path(cursor: next))) { "Next" }
      }
    }
  }
}
