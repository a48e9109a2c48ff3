import Base

/// A plot over time: series, thresholds, marks and spans, with the same data as a table.
///
/// The SVG has no view box: horizontal places are percentages, so that text keeps its size on a phone, and the
/// curves stand in an inner box that is stretched without stretching their strokes.
struct TimeChart: Sendable {
  struct Point: Sendable {
    var time: Instant
    /// `nil`: no data.
    var value: Double?
  }

  struct Series: Sendable {
    enum Style: Sendable { case line, area, dashed }
    var name: String
    /// The number of its colour, 1 to 4.
    var color: Int
    var style: Style = .line
    var points: [Point]
  }

  struct Threshold: Sendable {
    var value: Double
    var label: String
    /// Drawn stronger.
    var isLimit = false
  }

  /// Something that happened at a time: a deployment, an incident.
  struct Mark: Sendable {
    var time: Instant
    var label: String
    var href: String
    var kind: MarkKind
  }

  struct Span: Sendable {
    var from: Instant
    var to: Instant
    var label: String
    var kind: MarkKind
  }

  /// The space between two lines: an interval.
  struct Band: Sendable {
    var color: Int
    var upper: [Point]
    var lower: [Point]
  }

  /// Unique in the page; names the parts for screen readers.
  var id: String
  var title: String
  var time: TimeAxis
  var axis: Axis
  var series: [Series]
  var thresholds: [Threshold] = []
  var marks: [Mark] = []
  var spans: [Span] = []
  var bands: [Band] = []
  /// Where now is, drawn when the axis goes beyond it.
  var now: Instant
  /// Two points further apart than this have no line between them.
  var gap: Interval
  /// How a value is written in the table and on hover.
  var format: @Sendable (Double) -> String
  var height = 220.0

  var plotTop: Double { 22 }
  var plotHeight: Double { height - plotTop - 26 }
}

/// What is marked on a time axis.
public enum MarkKind: String, Sendable, Codable {
  case deployment, incident, alert, exclusion, noData
}

extension TimeChart {
  var html: HTML {
    figure(.class("plot"), .id(id), .data("plot", "")) {
      figcaption {
        strong { title }
        span(.class("muted")) { axis.unit }
        legend
      }
      drawing
      table
    }
  }

  private var legend: HTML {
    if series.count < 2 && marks.isEmpty && spans.isEmpty { return .nothing }
    return ul(.class("legend")) {
      if series.count > 1 {
        for line in series { li(.class("c\(line.color)")) { line.name } }
      }
      for kind in [MarkKind.deployment, .incident, .alert] where marks.contains(where: { $0.kind == kind }) {
        li(.class("m-\(kind.rawValue)")) { kind.rawValue }
      }
      if spans.contains(where: { $0.kind == .exclusion }) { li(.class("m-exclusion")) { "excluded" } }
      if spans.contains(where: { $0.kind == .noData }) { li(.class("m-noData")) { "no data" } }
    }
  }

  private var drawing: HTML {
    svg(
      .attr("width", "100%"), .attr("height", height), .role("img"), .aria("labelledby", "\(id)-t"),
      .attr("focusable", "false")
    ) {
      element("title", [.id("\(id)-t")], .text("\(title). \(summary)"))
      spanBoxes
      grid
      svg(
        .attr("x", "0"), .attr("y", plotTop), .attr("width", "100%"), .attr("height", plotHeight),
        .attr("viewBox", "0 0 1000 \(Format.short(plotHeight))"), .attr("preserveAspectRatio", "none")
      ) {
        for band in bands { filled(band) }
        for line in series { curve(line) }
      }
      labels
      timeTicks
      markLines
      line(
        .class("cursor"), .attr("x1", "0"), .attr("x2", "0"), .attr("y1", plotTop),
        .attr("y2", plotTop + plotHeight))
    }
  }

  func y(_ value: Double) -> Double { plotTop + plotHeight * (1 - axis.position(value)) }

  func x(_ time: Instant) -> String { Format.short(self.time.position(time) * 100) + "%" }

  private var grid: HTML {
    g(.class("grid")) {
      for tick in axis.ticks {
        line(.attr("x1", "0"), .attr("x2", "100%"), .attr("y1", y(tick.value)), .attr("y2", y(tick.value)))
      }
    }
  }

  private var labels: HTML {
    g(.class("labels")) {
      for tick in axis.ticks {
        text(.attr("x", "0"), .attr("y", y(tick.value) - 4)) { tick.label }
      }
      for (index, threshold) in thresholds.enumerated() {
        g(.class(threshold.isLimit ? "limit strong" : "limit")) {
          line(
            .attr("x1", "0"), .attr("x2", "100%"), .attr("y1", y(threshold.value)), .attr("y2", y(threshold.value)))
          text(
            .attr("x", index.isMultiple(of: 2) ? "14%" : "36%"), .attr("y", y(threshold.value) - 4)
          ) { threshold.label }
        }
      }
    }
  }

  private var timeTicks: HTML {
    let bottom = plotTop + plotHeight
    return g(.class("times")) {
      for (index, tick) in time.ticks().enumerated() {
        let place = time.position(tick.time)
        line(
          .attr("x1", x(tick.time)), .attr("x2", x(tick.time)), .attr("y1", bottom), .attr("y2", bottom + 4))
        text(
          .attr("x", x(tick.time)), .attr("y", bottom + 18),
          .attr("text-anchor", place < 0.04 ? "start" : place > 0.96 ? "end" : "middle"),
          .class(index.isMultiple(of: 2) ? (tick.isDay ? "day" : "at") : "at odd")
        ) { tick.label }
      }
      if time.to > now + .seconds(1), time.contains(now) {
        line(.class("now"), .attr("x1", x(now)), .attr("x2", x(now)), .attr("y1", plotTop), .attr("y2", bottom))
        text(.attr("x", x(now)), .attr("dx", "5"), .attr("y", plotTop + 12)) { "now" }
      }
    }
  }

  private var markLines: HTML {
    g(.class("marks")) {
      for mark in marks where time.contains(mark.time) {
        a(.href(mark.href), .class("m-\(mark.kind.rawValue)")) {
          element("title", [], .text(mark.label))
          line(
            .attr("x1", x(mark.time)), .attr("x2", x(mark.time)), .attr("y1", plotTop - 6),
            .attr("y2", plotTop + plotHeight))
          circle(.attr("cx", x(mark.time)), .attr("cy", plotTop - 10), .attr("r", 5))
        }
      }
    }
  }

  private var spanBoxes: HTML {
    g(.class("spans")) {
      for span in spans where span.to > time.from && span.from < time.to {
        rect(
          .class("m-\(span.kind.rawValue)"), .attr("x", x(span.from)), .attr("y", plotTop),
          .attr("width", Format.short((time.position(span.to) - time.position(span.from)) * 100) + "%"),
          .attr("height", plotHeight)
        ) { element("title", [], .text(span.label)) }
      }
    }
  }
}
