/// The budget that is left as a small bar beside its figure; the figure says it in words.
func budgetBar(_ remaining: Double?, health: Health) -> HTML {
  guard let remaining else { return span(.class("muted")) { "no data" } }
  let share = min(1, max(0, remaining))
  return span(.class("budget")) {
    svg(.class("meter \(health.tone.rawValue)"), .attr("width", "72"), .attr("height", "8"), .aria("hidden", "true")) {
      rect(.class("back"), .attr("width", "72"), .attr("height", "8"), .attr("rx", "4"))
      if share > 0 {
        rect(.attr("width", max(4, share * 72)), .attr("height", "8"), .attr("rx", "4"))
      }
    }
    span(.class("num")) { Format.percent(remaining) }
  }
}
