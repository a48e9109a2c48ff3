import Base

/// Slices of time as a strip: good, bad, and no data, which is neither.
struct SliceChart: Sendable {
  var strip: SliceStrip
  var time: TimeAxis
  var now: Instant

  var html: HTML {
    figure(.class("plot slices"), .id("slices")) {
      figcaption {
        strong { "Slices of \(Format.length(strip.length))" }
        span(.class("muted")) {
          strip.target.map { "good when at least \(Format.objective($0)) of a slice's events are" }
            ?? "each counts by its share of good events"
        }
        ul(.class("legend")) {
          for verdict in [SliceStrip.Verdict.good, .bad, .noData] {
            li(.class("s-\(verdict.rawValue)")) { verdict.word }
          }
        }
      }
      svg(.attr("width", "100%"), .attr("height", "58"), .role("img"), .aria("labelledby", "slices-t")) {
        element("title", [.id("slices-t")], .text(summary))
        for run in strip.runs where run.to > time.from && run.from < time.to {
          rect(
            .class("s-\(run.verdict.rawValue)"), .attr("x", x(run.from)), .attr("y", run.verdict == .bad ? "2" : "8"),
            .attr("width", Format.short((time.position(run.to) - time.position(run.from)) * 100) + "%"),
            .attr("height", run.verdict == .bad ? "30" : run.verdict == .good ? "18" : "18")
          ) {
            element("title", [], .text(label(run)))
          }
        }
        ticks
      }
    }
  }

  private var summary: String {
    "\(Format.plural(strip.good, "slice")) good, \(strip.bad) bad, \(strip.noData) without data."
  }

  private func label(_ run: SliceStrip.Run) -> String {
    "\(run.verdict.word): \(time.zone.brief(run.from, near: now)) to \(time.zone.brief(run.to, near: now))"
  }

  private func x(_ at: Instant) -> String { Format.short(time.position(at) * 100) + "%" }

  private var ticks: HTML {
    g(.class("times")) {
      for (index, tick) in time.ticks().enumerated() {
        let place = time.position(tick.time)
        line(.attr("x1", x(tick.time)), .attr("x2", x(tick.time)), .attr("y1", 34), .attr("y2", 38))
        text(
          .attr("x", x(tick.time)), .attr("y", 52), .class(index.isMultiple(of: 2) ? "at" : "at odd"),
          .attr("text-anchor", place < 0.04 ? "start" : place > 0.96 ? "end" : "middle")
        ) { tick.label }
      }
    }
  }
}

extension SliceStrip.Verdict {
  var word: String {
    switch self {
    case .good: "good"
    case .bad: "bad"
    case .noData: "no data"
    }
  }
}
