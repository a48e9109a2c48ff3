/// The changes of a zone as plain numbers, those of its yearly rule until 2100 among them, so that arithmetic over many
/// shifts neither allocates nor works out a rule again. Outside of its range the zone is asked the long way.
struct ZoneTable: Hashable, Sendable {
  /// Seconds of Unix time for which the table knows the offset; the upper end is exclusive.
  let range: Range<Int>
  /// Seconds of Unix time, ascending.
  private let times: [Int]
  /// Seconds east of UTC: one before the first change, then one from each change on.
  private let offsets: [Int]

  /// 1970-01-01 and 2100-01-01: where a zone that has nothing but a rule is laid out, and where rules are laid out to.
  private static let (first, last) = (0, 4_102_444_800)

  init(initial: Zone.Offset, transitions: [Zone.Transition], rule: ZoneRule?) {
    var times = transitions.map(\.time)
    var offsets = [initial.seconds] + transitions.map(\.offset.seconds)
    var (start, end) = (Int.min, Int.max)
    if let rule, rule.summer == nil {
      offsets[offsets.count - 1] = rule.standard.seconds
    } else if let rule {
      if transitions.isEmpty {
        start = Self.first
        offsets[0] = rule.offset(at: start).seconds
      }
      end = max(Self.last, times.last ?? start)
      for change in rule.changes(after: times.last ?? start, to: end) {
        times.append(change.time)
        offsets.append(change.offset.seconds)
      }
    }
    self.times = times
    self.offsets = offsets
    range = start..<end
  }

  /// Seconds east of UTC at a second within the range.
  func offset(at seconds: Int) -> Int { offsets[index(at: seconds)] }

  /// The instant that a clock time means, as `Zone.instant(of:resolving:)` answers; `nil` outside of the range.
  func seconds(of clock: Int, resolving resolution: Zone.Resolution) -> Int? {
    let (from, to) = (clock - Zone.offsetMax, clock + Zone.offsetMax)
    guard range.contains(from), range.contains(to) else { return nil }
    let (lowest, highest) = (index(at: from), index(at: to))
    if lowest == highest { return clock - offsets[lowest] }
    var (found, gap): (Int?, Int?) = (nil, nil)
    for index in lowest...highest {
      let start = index == lowest ? from : times[index - 1]
      let end = index == highest ? to + 1 : times[index]
      let seconds = clock - offsets[index]
      if seconds >= start && seconds < end && (found == nil || resolution == .lastOfTwo) { found = seconds }
      if gap == nil && start + offsets[index] > clock { gap = start }
    }
    return found ?? gap ?? clock
  }

  /// How many changes are not after that second.
  private func index(at seconds: Int) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
