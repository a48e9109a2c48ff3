import Base
import Figures

/// Lengths of time on a logarithmic axis: a dot an incident while they can be told apart, bars of how many beyond.
struct LengthPlot: Sendable {
  var figures: MeasureFigures
  var axis: Axis

  private static let bins = 36
  private static let (top, height, foot) = (34.0, 86.0, 20.0)
  private static let dotsHighMax = 11

  /// One axis for several measures, so that they can be compared by eye: it begins and ends on a tick.
  static func axis(_ measures: [MeasureFigures]) -> Axis {
    let values = measures.flatMap { [$0.spread.values.first, $0.spread.values.last] }.compactMap { $0?.seconds }
    let (least, most) = (max(1, values.min() ?? 60), max(1, values.max() ?? 3_600))
    let low = steps.lastIndex { $0.seconds <= least } ?? 0
    let high = max(low + 2, steps.firstIndex { $0.seconds > most } ?? steps.count - 1)
    let shown = steps[min(low, steps.count - 3)...min(high, steps.count - 1)]
    return Axis(
      kind: .log, low: shown.first?.seconds ?? 1, high: shown.last?.seconds ?? 60,
      ticks: shown.map { .init(value: $0.seconds, label: $0.label) }, unit: "time, logarithmic")
  }

  private static let steps: [(seconds: Double, label: String)] = [
    (1, "1 s"), (10, "10 s"), (60, "1 min"), (300, "5 min"), (1_200, "20 min"), (3_600, "1 h"), (14_400, "4 h"),
    (43_200, "12 h"), (172_800, "2 d"), (604_800, "7 d"), (2_592_000, "30 d"), (15_552_000, "180 d"),
    (63_072_000, "2 y"), (315_360_000, "10 y"),
  ]

  private var name: String { "lengths-\(figures.measure.rawValue)" }

  var html: HTML {
    figure(.class("plot lengths"), .id(name)) {
      figcaption {
        h2 { figures.measure.heading }
        span(.class("muted")) { figures.measure.about }
      }
      svg(
        .attr("width", "100%"), .attr("height", Self.top + Self.height + Self.foot), .role("img"),
        .aria("labelledby", "\(name)-t")
      ) {
        element("title", [.id("\(name)-t")], .text(summary))
        ticks
        marks
      }
    }
  }

  private var summary: String {
    let spread = figures.spread
    let ends = [spread.values.first, spread.values.last].compactMap { $0 }.map { Format.length($0) }
    let middle = figures.median.map { ", half within \(Format.length($0))" } ?? ""
    return "\(Format.plural(spread.count, "incident")) from \(ends.joined(separator: " to "))\(middle); "
      + "logarithmic axis of time"
  }

  private var cells: [[(incident: IncidentRecord, length: Interval)]] {
    var cells = Array(repeating: [(incident: IncidentRecord, length: Interval)](), count: Self.bins)
    for item in figures.taken {
      cells[min(Self.bins - 1, Int(axis.position(item.length.seconds) * Double(Self.bins)))].append(item)
    }
    return cells
  }

  private var marks: HTML {
    let cells = cells
    let most = cells.map(\.count).max() ?? 0
    let floor = Self.top + Self.height
    return .group([
      g(.class("lengths")) {
        for (index, cell) in cells.enumerated() where !cell.isEmpty {
          most <= Self.dotsHighMax ? dots(cell, index, floor) : bar(cell, index, most, floor)
        }
      },
      g(.class("labels")) {
        // Each on a line of its own: the two may be close.
        reference(figures.median, "half", at: 11)
        reference(figures.p90, "9 of 10", at: 26)
      },
    ])
  }

  private func dots(
    _ cell: [(incident: IncidentRecord, length: Interval)], _ index: Int, _ floor: Double
  ) -> HTML {
    .group(
      cell.enumerated().map { place, item in
        circle(
          .attr("cx", percent((Double(index) + 0.5) / Double(Self.bins))),
          .attr("cy", floor - 5 - Double(place) * 7), .attr("r", 3)
        ) {
          element("title", [], .text("#\(item.incident.number) \(item.incident.title): \(Format.length(item.length))"))
        }
      })
  }

  private func bar(
    _ cell: [(incident: IncidentRecord, length: Interval)], _ index: Int, _ most: Int, _ floor: Double
  ) -> HTML {
    let height = max(2, Double(cell.count) / Double(most) * (Self.height - 6))
    let ends = [cell.last?.length, cell.first?.length].compactMap { $0 }.map { Format.length($0) }
    return rect(
      .attr("x", percent((Double(index) + 0.08) / Double(Self.bins))),
      .attr("width", percent(0.84 / Double(Self.bins))),
      .attr("y", floor - height), .attr("height", height)
    ) {
      element("title", [], .text("\(Format.plural(cell.count, "incident")), \(ends.joined(separator: " to "))"))
    }
  }

  private func reference(_ value: Interval?, _ word: String, at height: Double) -> HTML {
    guard let value else { return .nothing }
    let place = axis.position(value.seconds)
    return .group([
      line(
        .class("reference"), .attr("x1", percent(place)), .attr("x2", percent(place)), .attr("y1", height + 3),
        .attr("y2", Self.top + Self.height)),
      text(
        .attr("x", percent(place)), .attr("y", height),
        .attr("text-anchor", place < 0.3 ? "start" : place > 0.7 ? "end" : "middle")
      ) { "\(word) \(Format.length(value))" },
    ])
  }

  private var ticks: HTML {
    let floor = Self.top + Self.height
    return g(.class("times")) {
      line(.attr("x1", "0"), .attr("x2", "100%"), .attr("y1", floor), .attr("y2", floor))
      for (index, tick) in axis.ticks.enumerated() {
        let place = axis.position(tick.value)
        line(
          .class("grid"), .attr("x1", percent(place)), .attr("x2", percent(place)), .attr("y1", Self.top),
          .attr("y2", floor))
        text(
          .attr("x", percent(place)), .attr("y", floor + 15), .class(index.isMultiple(of: 2) ? "at" : "at odd"),
          .attr("text-anchor", place < 0.04 ? "start" : place > 0.96 ? "end" : "middle")
        ) { tick.label }
      }
    }
  }

  private func percent(_ share: Double) -> String { Format.short(share * 100) + "%" }
}
