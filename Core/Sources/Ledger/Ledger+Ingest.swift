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
      guard let entry = series[index], (entry.points.last?.time ?? 0) < limit else { continue }
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
      guard let slot = slots[target.id] else { return nil }
      return Series.Target(sli: Int32(slot), side: target.side)
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
    for id in series {
      guard let entry = self.series[Int(id.index)] else { continue }
      for target in entry.targets where slis[Int(target.sli)]?.totalWatermark != nil {
        let part = slis[Int(target.sli)]?.partWatermark ?? time
        slis[Int(target.sli)]?.partWatermark = max(part, time)
      }
    }
  }

  private mutating func count(
    _ id: SeriesID, _ sample: CounterSample, now: Instant, previousExposition: Instant?
  ) -> IngestOutcome {
    let index = Int(id.index)
    guard series.indices.contains(index), series[index] != nil else { return .tooManySeries }
    guard sample.value.isFinite else {
      return sample.value.bitPattern == CounterSample.staleMarker.bitPattern ? .stale : .notFinite
    }
    guard sample.value >= 0 else { return .negative }
    guard sample.time <= now + limits.ahead else { return .fromTheFuture }
    guard sample.time > newest - limits.horizon else { return .tooOld }
    let born = sample.created ?? (series[index]!.points.isEmpty ? previousExposition : nil)
    let point = Series.Point(
      time: sample.time.nanoseconds, value: sample.value, created: born?.nanoseconds ?? .min,
      isInferred: sample.created == nil && born != nil)
    return insert(point, into: index)
  }

  /// The newest time that was counted.
  var newest: Instant {
    guard let head = rings[0].head else { return .distantPast }
    return Instant(nanoseconds: head * rings[0].step)
  }

  /// Where a sample goes among those remembered of its series, or why it goes nowhere.
  private func place(of point: Series.Point, in index: Int) -> Result<Int, Refusal> {
    let count = series[index]!.points.count
    // Nearly always the newest.
    guard count > 0, series[index]!.points[count - 1].time >= point.time else { return .success(count) }
    let points = series[index]!.points
    let place = points.lastIndex { $0.time < point.time }.map { $0 + 1 } ?? 0
    if points[place].time == point.time {
      return .failure(Refusal(outcome: points[place].value == point.value ? .duplicate : .conflicting))
    }
    guard point.time > points[count - 1].time - limits.reorderHorizon.nanoseconds,
      place > 0 || !series[index]!.truncated
    else { return .failure(Refusal(outcome: .tooOld)) }
    return .success(place)
  }

  private struct Refusal: Error { var outcome: IngestOutcome }

  private mutating func insert(_ point: Series.Point, into index: Int) -> IngestOutcome {
    let place: Int
    switch self.place(of: point, in: index) {
    case .success(let found): place = found
    case .failure(let refusal): return refusal.outcome
    }
    let earlier = place > 0 ? series[index]!.points[place - 1] : nil
    let later = place < series[index]!.points.count ? series[index]!.points[place] : nil
    for ring in rings.indices { rings[ring].advance(to: point.time) }
    let targets = series[index]!.targets
    var counted = false
    for target in targets {
      observe(target, at: point.time)
      let own = increment(from: earlier, to: point, for: target)
      add(own, to: target, at: point.time)
      if let later {
        let before = increment(from: earlier, to: later, for: target)
        add(increment(from: point, to: later, for: target) - before, to: target, at: later.time)
      }
      counted = counted || own != 0
    }
    series[index]!.points.insert(point, at: place)
    series[index]!.trim(horizon: limits.reorderHorizon.nanoseconds, limit: limits.reorderSamples)
    return counted || earlier != nil ? .counted : .baseline
  }

  /// A first sample counts only when the counter is known to have begun while this SLI was watched, or within the
  /// reorder horizon before the sample: then all of it happened close to now.
  private func increment(from earlier: Series.Point?, to later: Series.Point, for target: Series.Target) -> Double {
    if let earlier { return Series.increment(from: earlier, to: later) }
    guard later.created != .min, later.created <= later.time, let record = slis[Int(target.sli)] else { return 0 }
    // That it was not in the exposition before says nothing while this SLI was not looking yet.
    let registered = record.registered.nanoseconds
    let recent = later.isInferred ? registered : later.time - limits.reorderHorizon.nanoseconds
    return later.created >= min(registered, recent) ? later.value : 0
  }

  private mutating func observe(_ target: Series.Target, at time: Int64) {
    let time = Instant(nanoseconds: time)
    let sli = Int(target.sli)
    guard let record = slis[sli] else { return }
    slis[sli]!.since = min(record.since ?? time, time)
    if target.side == .total {
      slis[sli]!.totalWatermark = max(record.totalWatermark ?? time, time)
    } else {
      slis[sli]!.partWatermark = max(record.partWatermark ?? time, time)
    }
  }

  private mutating func add(_ amount: Double, to target: Series.Target, at time: Int64) {
    guard amount != 0 else { return }
    let lane = Int(target.sli) + (target.side == .total ? capacity : 0)
    for ring in rings.indices { rings[ring].add(amount, lane: lane, at: time) }
  }
}
