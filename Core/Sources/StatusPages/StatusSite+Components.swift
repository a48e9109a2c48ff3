import Base

// Components with their days as bars, and the same in words.
extension StatusSite {
  var componentSection: Markup {
    .tag(
      "section", [],
      [
        .tag("h2", [], "Components"),
        .tag("ul", [("class", "components")], components.map { component($0) }),
        .tag(
          "p", [("class", "soft small")],
          Markup(
            "Each bar is a day, the oldest on the left; a dot below marks a day with trouble, named in the history. "
              + "Uptime is the share of the time on record (since \(StatusWords.date(Self.today(since)))) without a "
              + "partial or major outage.")),
      ])
  }

  private func component(_ component: Component) -> Markup {
    .tag(
      "li", [],
      [
        .tag(
          "div", [("class", "line")],
          .tag("h3", [], Markup(component.name)),
          .tag(
            "span", [("class", "state \(component.state.rawValue)")], sign(component.state), " ",
            Markup(component.state.word))),
        component.description.map { .tag("p", [("class", "soft")], Markup($0)) } ?? .nothing,
        bars(component),
        .tag("p", [("class", "soft small")], Markup(figures(component))),
      ])
  }

  private func figures(_ component: Component) -> String {
    let recorded = component.days.filter { $0.worst != nil }.count
    let over = recorded == 1 ? "today" : "over \(recorded) days"
    var sentences = [component.uptime.map { "Up \(StatusWords.percent($0)) \(over)." } ?? "Nothing on record yet."]
    if let attainment = component.attainment {
      sentences.append(
        "\(StatusWords.percent(attainment.share)) of requests were served well over "
          + "\(StatusWords.length(attainment.window)), of \(StatusWords.percent(attainment.target)) promised.")
    }
    return sentences.joined(separator: " ")
  }

  // MARK: Bars

  private static let (step, width, height) = (6, 4, 26)

  /// One path for all days of a state: a year of a hundred components stays a small file.
  private func bars(_ component: Component) -> Markup {
    var paths: [(name: String, path: String)] = []
    func draw(_ name: String, _ path: String) {
      if let index = paths.firstIndex(where: { $0.name == name }) {
        paths[index].path += path
      } else {
        paths.append((name, path))
      }
    }
    for (index, day) in component.days.enumerated() {
      let x = index * Self.step
      draw(day.worst?.rawValue ?? "unknown", "M\(x) 0h\(Self.width)v\(Self.height)h-\(Self.width)z")
      if let worst = day.worst, worst > .maintenance {
        draw("mark \(worst.rawValue)", "M\(x) \(Self.height + 4)h\(Self.width)v4h-\(Self.width)z")
      }
    }
    let troubled = component.days.filter { ($0.worst ?? .operational) > .maintenance }.count
    let label = "\(component.name), \(component.days.count) days: \(troubled == 0 ? "no" : "\(troubled)") with trouble"
    return .tag(
      "svg",
      [
        ("class", "days"), ("viewBox", "0 0 \(max(1, component.days.count) * Self.step - 2) \(Self.height + 8)"),
        ("preserveAspectRatio", "none"), ("role", "img"), ("aria-label", label),
      ], paths.map { .closed("path", [("class", $0.name), ("d", $0.path)]) })
  }

  /// The days with trouble as a table.
  var troubledDays: Markup {
    let rows = components.flatMap { component in
      component.days.reversed().filter { ($0.worst ?? .operational) > .maintenance }.map { (component, $0) }
    }
    guard !rows.isEmpty else { return .nothing }
    let heads = ["Component", "Day", "Worst", "Down"].map { Markup.tag("th", [("scope", "col")], Markup($0)) }
    let head = Markup.tag("tr", [], heads)
    let body = rows.map { component, day in
      Markup.tag(
        "tr", [], .tag("th", [("scope", "row")], Markup(component.name)),
        .tag("td", [], .tag("time", [("datetime", day.date.description)], Markup(StatusWords.date(day.date)))),
        .tag("td", [], day.worst.map { sign($0) } ?? .nothing, " ", Markup(day.worst?.word ?? "")),
        .tag("td", [], day.down > .zero ? Markup(StatusWords.length(day.down)) : "–"))
    }
    return .tag(
      "section", [],
      [
        .tag("h2", [], "Days with trouble"),
        .tag("div", [("class", "scroll")], .tag("table", [], .tag("thead", [], head), .tag("tbody", [], .lines(body)))),
      ])
  }
}
