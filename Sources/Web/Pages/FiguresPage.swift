import Base
import Events
import Figures

func figuresPage(
  _ view: FigureView, _ incidents: [IncidentRecord], next: String?, _ context: PageContext
) -> PageBody {
  let report = view.report
  return PageBody(
    title: "Figures", heading: .text(figuresAnswer(view)), lead: figuresLead(view, context), place: .figures,
    content: .group([
      figureFilters(view),
      report.incidents.isEmpty
        ? card(nil) {
          empty("No incident that fits began in this time. A longer time or fewer filters may have some.")
        }
        : .group([
          div(.class("quads")) { for measure in report.measures { measureCard(measure, view, context) } },
          groupCard(view),
          card("Incidents") {
            incidentTimes(incidents, context)
            more(next, path: view.query.path())
          },
        ]),
      p(.class("muted small")) {
        "Half means the median, nine of ten the 90th percentile; both are times that were measured (nearest rank). "
        "Fewer than \(FiguresReport.medianMinimum) are shown one by one, and fewer than "
        "\(FiguresReport.trendMinimum) on either side say nothing about a change. "
        a(.href(view.query.path("/api/v1/figures") { $0.by = $0.by ?? .tier } + "&format=csv")) { "As CSV" }
        " · "
        a(.href(view.query.path("/api/v1/figures/incidents") + "&format=csv")) { "Each incident as CSV" }
      },
    ]), isLive: false)
}

/// "Half of 37 incidents were mitigated within 42 min".
private func figuresAnswer(_ view: FigureView) -> String {
  let report = view.report
  let count = report.incidents.count
  let mitigated = report.figures(.mitigate).spread
  guard count > 0 else { return "No incident began in \(view.query.span)" }
  guard mitigated.count >= Spread.percentileMinimum, let median = mitigated.median else {
    return "\(Format.plural(count, "incident")): too few to say more than each one"
  }
  return "Half of \(mitigated.count) incidents were mitigated within \(Format.length(median))"
}

private func figuresLead(_ view: FigureView, _ context: PageContext) -> HTML {
  let report = view.report
  let filters = Grouping.allCases.compactMap { grouping in
    view.query.filter[grouping].map { "\(grouping.word) \($0)" }
  }
  return .group([
    clock(report.from, context), " to ", until(report.to, context),
    .text(filters.isEmpty ? "" : ", \(filters.joined(separator: ", "))"),
    .text(report.open == 0 ? "." : "; \(report.open) of \(report.incidents.count) not over yet."),
  ])
}

extension FigureQuery {
  /// `90 days`, `the time asked for`.
  var span: String { days.map { Format.plural($0, "day") } ?? "the time asked for" }
  var before: String { "the \(days.map { Format.plural($0, "day") } ?? Format.length(to - from)) before" }
}

extension Grouping {
  var word: String {
    switch self {
    case .tier: "tier"
    case .team: "team"
    case .journey: "journey"
    case .service: "service"
    case .severity: "severity"
    }
  }
}

// MARK: - Filters

private func figureFilters(_ view: FigureView) -> HTML {
  let query = view.query
  func tabs(_ label: String, _ items: [(word: String, path: String, isHere: Bool)]) -> HTML {
    nav(.aria("label", label)) {
      ul(.class("tabs")) {
        for item in items {
          li { a(.href(item.path), item.isHere ? .aria("current", "true") : nil) { item.word } }
        }
      }
    }
  }
  func choice(_ grouping: Grouping) -> HTML {
    let values = view.choices[grouping] ?? []
    guard values.count > 1 || query.filter[grouping] != nil else { return .nothing }
    let all = (
      word: "Any \(grouping.word)", path: query.path { $0.filter[grouping] = nil },
      isHere: query.filter[grouping] == nil
    )
    return tabs(
      grouping.word,
      [all]
        + values.prefix(200).map { value in
          (
            grouping == .tier ? "Tier \(value)" : value, query.path { $0.filter[grouping] = value },
            query.filter[grouping] == value
          )
        })
  }
  let isFiltered = !query.filter.wanted.isEmpty
  return .group([
    tabs(
      "Period",
      FigureQuery.periods.map { days in ("\(days) days", query.path { $0.days = days }, query.days == days) }),
    details(.class("card"), .flag("open", isFiltered)) {
      summary { "Filter" }
      for grouping in Grouping.allCases { choice(grouping) }
    },
  ])
}

// MARK: - One measure

extension Measure {
  var heading: String {
    switch self {
    case .detect: "Time to detect"
    case .acknowledge: "Time to acknowledge"
    case .mitigate: "Time to mitigate"
    case .resolve: "Time to resolve"
    }
  }

  var about: String {
    switch self {
    case .detect: "from the beginning, where a sender names it, to the first alert"
    case .acknowledge: "from the first alert until a person took it"
    case .mitigate: "from the beginning until users were not affected any more"
    case .resolve: "from the beginning to the end"
    }
  }
}

private func measureCard(_ figures: MeasureFigures, _ view: FigureView, _ context: PageContext) -> HTML {
  card(nil) {
    if !figures.taken.isEmpty {
      LengthPlot(figures: figures, axis: LengthPlot.axis(view.report.measures)).html
    } else {
      h2 { figures.measure.heading }
      p(.class("muted small")) { figures.measure.about }
    }
    p { measureAnswer(figures) }
    measureNotes(figures)
    figures.trend.map { trendLine($0, figures, view) } ?? .nothing
  }
}

private func measureAnswer(_ figures: MeasureFigures) -> HTML {
  func link(_ item: (incident: IncidentRecord, length: Interval)) -> HTML {
    .group([
      a(.href("/incidents/\(item.incident.id)"), .title(item.incident.title)) { "#\(item.incident.number)" }, " ",
      .text(Format.length(item.length)),
    ])
  }
  guard let slowest = figures.slowest else { return "No incident says." }
  guard let median = figures.median else {
    let each = figures.taken.map(link)
    return .group(["Each of them: ", .group(each.enumerated().map { $0 == 0 ? $1 : .group([", ", $1]) }), "."])
  }
  return .group([
    .text("Half of \(figures.spread.count) within "), strong { Format.length(median) },
    figures.p90.map { p90 in .group(["; nine of ten within ", strong { Format.length(p90) }]) }
      ?? "; too few for a 90th percentile",
    ". The longest: ", link(slowest), ".",
  ])
}

private func measureNotes(_ figures: MeasureFigures) -> HTML {
  var notes: [String] = []
  func note(_ count: Int, _ one: String, _ many: String) {
    if count > 0 { notes.append("\(count) \(count == 1 ? one : many)") }
  }
  note(figures.pending, "is still open and left out", "are still open and left out")
  switch figures.measure {
  case .detect: note(figures.unknown, "does not say when it began", "do not say when they began")
  case .acknowledge:
    note(figures.unknown, "was over before anybody took it", "were over before anybody took them")
  case .mitigate, .resolve: break
  }
  note(
    figures.standIns, "had no mitigation of its own: its end counts", "had no mitigation of their own: their end counts"
  )
  note(
    figures.outOfOrder, "is left out because its clocks contradict each other",
    "are left out because their clocks contradict each other")
  return notes.isEmpty ? .nothing : p(.class("muted small")) { notes.joined(separator: "; ") + "." }
}

private func trendLine(_ trend: Trend, _ figures: MeasureFigures, _ view: FigureView) -> HTML {
  let before = view.query.before
  let then = trend.before.median.map { ", when half took up to \(Format.length($0))" } ?? ""
  let words: String =
    switch trend.verdict {
    case .tooFew:
      "Trend: too few to say (\(figures.spread.count) here, \(trend.before.count) in \(before); it takes "
        + "\(FiguresReport.trendMinimum) each)."
    case .tooManyPending: "Trend: too many are still open to compare with \(before)."
    case .noDifference(let p):
      "Trend: no difference from \(before) that chance would not make (Mann–Whitney U, \(probability(p)))."
    case .shorter(let p):
      "Trend: shorter than in \(before)\(then). \(chance(p)) (Mann–Whitney U, \(probability(p)))."
    case .longer(let p): "Trend: longer than in \(before)\(then). \(chance(p)) (Mann–Whitney U, \(probability(p)))."
    }
  return div(.class("trend")) { words }
}

func probability(_ p: Double) -> String { p < 0.001 ? "p < 0.001" : "p = \(Format.fixed(p, p < 0.1 ? 3 : 2))" }

/// What a p value means, in words.
private func chance(_ p: Double) -> String {
  p < 0.001
    ? "Chance alone would show as much less than once in 1 000 such comparisons"
    : "Chance alone would show as much about \(max(1, Int((p * 1_000).rounded()))) times in 1 000 such comparisons"
}

// MARK: - Tables

private func groupCard(_ view: FigureView) -> HTML {
  guard let by = view.query.by else { return .nothing }
  return card("By \(by.word)") {
    nav(.aria("label", "Told apart by")) {
      ul(.class("tabs")) {
        for grouping in Grouping.allCases {
          li {
            a(.href(view.query.path { $0.by = grouping }), grouping == by ? .aria("current", "true") : nil) {
              grouping.word.prefix(1).uppercased() + grouping.word.dropFirst()
            }
          }
        }
      }
    }
    table(.class("cards")) {
      heads(
        (by.word.prefix(1).uppercased() + by.word.dropFirst(), false), ("Incidents", true), ("Detect", true),
        ("Acknowledge", true), ("Mitigate", true), ("Resolve", true))
      tbody {
        for group in view.report.groups.prefix(200) {
          tr {
            th(.attr("scope", "row")) { groupName(group, by, view) }
            cell("Incidents", right: true) {
              String(group.incidents)
              if group.open > 0 { div(.class("muted small")) { "\(group.open) open" } }
            }
            for figures in group.measures {
              cell(figures.measure.heading, right: true) { div { spreadWords(figures) } }
            }
          }
        }
      }
    }
  }
}

private func groupName(_ group: FiguresReport.Group, _ by: Grouping, _ view: FigureView) -> HTML {
  guard let name = group.name else { return by == .service ? "No service" : .text("No \(by.word)") }
  return a(.href(view.query.path { $0.filter[by] = name })) { by == .tier ? "Tier \(name)" : name }
}

/// "42 min, p90 3 h" with its number; under five the range of what there is.
private func spreadWords(_ figures: MeasureFigures) -> HTML {
  guard let least = figures.spread.values.first, let most = figures.spread.values.last else { return "–" }
  let count = figures.spread.count
  guard let median = figures.median else {
    let range = count == 1 ? Format.length(least) : "\(Format.length(least)) – \(Format.length(most))"
    return .group([.text(range), div(.class("muted small")) { "only \(count)" }])
  }
  return .group([
    .text(Format.length(median)),
    div(.class("muted small")) { (figures.p90.map { "p90 \(Format.length($0)), " } ?? "") + "of \(count)" },
  ])
}

private func incidentTimes(_ incidents: [IncidentRecord], _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(
      ("Incident", false), ("Severity", false), ("Service", false), ("Began", true), ("Detect", true),
      ("Acknowledge", true), ("Mitigate", true), ("Resolve", true))
    tbody {
      for incident in incidents {
        tr {
          th(.attr("scope", "row")) {
            a(.class("wrap"), .href("/incidents/\(incident.id)")) { "#\(incident.number) \(incident.title)" }
          }
          cell("Severity") { span(.class("sev")) { incident.severity.rawValue } }
          cell("Service") { incident.services.isEmpty ? "–" : Format.list(incident.services) }
          cell("Began", right: true) { clock(incident.start, context) }
          for measure in Measure.allCases {
            cell(measure.heading, right: true) { measure.reading(of: incident).words }
          }
        }
      }
    }
  }
}

extension Measure.Reading {
  var words: String {
    switch self {
    case .took(let length): Format.length(length)
    case .pending: "open"
    case .unknown: "–"
    case .outOfOrder: "clocks differ"
    }
  }
}
