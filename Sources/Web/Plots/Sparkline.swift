/// The budget over its window as a line without axes, for a row of a table. What it says in numbers stands beside it;
/// screen readers hear its ends.
func sparkline(_ values: [Double?]?, health: Health, wide: Bool = false) -> HTML {
  let known = (values ?? []).compactMap { $0 }
  guard let values, known.count > 1, let first = known.first, let last = known.last else { return .nothing }
  let (width, height) = (120.0, 28.0)
  // Full is the top and empty the foot, so that rows compare; what is overspent goes down to at most as much again.
  let low = max(-1, min(0, known.min() ?? 0))
  func y(_ value: Double) -> Double { 2 + (height - 4) * (1 - min(1, max(0, (value - low) / (1 - low)))) }
  func x(_ index: Int) -> Double { width * Double(index) / Double(values.count - 1) }
  return svg(
    .class("spark \(health.tone.rawValue)\(wide ? " wide" : "")"), .attr("viewBox", "0 0 120 28"),
    .attr("preserveAspectRatio", "none"), .role("img"),
    .aria("label", "Budget left over the window, from \(Format.percent(first)) to \(Format.percent(last))")
  ) {
    line(.attr("x1", "0"), .attr("x2", "120"), .attr("y1", y(0)), .attr("y2", y(0)))
    for run in sparkRuns(values) {
      polyline(
        .attr(
          "points",
          run.map { "\(tenth(x($0))),\(tenth(y(values[$0] ?? 0)))" }.joined(separator: " ")))
    }
  }
}

/// Neighbours that have values; a gap in the data is a gap in the line. A point that stands alone is left out.
private func sparkRuns(_ values: [Double?]) -> [[Int]] {
  var runs: [[Int]] = []
  for index in values.indices where values[index] != nil {
    if let last = runs.last?.last, last == index - 1 {
      runs[runs.count - 1].append(index)
    } else {
      runs.append([index])
    }
  }
  return runs.filter { $0.count > 1 }
}

/// A tenth of a pixel is as fine as is seen.
private func tenth(_ value: Double) -> String { Format.short((value * 10).rounded() / 10) }
