import Base

extension TimeChart {
  /// The runs of points that have a line between them. Series may be taken at different times, so what tells a gap
  /// is the distance to the next value: more than two and a half times the usual one of the series.
  static func runs(of points: [Point], gap: Interval) -> [[(time: Instant, value: Double)]] {
    let values = points.compactMap { point in point.value.map { (time: point.time, value: $0) } }
    let distances = zip(values.dropFirst(), values).map { ($0.time - $1.time).nanoseconds }.sorted()
    let usual = distances.isEmpty ? 0 : distances[distances.count / 2]
    let limit = max(gap, Interval(nanoseconds: usual / 2 * 5))
    var runs: [[(time: Instant, value: Double)]] = []
    for value in values {
      if let last = runs.last?.last, value.time - last.time <= limit {
        runs[runs.count - 1].append(value)
      } else {
        runs.append([value])
      }
    }
    return runs
  }

  func curve(_ series: Series) -> HTML {
    let runs = Self.runs(of: series.points, gap: series.style == .dashed ? .days(400) : gap)
    return g(.class("curve c\(series.color)")) {
      for run in runs {
        if series.style == .area, run.count > 1 {
          polygon(.class("fill"), .attr("points", outline(run)))
        }
        polyline(
          .class(series.style == .dashed ? "dashed" : "line"),
          // A lone point is drawn as a short stroke: it is data too.
          .attr("points", run.count == 1 ? coordinates(run) + " " + coordinates(run, shift: 2) : coordinates(run)))
      }
    }
  }

  func filled(_ band: Band) -> HTML {
    let outline = band.upper + band.lower.reversed()
    let run = outline.compactMap { point in point.value.map { (time: point.time, value: $0) } }
    return g(.class("band c\(band.color)")) { polygon(.class("fill"), .attr("points", coordinates(run))) }
  }

  private func coordinates(_ run: [(time: Instant, value: Double)], shift: Double = 0) -> String {
    var text = ""
    text.reserveCapacity(run.count * 13)
    for point in run {
      if !text.isEmpty { text += " " }
      text += Format.short(time.position(point.time) * 1_000 + shift)
      text += ","
      text += Format.short(plotHeight * (1 - axis.position(point.value)))
    }
    return text
  }

  private func outline(_ run: [(time: Instant, value: Double)]) -> String {
    guard let first = run.first, let last = run.last else { return "" }
    let base = Format.short(plotHeight * (1 - axis.position(max(0, axis.low))))
    return Format.short(time.position(first.time) * 1_000) + ",\(base) " + coordinates(run) + " "
      + Format.short(time.position(last.time) * 1_000) + ",\(base)"
  }

  /// The plot in a sentence, for those who do not see it.
  var summary: String {
    let sentences = series.compactMap { line -> String? in
      let values = line.points.compactMap(\.value)
      guard let last = values.last, let low = values.min(), let high = values.max() else { return nil }
      return "\(line.name): from \(format(low)) to \(format(high)), last \(format(last))."
    }
    return sentences.isEmpty ? "No data in this range." : sentences.joined(separator: " ")
  }

  /// The same data as a table, which also feeds the values shown on hover. At most about a hundred rows.
  var table: HTML {
    let times = rowTimes
    let columns = series.map { value(of: $0, at: times) }
    return details(.class("data")) {
      summaryElement
      div(.class("scroll"), .attr("tabindex", "0"), .role("region"), .aria("label", "\(title), data")) {
        figures {
          thead {
            tr {
              th(.attr("scope", "col")) { "Time" }
              for line in series { th(.attr("scope", "col")) { line.name } }
            }
          }
          tbody {
            for (row, time) in times.enumerated() {
              tr(.data("x", Format.short(self.time.position(time) * 1_000))) {
                td { self.time.zone.brief(time, near: now) }
                for column in columns { td { column[row].map(format) ?? "no data" } }
              }
            }
          }
        }
      }
    }
  }

  /// The last value at or before each time, unless it is further back than a gap.
  private func value(of series: Series, at times: [Instant]) -> [Double?] {
    let runs = Self.runs(of: series.points, gap: gap)
    let values = runs.flatMap { $0 }
    let usual = values.count > 1 ? (values[values.count - 1].time - values[0].time) / Int64(values.count - 1) : gap
    var index = 0
    return times.map { time in
      while index + 1 < values.count, values[index + 1].time <= time { index += 1 }
      guard index < values.count, values[index].time <= time, time - values[index].time <= max(gap, usual * 2)
      else { return nil }
      return values[index].value
    }
  }

  private var summaryElement: HTML { element("summary", [], "The same as a table") }

  private var rowTimes: [Instant] {
    guard let longest = series.max(by: { $0.points.count < $1.points.count }) else { return [] }
    let points = longest.points
    let stride = max(1, (points.count + 99) / 100)
    return points.indices.filter { $0 % stride == stride - 1 || $0 == points.count - 1 }.map { points[$0].time }
  }
}

/// A table of figures; a free function because `table` and `summary` are properties of a chart.
private func figures(@HTMLBuilder _ content: () -> HTML) -> HTML {
  element("table", [.class("figures")], content())
}
