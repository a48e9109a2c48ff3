import Base

// The pages. They need no script and no file but style.css, and every link in them is relative or leads elsewhere, so
// that they work from any directory of any server, and from a disk.
extension StatusSite {
  /// Incidents of so many days stand on the first page; the others in the history.
  private static let recentDays: Int64 = 14

  func indexPage(_ stamp: StatusPageStamp) -> String {
    let recent = listed.filter { incident in
      !incident.isOpen && incident.changedAt >= stamp.newest(self) - .days(Self.recentDays)
    }
    return page(
      heading: Markup(headline), title: title, path: "", stamp,
      [
        .tag("p", [("class", "banner \(state.rawValue)")], sign(state), " ", Markup(summary)),
        .group(open.map { openIncident($0) }),
        maintenanceSection(stamp),
        componentSection,
        .tag(
          "section", [],
          [
            .tag("h2", [], "The last 14 days"),
            recent.isEmpty
              ? .tag("p", [("class", "soft")], open.isEmpty ? "No incident." : "No other incident.")
              : incidentList(recent, path: ""),
            .tag("p", [], .tag("a", [("href", "history.html")], "All incidents of \(String(history)) days")),
          ]),
      ])
  }

  func historyPage(_ stamp: StatusPageStamp) -> String {
    var months: [(name: String, incidents: [Incident])] = []
    for incident in listed {
      let name = StatusWords.month(Self.today(incident.startedAt))
      if months.last?.name == name {
        months[months.count - 1].incidents.append(incident)
      } else {
        months.append((name, [incident]))
      }
    }
    let sections = months.map { month in
      Markup.tag("section", [], .tag("h2", [], Markup(month.name)), incidentList(month.incidents, path: ""))
    }
    return page(
      heading: "Incidents of \(String(history)) days", title: "History of \(title)", path: "", stamp,
      [
        sections.isEmpty
          ? .tag("p", [("class", "soft")], "No incident in this time.") : .group(sections), troubledDays,
      ])
  }

  func incidentPage(_ incident: Incident, _ stamp: StatusPageStamp) -> String {
    let end: Markup =
      if let other = incident.mergedInto.flatMap({ number in incidents.first { $0.number == number } }) {
        .group(["It goes on as ", link(other), "."])
      } else {
        incident.resolvedAt.map { .group(["Resolved ", time($0), ", after \(length(incident, until: $0))."]) }
          ?? "It goes on."
      }
    let earlier = incident.merged.compactMap { number in incidents.first { $0.number == number } }
    return page(
      heading: Markup(incident.title), title: "\(incident.title) – \(title)", path: "../", stamp,
      [
        .tag(
          "p", [("class", "banner \(incident.isOpen ? incident.worst.rawValue : "operational")")],
          incident.isOpen ? sign(incident.worst) : sign(.operational), " ",
          incident.mergedInto == nil ? Markup(incident.phase.word) : "Told on elsewhere"),
        .tag("p", [("id", "resolved")], ["Began ", time(incident.startedAt), ". ", end]),
        incident.components.isEmpty
          ? .nothing : .tag("p", [], Markup("Affected: " + incident.components.joined(separator: ", ") + ".")),
        .tag("section", [], [.tag("h2", [], "Updates"), updates(incident)]),
        earlier.isEmpty
          ? .nothing
          : .tag(
            "section", [],
            [
              .tag("h2", [], "What was told before"),
              .tag("ul", [("class", "incidents")], earlier.map { .tag("li", [], link($0)) }),
            ]),
      ])
  }

  /// To the page of an incident, from that of another.
  private func link(_ incident: Incident) -> Markup {
    .tag("a", [("href", "\(incident.number).html")], Markup(incident.title))
  }

  private func length(_ incident: Incident, until end: Instant) -> String {
    StatusWords.length(end - incident.startedAt)
  }

  // MARK: The frame

  private func page(
    heading: Markup, title: String, path: String, _ stamp: StatusPageStamp, _ content: [Markup]
  ) -> String {
    let isIndex = path.isEmpty && title == self.title
    let head = Markup.lines([
      .void("meta", [("charset", "utf-8")]),
      .void("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
      .void("meta", [("name", "color-scheme"), ("content", "light dark")]),
      .void("meta", [("name", "generator"), ("content", "Mainstay")]),
      .tag("title", [], Markup(title)),
      .void("link", [("rel", "icon"), ("type", "image/svg+xml"), ("href", path + "favicon.svg")]),
      .void("link", [("rel", "stylesheet"), ("href", path + "style.css")]),
      feedLink("application/rss+xml", path + "feed.rss"), feedLink("application/atom+xml", path + "feed.atom"),
    ])
    let body = Markup.lines([
      .tag(
        "header", [],
        [
          .tag(
            "p", [("class", "brand")],
            isIndex ? Markup(self.title) : .tag("a", [("href", path + "index.html")], Markup(self.title))),
          .tag("h1", [], heading), asOf(stamp),
        ]),
      .tag("main", [], .lines(content)), footer(path, isIndex: isIndex),
    ])
    return Markup.document(
      "<!doctype html>", .tag("html", [("lang", "en")], .tag("head", [], head), .tag("body", [], body)))
  }

  private func feedLink(_ type: String, _ href: String) -> Markup {
    .void("link", [("rel", "alternate"), ("type", type), ("title", title), ("href", href)])
  }

  private func asOf(_ stamp: StatusPageStamp) -> Markup {
    .tag("p", [("class", "soft")], ["As of ", time(stamp.instant), "."])
  }

  private func footer(_ path: String, isIndex: Bool) -> Markup {
    var links: [Markup] = [
      .tag("a", [("href", path + "feed.rss")], "RSS"), .tag("a", [("href", path + "feed.atom")], "Atom"),
      .tag("a", [("href", path + "status.json")], "JSON"),
    ]
    if let contact { links.append(.tag("a", [("href", contact)], "Contact")) }
    let old =
      isIndex
      ? "This page is a copy that is written anew every few minutes. If the time at its top is long past, the state "
        + "may have changed since. Days and times are in UTC."
      : "This page was written when something in it last changed. Days and times are in UTC."
    return .tag(
      "footer", [],
      [
        .tag("p", [("class", "soft")], Markup(old)),
        .tag("ul", [], links.map { .tag("li", [], $0) }),
      ])
  }

  // MARK: Words first

  /// The heading of the page: how things are, in words.
  public var headline: String {
    let troubled = components.filter { $0.state > .maintenance }
    if !troubled.isEmpty { return Self.title(state, troubled.filter { $0.state == state }.map(\.name)) }
    if !open.isEmpty { return "We are watching a recent incident" }
    return components.contains { $0.state == .maintenance } ? "Planned maintenance is under way" : "All is well"
  }

  private var summary: String {
    let troubled = components.filter { $0.state > .maintenance }.count
    let maintained = components.filter { $0.state == .maintenance }.count
    if troubled > 0 {
      return "\(troubled) of \(components.count) components \(troubled == 1 ? "has" : "have") trouble."
    }
    if maintained > 0 {
      return "\(maintained) of \(components.count) components \(maintained == 1 ? "is" : "are") under maintenance."
    }
    return "All \(components.count) components are operational."
  }

  // MARK: Parts

  func sign(_ state: ComponentState) -> Markup {
    .tag("span", [("class", "sign"), ("aria-hidden", "true")], Markup(state.sign))
  }

  func time(_ instant: Instant) -> Markup {
    .tag("time", [("datetime", StatusWords.stamp(instant))], Markup(StatusWords.time(instant)))
  }

  private func openIncident(_ incident: Incident) -> Markup {
    .tag(
      "section", [("class", "incident \(incident.worst.rawValue)")],
      [
        .tag("h2", [], .tag("a", [("href", "incidents/\(incident.number).html")], Markup(incident.title))),
        .tag("p", [("class", "soft")], [Markup("\(incident.phase.word). Began "), time(incident.startedAt), "."]),
        updates(incident),
      ])
  }

  private func updates(_ incident: Incident) -> Markup {
    guard !incident.updates.isEmpty else {
      return .tag("p", [("class", "soft")], "Nothing has been written about it yet.")
    }
    return .tag(
      "ol", [("class", "updates")],
      incident.updates.map { update in
        let amended = update.amendedAt.map { Markup.group([" · corrected ", time($0)]) } ?? .nothing
        return .tag(
          "li", [("id", "update-\(update.id)")],
          [
            .tag(
              "p", [("class", "soft")],
              .tag("strong", [], Markup(update.phase.word)), " · ", time(update.at), amended),
            .paragraphs(update.text),
          ])
      })
  }

  private func incidentList(_ incidents: [Incident], path: String) -> Markup {
    .tag(
      "ul", [("class", "incidents")],
      incidents.map { incident in
        let end = incident.resolvedAt.map { "\(length(incident, until: $0)), resolved" } ?? "going on"
        return .tag(
          "li", [],
          [
            sign(incident.worst), " ",
            .tag("a", [("href", "\(path)incidents/\(incident.number).html")], Markup(incident.title)),
            .tag("span", [("class", "soft")], [" ", time(incident.startedAt), Markup(" · \(end)")]),
          ])
      })
  }

  private func maintenanceSection(_ stamp: StatusPageStamp) -> Markup {
    guard !maintenance.isEmpty else { return .nothing }
    return .tag(
      "section", [],
      [
        .tag("h2", [], "Planned maintenance"),
        .tag(
          "ul", [("class", "incidents")],
          maintenance.map { window in
            .tag(
              "li", [],
              [
                .tag("strong", [], Markup(window.components.joined(separator: ", "))),
                .tag("span", [("class", "soft")], [" ", time(window.from), " to ", time(window.to)]),
                window.announcement.map { Markup.paragraphs($0) } ?? .nothing,
              ])
          }),
      ])
  }
}

extension StatusPageStamp {
  /// Now, or without one the newest time that the site knows: the same contents as long as nothing happens.
  fileprivate func newest(_ site: StatusSite) -> Instant {
    switch self {
    case .at(let instant): instant
    case .none: site.components.first?.days.last.map { StatusSite.start(of: $0.date) } ?? .epoch
    }
  }
}
