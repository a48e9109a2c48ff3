import Base
import Fatigue

/// Pages of each week as bars, high urgency below and low above it; one small plot a person, all on one scale.
struct WeekBars: Sendable {
  var id: String
  var title: String
  var weeks: [PersonLoad.Week]
  /// The most that any plot beside it shows.
  var most: Int
  var zone: ReaderZone

  private static let (height, foot) = (64.0, 18.0)

  var html: HTML {
    figure(.class("plot weeks"), .id(id)) {
      figcaption {
        strong { title }
        span(.class("muted")) { summary }
      }
      svg(
        .attr("width", "100%"), .attr("height", Self.height + Self.foot), .role("img"), .aria("labelledby", "\(id)-t")
      ) {
        element("title", [.id("\(id)-t")], .text("\(title), pages a week: \(values)"))
        line(
          .class("grid"), .attr("x1", "0"), .attr("x2", "100%"), .attr("y1", Self.height), .attr("y2", Self.height))
        for (index, week) in weeks.enumerated() { bar(index, week) }
        labels
      }
    }
  }

  private var summary: String {
    let total = weeks.reduce(0) { $0 + $1.high + $1.low }
    let nights = weeks.reduce(0) { $0 + $1.nights }
    return nights == 0
      ? Format.plural(total, "page") : "\(Format.plural(total, "page")), \(Format.plural(nights, "night")) interrupted"
  }

  private var values: String { weeks.map { String($0.high + $0.low) }.joined(separator: ", ") }

  private func bar(_ index: Int, _ week: PersonLoad.Week) -> HTML {
    let width = 100 / Double(max(1, weeks.count))
    func part(_ count: Int, above: Int, _ tone: String) -> HTML {
      guard count > 0 else { return .nothing }
      let scale = (Self.height - 6) / Double(max(1, most))
      return rect(
        .class(tone), .attr("x", Format.short(width * Double(index) + width * 0.12) + "%"),
        .attr("width", Format.short(width * 0.76) + "%"),
        .attr("y", Self.height - Double(count + above) * scale), .attr("height", Double(count) * scale)
      ) {
        element(
          "title", [],
          .text(
            "Week of \(day(week.start)): \(week.high) high, \(week.low) low, \(Format.plural(week.nights, "night"))"))
      }
    }
    return .group([
      part(week.high, above: 0, "high"), part(week.low, above: week.high, "low"),
      week.nights > 0
        ? text(
          .class("night"), .attr("x", Format.short(width * (Double(index) + 0.5)) + "%"),
          .attr("y", Self.height - 3), .attr("text-anchor", "middle")
        ) { "☾" } : .nothing,
    ])
  }

  private var labels: HTML {
    guard let first = weeks.first, let last = weeks.last else { return .nothing }
    return .group([
      text(.attr("x", "0"), .attr("y", Self.height + 14)) { day(first.start) },
      weeks.count > 1
        ? text(.attr("x", "100%"), .attr("y", Self.height + 14), .attr("text-anchor", "end")) { day(last.start) }
        : .nothing,
    ])
  }

  private func day(_ instant: Instant) -> String {
    let parts = zone.parts(instant)
    return "\(parts.day) \(parts.monthName)"
  }
}

/// How long it took until somebody acknowledged, as bars of how many.
func spreadBars(_ spread: Spread) -> HTML {
  let bounds: [Interval] = [.minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(30), .hours(1)]
  let names = ["under 1 min", "1–2 min", "2–5 min", "5–10 min", "10–30 min", "30–60 min", "an hour or more"]
  let counts = spread.histogram(bounds)
  let most = max(1, counts.max() ?? 1)
  return table(.class("shares spread")) {
    caption { "From the page until its person acknowledged" }
    thead {
      tr {
        th(.attr("scope", "col")) { "Took" }
        th(.attr("scope", "col"), .class("bar")) { span(.class("visually-hidden")) { "Share" } }
        th(.attr("scope", "col"), .class("r")) { "Pages" }
      }
    }
    tbody {
      for (name, count) in zip(names, counts) {
        tr {
          th(.attr("scope", "row")) { name }
          td(.class("bar")) { shareBar(Double(count) / Double(most), tone: .acknowledged) }
          td(.class("r")) { String(count) }
        }
      }
    }
  }
}
