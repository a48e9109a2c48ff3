extension Ledger {
  /// How many series an SLI counts. Looks at all series: for a page, not for every sample.
  public func seriesCount(of slot: SLISlot) -> Int {
    series.reduce(0) { count, series in
      count + (series?.targets.contains { $0.sli == slot.index } == true ? 1 : 0)
    }
  }
}
