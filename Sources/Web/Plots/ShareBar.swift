/// A share as a bar as long as it is, for a table of shares; the figure stands beside it.
func shareBar(_ share: Double, tone: Tone = .burning) -> HTML {
  let shown = min(1, max(0, share))
  return svg(
    .class("share \(tone.rawValue)"), .attr("viewBox", "0 0 100 10"), .attr("preserveAspectRatio", "none"),
    .aria("hidden", "true")
  ) {
    rect(.class("back"), .attr("width", "100"), .attr("height", "10"))
    rect(.attr("width", max(shown > 0 ? 0.8 : 0, shown * 100)), .attr("height", "10"))
  }
}
