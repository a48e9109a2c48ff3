import Base
import Engine
import Events
import Incidents
import Journal

/// The newest entries, on the incident's page.
func timelineCard(_ view: TimelineView, _ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let path = "/incidents/\(incident.id)/timeline"
  return .group([
    card("Timeline", live: "timeline") {
      if view.earlier != nil { p { a(.href(path)) { "Earlier entries" } } }
      timelineList(view, incident, context)
      p(.class("small")) {
        a(.href(path)) { "Whole timeline" }
        " · "
        a(.href("\(path).md")) { "Markdown" }
        " · "
        a(.href("\(path).json")) { "JSON" }
      }
    },
    context.may(.responder) ? pinForm(incident, site, context) : .nothing,
  ])
}

func timelinePage(_ view: TimelineView, _ incident: Incident, _ context: PageContext) -> PageBody {
  let path = "/incidents/\(incident.id)/timeline"
  let kind = view.kind.map { "kind=\($0.rawValue)&" } ?? ""
  return PageBody(
    title: "Timeline of #\(incident.number)",
    heading: .text("What happened in incident \(incident.number)"),
    lead: .text("\(incident.title). From an hour before it began, as the journal has it; corrections are marked."),
    crumbs: [("Incidents", "/incidents"), ("#\(incident.number)", "/incidents/\(incident.id)")], place: .incidents,
    content: .group([
      nav(.aria("label", "Kind of entry")) {
        ul(.class("tabs")) {
          li { a(.href(path), view.kind == nil ? .aria("current", "true") : nil) { "All" } }
          for kind in TimelineEntry.Kind.allCases {
            li {
              a(.href("\(path)?kind=\(kind.rawValue)"), view.kind == kind ? .aria("current", "true") : nil) {
                kind.words
              }
            }
          }
        }
      },
      card(nil, live: "timeline") {
        if let earlier = view.earlier { p { a(.href("\(path)?\(kind)before=\(earlier)")) { "Earlier entries" } } }
        view.entries.isEmpty ? empty("Nothing of that kind in this stretch.") : .nothing
        timelineList(view, incident, context)
        if let later = view.later { p { a(.href("\(path)?\(kind)after=\(later)")) { "Later entries" } } }
      },
      p {
        a(.href("\(path).md")) { "Export as Markdown" }
        " · "
        a(.href("\(path).json")) { "Export as JSON" }
      },
    ]))
}

/// Of a text that is longer the list shows the beginning; the entry's own page has all of it.
private let listedBytesMax = 600
/// Of more graphs than these a list has only the titles.
private let listedGraphsMax = 4

private func timelineList(_ view: TimelineView, _ incident: Incident, _ context: PageContext) -> HTML {
  let drawn = Set(view.entries.filter { $0.graph != nil }.suffix(listedGraphsMax).map(\.sequence))
  return ol(.class("timeline")) {
    for entry in view.entries {
      timelineLine(entry, incident, context, drawsGraph: drawn.contains(entry.sequence))
    }
  }
}

private func timelineLine(
  _ entry: TimelineEntry, _ incident: Incident, _ context: PageContext, drawsGraph: Bool
) -> HTML {
  let own = "/incidents/\(incident.id)/timeline/\(entry.sequence)"
  return li(.class(entry.kind.rawValue), .id("e\(entry.sequence)")) {
    a(.class("at"), .href(own), .title(context.zone.full(entry.at))) { clockText(entry.at, context) }
    span(.class("dot"))
    div(.class("text")) {
      if entry.isHidden {
        span(.class("muted")) {
          "left out by \(actorName(entry.amendments.last?.actor.text ?? "")) "
        }
        a(.href(own)) { "show" }
      } else if let corrected = entry.corrected, let amendment = entry.amendments.last(where: { $0.text != nil }) {
        strong { actorName(entry.actor.text) }
        listed(corrected, own) { text in p(.class("pre")) { text } }
        span(.class("muted small")) {
          "corrected by \(actorName(amendment.actor.text)), "
          ago(amendment.at, context)
        }
        element("details", [.class("small")], .group([element("summary", [], "original"), entryText(entry, own)]))
      } else {
        entryText(entry, own)
        entry.graph.map { graph in
          drawsGraph
            ? pinnedChart(graph, entry.sequence, context) : p(.class("small")) { a(.href(own)) { "Show the graph" } }
        } ?? .nothing
      }
    }
  }
}

/// What the event says, without corrections.
///
/// - Parameter own: the entry's page, where a list cuts what is long; `nil` shows all of it.
private func entryText(_ entry: TimelineEntry, _ own: String? = nil) -> HTML {
  guard let body = entry.body else { return listed(entry.text, own) { .text($0) } }
  if entry.kind == .evidence {
    return .group([.text(entry.text), listed(body, own) { text in pre { code { text } } }])
  }
  return .group([
    strong { actorName(entry.actor.text) },
    entry.kind == .note ? .nothing : span(.class("muted")) { " \(entry.text)" },
    listed(body, own) { text in p(.class("pre")) { text } },
  ])
}

/// A text in a list: where it is long its beginning, and a link to the rest.
private func listed(_ text: String, _ own: String?, _ show: (String) -> HTML) -> HTML {
  guard let own, text.utf8.count > listedBytesMax else { return show(text) }
  return .group([show(text.cut(listedBytesMax)), p(.class("small")) { a(.href(own)) { "The whole text" } }])
}

/// Hours, minutes and seconds: in a timeline seconds matter.
private func clockText(_ time: Instant, _ context: PageContext) -> HTML {
  let parts = context.zone.parts(time)
  let clock = "\(parts.clock):\(ClockParts.two(parts.second))"
  let isToday = context.now - time < .hours(12)
  return .text(isToday ? clock : "\(parts.day) \(parts.monthName) \(clock)")
}

/// A pinned graph as it was, drawn like those of today.
func pinnedChart(_ graph: IncidentGraphPinned, _ sequence: Int64, _ context: PageContext) -> HTML {
  let values = graph.series.flatMap { $0.points.compactMap(\.value) }
  let top = max(values.max() ?? 1, (graph.thresholds.max() ?? 0) * 1.2, 1e-9)
  let unit = graph.unit
  let write: @Sendable (Double) -> String = { "\(Format.short($0)) \(unit)" }
  let axis: Axis =
    graph.isLogarithmic
    ? .log(from: 0.1, to: top, unit: "\(unit), logarithmic", label: write)
    : .linear(from: min(0, values.min() ?? 0), to: top, unit: unit, label: write)
  return TimeChart(
    id: "g\(sequence)", title: graph.title, time: TimeAxis(from: graph.from, to: graph.to, zone: context.zone),
    axis: axis,
    series: graph.series.enumerated().map { index, series in
      .init(
        name: series.name, color: index % 4 + 1, points: series.points.map { .init(time: $0.at, value: $0.value) })
    },
    thresholds: graph.thresholds.map { .init(value: $0, label: write($0)) }, now: graph.to,
    gap: (graph.to - graph.from) / 50, format: write, height: 200
  ).html
}

// MARK: - One entry

func timelineEntryPage(_ entry: TimelineEntry, _ incident: Incident, _ context: PageContext) -> PageBody {
  let path = "/incidents/\(incident.id)/timeline"
  return PageBody(
    title: "Entry \(entry.sequence)", heading: .text(entry.text),
    lead: .group([
      .text("By \(actorName(entry.actor.text)), "), clock(entry.at, context), ". ",
      a(.href("/journal?at=\(entry.sequence)")) { "Its event" },
    ]),
    crumbs: [
      ("Incidents", "/incidents"), ("#\(incident.number)", "/incidents/\(incident.id)"), ("Timeline", path),
    ], place: .incidents,
    content: .group([
      card("As it was written") {
        entryText(entry)
        entry.graph.map { pinnedChart($0, entry.sequence, context) } ?? .nothing
        subjectLine(entry)
      },
      card("Corrections") {
        if entry.amendments.isEmpty { empty("None.") }
        ol {
          for amendment in entry.amendments {
            li {
              strong { actorName(amendment.actor.text) }
              " "
              ago(amendment.at, context)
              amendment.hidden ? span(.class("muted")) { " left it out" } : .nothing
              amendment.text.map { text in p(.class("pre")) { text } } ?? .nothing
            }
          }
        }
      },
      context.may(.responder) ? amendForm(entry, "\(path)/\(entry.sequence)", context) : .nothing,
    ]))
}

private func subjectLine(_ entry: TimelineEntry) -> HTML {
  p(.class("muted small")) {
    subjectLink(entry.subject.text)
    entry.link.map { link in
      link.hasPrefix("https://") || link.hasPrefix("http://")
        ? .group([" · ", a(.href(link), .attr("rel", "noreferrer")) { "link" }]) : .nothing
    } ?? .nothing
  }
}

private func amendForm(_ entry: TimelineEntry, _ path: String, _ context: PageContext) -> HTML {
  card("Correct it") {
    p(.class("muted")) { "What was written stays in the journal; readers see the correction and who made it." }
    form(.method("post"), .action(path)) {
      csrfField(context)
      label(.for("text")) { "It should say" }
      textarea(.id("text"), .name("text"), .flag("required"), .attr("maxlength", "8000")) {
        entry.corrected ?? entry.body ?? entry.text
      }
      div(.class("actions")) { button(.type("submit"), .class("primary")) { "Correct" } }
    }
    actionForm(
      path, context, label: entry.isHidden ? "Show it again" : "Leave it out of the timeline",
      fields: [("hidden", entry.isHidden ? "no" : "yes")])
  }
}

// MARK: - Pinning

private func graphFields() -> HTML {
  .group([
    div {
      label(.for("chart")) { "Graph" }
      select(.id("chart"), .name("chart")) {
        option(.value("burn")) { "Burn rate" }
        option(.value("budget")) { "Error budget" }
        option(.value("traffic")) { "Requests" }
      }
    },
    div {
      label(.for("length")) { "Over the last" }
      select(.id("length"), .name("length")) {
        for (value, words) in [("1h", "hour"), ("6h", "6 hours"), ("1d", "day"), ("7d", "7 days")] {
          option(.value(value)) { words }
        }
      }
    },
  ])
}

/// Pins a graph of one of the incident's services.
private func pinForm(_ incident: Incident, _ site: Site, _ context: PageContext) -> HTML {
  let slos = incident.services.flatMap { site.objectives(of: $0) }
  if slos.isEmpty { return .nothing }
  return card("Pin a graph to the timeline") {
    form(.method("post"), .action("/incidents/\(incident.id)/graphs")) {
      csrfField(context)
      div(.class("fields")) {
        div {
          label(.for("slo")) { "SLO" }
          select(.id("slo"), .name("slo")) {
            for slo in slos.prefix(100) { option(.value(slo.name)) { slo.shownName } }
          }
        }
        graphFields()
      }
      div(.class("actions")) { button(.type("submit")) { "Pin as of now" } }
    }
  }
}

/// On an SLO's page: pins one of its graphs to an incident.
func pinCard(_ slo: ObjectiveStatus, _ site: Site, _ context: PageContext) -> HTML {
  let open = site.state.incidents.open.reversed()
  guard context.may(.responder), !open.isEmpty else { return .nothing }
  return card("Pin to an incident") {
    form(.method("post"), .action("/slos/\(SafeURL.encode(slo.name))/pin")) {
      csrfField(context)
      div(.class("fields")) {
        div {
          label(.for("incident")) { "Incident" }
          select(.id("incident"), .name("incident")) {
            for incident in open.prefix(50) {
              option(.value(incident.id.description)) { "#\(incident.number) \(incident.title.cut(60))" }
            }
          }
        }
        graphFields()
      }
      div(.class("actions")) { button(.type("submit")) { "Pin as of now" } }
    }
  }
}
