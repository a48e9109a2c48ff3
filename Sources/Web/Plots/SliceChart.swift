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
        for run in cells {
          rect(
            .class("s-\(run.verdict.rawValue)"), .attr("x", x(run.from)), .attr("y", run.verdict == .bad ? "2" : "8"),
            .attr("width", Format.short((time.position(run.to) - time.position(run.from)) * 100) + "%"),
            .attr("height", run.verdict == .bad ? "30" : "18")
          ) {
            element("title", [], .text(label(run)))
          }
        }
        ticks
      }
    }
  }

  /// More than so many pieces cannot be told apart on a screen, and would make a page too large.
  private static let cellsMax = 300

  /// What is drawn: the runs, or where there are too many of them equal cells, each as bad as its worst slice.
  private var cells: [SliceStrip.Run] {
    let runs = strip.runs.filter { $0.to > time.from && $0.from < time.to }
    guard runs.count > Self.cellsMax else { return runs }
    let width = (time.to - time.from) / Int64(Self.cellsMax)
    var cells: [SliceStrip.Run] = []
    var next = 0
    for cell in 0..<Self.cellsMax {
      let (from, to) = (time.from + width * Int64(cell), time.from + width * Int64(cell + 1))
      while next < runs.count, runs[next].to <= from { next += 1 }
      let inside = runs[next...].prefix { $0.from < to }.map(\.verdict)
      let verdict: SliceStrip.Verdict = inside.contains(.bad) ? .bad : inside.contains(.good) ? .good : .noData
      if let last = cells.last, last.verdict == verdict {
        cells[cells.count - 1].to = to
      } else {
        cells.append(.init(from: from, to: to, verdict: verdict))
      }
    }
    return cells
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
