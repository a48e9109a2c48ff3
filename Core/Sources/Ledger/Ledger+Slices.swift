import Base

extension Ledger {
  /// Counts events of an SLI at a time: in its lanes, or in the slice of that time. Answers whether they could still be
  /// counted.
  @discardableResult
  mutating func add(part: Double, total: Double, to sli: Int, at time: Int64) -> Bool {
    guard states[sli].isSliced else {
      land(part: part, total: total, on: sli, at: time)
      return true
    }
    let slice = slis[sli]!.book!.slice(of: time)
    guard slis[sli]!.book!.takes(slice) else { return false }
    var changes: [Increment] = []
    slis[sli]!.book!.add(part: part, total: total, to: slice, states[sli].counts) { changes.append($0) }
    for change in changes { land(part: change.part, total: change.total, on: sli, at: change.time) }
    return true
  }

  /// Judges the slices that the SLI's watermark has passed.
  mutating func closeSlices(of sli: Int) {
    guard let watermark = watermark(sli) else { return }
    var changes: [Increment] = []
    slis[sli]!.book!.close(upTo: watermark, states[sli].counts) { changes.append($0) }
    for change in changes { land(part: change.part, total: change.total, on: sli, at: change.time) }
  }

  /// Adds to the sums at and after a time, and to the marks there.
  private mutating func land(part: Double, total: Double, on sli: Int, at time: Int64) {
    banks.add(part: part, total: total, to: states[sli].place, at: time)
    guard states[sli].hasMarks else { return }
    var index = slis[sli]!.marks.count - 1
    while index >= 0, slis[sli]!.marks[index].edge >= time {
      slis[sli]!.marks[index].part += part
      slis[sli]!.marks[index].total += total
      index -= 1
    }
  }

  /// Many increments at once, in order of time.
  mutating func land(_ increments: [Increment], on sli: Int) {
    banks.add(increments, to: states[sli].place)
    for index in slis[sli]!.marks.indices {
      for one in increments where one.time <= slis[sli]!.marks[index].edge {
        slis[sli]!.marks[index].part += one.part
        slis[sli]!.marks[index].total += one.total
      }
    }
  }
}
