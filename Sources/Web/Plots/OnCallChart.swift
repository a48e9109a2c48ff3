import Base

/// Who is on call, as lanes over time: one for the result, one for each layer, with gaps drawn as gaps.
struct OnCallChart: Sendable {
  struct Bar: Sendable {
    var from: Instant
    var to: Instant
    /// `nil`: nobody.
    var person: String?
    var isOverride = false
  }

  struct Lane: Sendable {
    var name: String
    var bars: [Bar]
  }

  var id: String
  var title: String
  var time: TimeAxis
  var now: Instant
  var lanes: [Lane]

  private var laneHeight: Double { 34 }
  private var top: Double { 20 }
  private var height: Double { top + Double(lanes.count) * (laneHeight + 22) + 24 }

  /// Everyone in order of first appearance; the place gives the colour.
  private var people: [String] {
    var seen: [String] = []
    for bar in lanes.flatMap(\.bars) {
      if let person = bar.person, !seen.contains(person) { seen.append(person) }
    }
    return seen
  }

  var html: HTML {
    figure(.class("plot oncall"), .id(id)) {
      figcaption {
        strong { title }
        ul(.class("legend people")) {
          for (index, person) in people.enumerated() { li(.class("p\(index % 6 + 1)")) { person } }
        }
      }
      svg(.attr("width", "100%"), .attr("height", height), .role("img"), .aria("labelledby", "\(id)-t")) {
        element("title", [.id("\(id)-t")], .text(summary))
        ticks
        for (index, lane) in lanes.enumerated() { drawn(lane, y: top + Double(index) * (laneHeight + 22)) }
        nowLine
      }
    }
  }

  private var summary: String {
    let gaps = lanes.first?.bars.filter { $0.person == nil }.count ?? 0
    return "\(title): \(Format.plural(people.count, "person", "people")), "
      + (gaps == 0 ? "no gaps." : "\(Format.plural(gaps, "gap")) with nobody on call.")
  }

  private func x(_ time: Instant) -> String { Format.short(self.time.position(time) * 100) + "%" }

  private func drawn(_ lane: Lane, y: Double) -> HTML {
    let people = people
    return g(.class("lane")) {
      if lanes.count > 1 { text(.attr("x", "0"), .attr("y", y + 12)) { lane.name } }
      for bar in lane.bars where bar.to > time.from && bar.from < time.to {
        let width = time.position(bar.to) - time.position(bar.from)
        let color = bar.person.flatMap { people.firstIndex(of: $0) }.map { "p\($0 % 6 + 1)" } ?? "nobody"
        svg(
          .class("bar \(color)\(bar.isOverride ? " override" : "")"), .attr("x", x(bar.from)), .attr("y", y + 17),
          .attr("width", Format.short(width * 100) + "%"), .attr("height", laneHeight)
        ) {
          element("title", [], .text(label(bar)))
          rect(.attr("width", "100%"), .attr("height", "100%"))
          if width > 0.05 {
            text(.attr("x", "8"), .attr("y", "22")) { bar.person ?? "nobody" }
          }
        }
      }
    }
  }

  private func label(_ bar: Bar) -> String {
    "\(bar.person ?? "Nobody")\(bar.isOverride ? " (override)" : ""), "
      + "\(time.zone.brief(bar.from, near: now)) to \(time.zone.brief(bar.to, near: now))"
  }

  private var ticks: HTML {
    g(.class("times")) {
      for (index, tick) in time.ticks(aim: 7).enumerated() {
        let place = time.position(tick.time)
        line(
          .class("grid"), .attr("x1", x(tick.time)), .attr("x2", x(tick.time)), .attr("y1", top - 4),
          .attr("y2", height - 20))
        text(
          .attr("x", x(tick.time)), .attr("y", height - 6), .class(index.isMultiple(of: 2) ? "at" : "at odd"),
          .attr("text-anchor", place < 0.04 ? "start" : place > 0.96 ? "end" : "middle")
        ) { tick.label }
      }
    }
  }

  private var nowLine: HTML {
    guard time.contains(now) else { return .nothing }
    let place = time.position(now)
    return g(.class("times")) {
      line(.class("now"), .attr("x1", x(now)), .attr("x2", x(now)), .attr("y1", 14), .attr("y2", height - 20))
      text(
        .attr("x", x(now)), .attr("y", 10),
        .attr("text-anchor", place < 0.04 ? "start" : place > 0.96 ? "end" : "middle")
      ) { "now" }
    }
  }
}
