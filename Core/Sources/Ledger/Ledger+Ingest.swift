import Base

extension Ledger {
  /// The series of these canonical label bytes (`LabelSet.key`), made when it is new. `nil` when there are too many.
  public mutating func intern(_ key: [UInt8], targets: @autoclosure () -> [SLITarget]) -> SeriesID? {
    if let index = seriesByKey[key] { return SeriesID(index) }
    guard seriesByKey.count < limits.series else { return nil }
    let entry = Series(key: key, targets: resolve(targets()))
    let index = freeSeries.popLast() ?? series.count
    if index == series.count { series.append(entry) } else { series[index] = entry }
    seriesByKey[key] = index
    return SeriesID(index)
  }

  /// Gives every series its targets anew, after `register`. A series without any is forgotten.
  public mutating func retarget(_ match: ([UInt8]) -> [SLITarget]) {
    for index in series.indices {
      guard let entry = series[index] else { continue }
      let targets = resolve(match(entry.key))
      if targets.isEmpty { forget(index) } else { series[index]?.targets = targets }
    }
  }

  /// Forgets series that were silent for long. Answers how many; their ids must not be used any more.
  @discardableResult
  public mutating func forgetIdleSeries(at now: Instant) -> Int {
    let limit = (now - limits.seriesIdle).nanoseconds
    var gone = 0
    for index in series.indices {
      guard let entry = series[index], (entry.newest ?? 0) < limit else { continue }
      forget(index)
      gone += 1
    }
    return gone
  }

  public var seriesCount: Int { seriesByKey.count }

  /// The canonical label bytes of a series.
  public func key(of id: SeriesID) -> [UInt8]? {
    series.indices.contains(Int(id.index)) ? series[Int(id.index)]?.key : nil
  }

  /// The newest sample of a series that is remembered.
  public func newest(of id: SeriesID) -> CounterSample? {
    guard let entry = series.indices.contains(Int(id.index)) ? series[Int(id.index)] : nil, entry.count > 0 else {
      return nil
    }
    let point = entry[entry.count - 1]
    return CounterSample(time: Instant(nanoseconds: point.time), value: point.value, kind: entry.kind)
  }

  /// The series of this index, while it is known.
  public func seriesID(_ index: Int32) -> SeriesID? {
    series.indices.contains(Int(index)) && series[Int(index)] != nil ? SeriesID(Int(index)) : nil
  }

  private mutating func forget(_ index: Int) {
    guard let entry = series[index] else { return }
    seriesByKey[entry.key] = nil
    series[index] = nil
    freeSeries.append(index)
  }

  func resolve(_ targets: [SLITarget]) -> [Series.Target] {
    targets.compactMap { target in
      guard let slot = slots[target.id], target.weight.isFinite, target.weight.magnitude <= Self.largest else {
        return nil
      }
      return Series.Target(sli: Int32(slot), side: target.side, weight: target.weight, reading: target.reading)
    }
  }

  /// Counts one sample of a series.
  ///
  /// - Parameters:
  ///   - now: the receiver's clock.
  ///   - previousExposition: the time of the source's exposition before this one, when this sample is of a complete
  ///     exposition (a scrape). A series that was not in that one was born after it, so that its first value counts.
  @discardableResult
  public mutating func ingest(
    _ id: SeriesID, _ sample: CounterSample, now: Instant, previousExposition: Instant? = nil
  ) -> IngestOutcome {
    let outcome = count(id, sample, now: now, previousExposition: previousExposition)
    counts[outcome] += 1
    return outcome
  }

  /// Counts a sample's outcome that was decided before it came here (`replica`, `tooManySeries`).
  public mutating func note(_ outcome: IngestOutcome, count: UInt64 = 1) { counts[outcome] += count }

  /// Everything of a scrape at this time has arrived: sides without a sample in it have nothing to wait for.
  public mutating func completeExposition(at time: Instant, touching series: [SeriesID]) {
    for id in series where self.series.indices.contains(Int(id.index)) {
      guard let entry = self.series[Int(id.index)] else { continue }
      for target in entry.targets where states[Int(target.sli)].total != .min {
        let sli = Int(target.sli)
        states[sli].part = max(states[sli].part, time.nanoseconds)
        if states[sli].isSliced { closeSlices(of: sli) }
      }
    }
  }

  /// Values beyond this are refused: a count next to them would be lost in rounding, and sums of them overflow.
  static let largest = 0x1p63

  private mutating func count(
    _ id: SeriesID, _ sample: CounterSample, now: Instant, previousExposition: Instant?
  ) -> IngestOutcome {
    let index = Int(id.index)
    guard series.indices.contains(index), series[index] != nil else { return .tooManySeries }
    guard sample.value.magnitude < Self.largest else {
      return sample.value.bitPattern == CounterSample.staleMarker.bitPattern ? .stale : .notFinite
    }
    if sample.value < 0, !series[index]!.targets.contains(where: { $0.reads(negative: sample.kind) }) {
      return .negative
    }
    let isSane = Self.isSane(sample.time.nanoseconds)
    guard sample.time <= now + limits.ahead, isSane || sample.time < .epoch else { return .fromTheFuture }
    guard sample.time.nanoseconds > horizon, isSane else { return .tooOld }
    let kind = sample.kind
    if kind == .events { return countAlone(sample, index) }
    if kind != series[index]!.kind {
      // What came before means something else: nothing can be put between the two any more.
      if let newest = series[index]!.newest, newest >= sample.time.nanoseconds { return .conflicting }
      if series[index]!.count > 0 { series[index]!.begin(kind) } else { series[index]!.become(kind) }
    }
    let born = sample.created ?? (series[index]!.count == 0 ? previousExposition : nil)
    let point = Series.Point(
      time: sample.time.nanoseconds, value: sample.value, created: born?.nanoseconds ?? .min,
      isInferred: sample.created == nil && born != nil)
    return insert(point, into: index)
  }

  /// The newest time that was counted, a bucket ahead at most, less the horizon.
  private var horizon: Int64 {
    banks.newestEdge == .min ? .min : banks.newestEdge - limits.horizon.nanoseconds
  }

  /// Events that stand alone: nothing is remembered of their series but that it is alive.
  private mutating func countAlone(_ sample: CounterSample, _ index: Int) -> IngestOutcome {
    let time = sample.time.nanoseconds
    series[index]!.heard(time)
    banks.advance(to: time)
    var isTaken = false
    for place in 0..<series[index]!.targets.count {
      let target = series[index]!.targets[place]
      observe(target, at: time)
      isTaken = add(target.events(of: sample.value, .events) ?? 0, to: target, at: time) || isTaken
    }
    closeSlicesOfSeries(index)
    return isTaken || series[index]!.targets.isEmpty ? .counted : .sliceClosed
  }

  private mutating func insert(_ point: Series.Point, into index: Int) -> IngestOutcome {
    let count = series[index]!.count
    let place = series[index]!.place(of: point.time)
    if place < count {
      let taken = series[index]![place]
      if taken.time == point.time { return taken.value == point.value ? .duplicate : .conflicting }
      guard point.time > series[index]![count - 1].time - limits.reorderHorizon.nanoseconds,
        place > 0 || !series[index]!.truncated
      else { return .tooOld }
    }
    let earlier = place > 0 ? series[index]![place - 1] : nil
    let later = place < count ? series[index]![place] : nil
    let kind = series[index]!.kind
    banks.advance(to: point.time)
    var (isNew, isTaken) = (earlier != nil, false)
    for number in 0..<series[index]!.targets.count {
      let target = series[index]!.targets[number]
      let isFirst = states[Int(target.sli)].live == .max
      observe(target, at: point.time)
      // A series that was there before this SLI: what is live begins at its sample before.
      if isFirst, let earlier { states[Int(target.sli)].live = min(point.time, earlier.time) }
      if let events = target.events(of: point.value, kind) {
        isTaken = add(events, to: target, at: point.time) || isTaken
        isNew = true
        continue
      }
      let own = increment(from: earlier, to: point, for: target)
      isTaken = add(own, to: target, at: point.time) || isTaken
      if let later {
        let before = increment(from: earlier, to: later, for: target)
        add(increment(from: point, to: later, for: target) - before, to: target, at: later.time)
      }
      isNew = isNew || own != 0
    }
    series[index]!.insert(point, at: place)
    series[index]!.trim(horizon: limits.reorderHorizon.nanoseconds, limit: limits.reorderSamples)
    closeSlicesOfSeries(index)
    guard isTaken || series[index]!.targets.isEmpty else { return .sliceClosed }
    return isNew ? .counted : .baseline
  }

  /// A first sample counts only when the counter is known to have begun while this SLI was watched, or within the
  /// reorder horizon before the sample: then all of it happened close to now.
  private mutating func increment(
    from earlier: Series.Point?, to later: Series.Point, for target: Series.Target
  ) -> Double {
    if let earlier, earlier.time >= states[Int(target.sli)].resumed {
      return Series.increment(from: earlier, to: later)
    }
    // A counter that was there before a gap is counted by whoever fills the gap in.
    if earlier != nil, later.created < states[Int(target.sli)].resumed { return 0 }
    guard later.created != .min, later.created <= later.time else { return 0 }
    let registered = states[Int(target.sli)].registered
    // That it was not in the exposition before says nothing while this SLI was not looking yet.
    let recent = later.isInferred ? registered : later.time - limits.reorderHorizon.nanoseconds
    guard later.created >= min(registered, recent) else { return 0 }
    // What it counted since then is live: nobody has to fill it in.
    states[Int(target.sli)].live = min(states[Int(target.sli)].live, later.created)
    return max(0, later.value)
  }

  private mutating func observe(_ target: Series.Target, at time: Int64) {
    let sli = Int(target.sli)
    if states[sli].live == .max, states[sli].isSliced { joinBackfill(sli) }
    if states[sli].awaits || time < states[sli].resumed { resume(sli, at: time) }
    states[sli].live = min(states[sli].live, time)
    states[sli].since = min(states[sli].since, time)
    if target.side == .total {
      states[sli].total = max(states[sli].total, time)
    } else {
      states[sli].part = max(states[sli].part, time)
    }
  }

  /// Answers whether the events could still be counted; none always can.
  @discardableResult
  private mutating func add(_ events: Double, to target: Series.Target, at time: Int64) -> Bool {
    let sli = Int(target.sli)
    let amount = events * target.weight
    // What was filled in up to here has them already.
    guard amount != 0, amount.magnitude <= Self.largest, time > states[sli].backfilled, time >= states[sli].resumed
    else { return true }
    return target.side == .total
      ? add(part: 0, total: amount, to: sli, at: time) : add(part: amount, total: 0, to: sli, at: time)
  }

  /// Judges the slices that the watermarks of a series' SLIs have passed.
  private mutating func closeSlicesOfSeries(_ index: Int) {
    for number in 0..<series[index]!.targets.count {
      let sli = Int(series[index]!.targets[number].sli)
      if states[sli].isSliced { closeSlices(of: sli) }
    }
  }
}
