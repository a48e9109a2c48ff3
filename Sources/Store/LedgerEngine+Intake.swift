import Base
import Ledger
import Synchronization

/// What one intake gathers while its body is read.
struct LedgerIntake {
  /// The table of the source, out of the engine's dictionary meanwhile so that it is changed in place.
  var table: SeriesTable
  var now: Instant
  var minute: Int32
  var frame: LedgerFrame
  var refused = IngestCounts()
  /// The pair of senders that was asked about last, and whether it counts: a body comes from one sender.
  var group: Int32 = -1
  var isHeard = true

  init(table: SeriesTable, now: Instant, exposition: ExpositionTimes?) {
    self.table = table
    self.table.begin()
    self.now = now
    minute = Int32(truncatingIfNeeded: now.seconds / 60)
    frame = LedgerFrame(now: now, exposition: exposition)
  }
}

/// How many series one source of telemetry has sent lately.
public struct SourceSeries: Hashable, Sendable {
  /// `prometheus`, or the address of a scrape target.
  public var source: String
  public var counted = 0
  public var ignored = 0
  public var invalid = 0
  /// Past a bound: their samples do not count.
  public var refused = 0
  /// New series are refused: the source has as many as one may have.
  public var isFull = false
}

extension LedgerEngine {
  /// How many series each source has sent lately, by name.
  public var sources: [SourceSeries] {
    contents.withLock { contents in
      contents.sources.map { name, table in
        SourceSeries(
          source: name, counted: table.sizes.counted, ignored: table.sizes.ignored, invalid: table.sizes.invalid,
          refused: table.sizes.refused, isFull: table.isFull(for: 0))
      }.sorted { $0.source < $1.source }
    }
  }

  /// Counts what one sender sent.
  ///
  /// - Parameters:
  ///   - source: tells senders apart whose keys are in different formats, or mean different labels. Each has its own
  ///     bound on series.
  ///   - exposition: given for a complete exposition (a scrape).
  /// - Throws: what reading the body throws, or `StoreFailure` when the log cannot be written (a full disk). Nothing is
  ///   counted then; the sender may send the same again, and intake goes on by itself when there is space.
  @discardableResult
  public func ingest(
    _ body: inout some TelemetryBody, source: String, exposition: ExpositionTimes? = nil, now: Instant
  ) throws -> IngestCounts {
    try contents.withLock { contents in
      guard contents.isRestored else { throw StoreFailure("the ledger is not open yet; send again in a moment") }
      guard !contents.isLogLost, contents.log != nil || files == nil else {
        throw StoreFailure("the ledger has no log to write to; free some space on the disk and send again in a moment")
      }
      contents.begin(source, exposition, now)
      defer { contents.end(source) }
      try body.read(into: &contents)
      return try contents.commit()
    }
  }

  /// As above, for samples that were decoded before.
  ///
  /// - Parameter labels: reads the labels behind a key. Called once for a series, then remembered.
  @discardableResult
  public func ingest(
    _ series: some Sequence<TelemetrySeries>, scope: String, exposition: ExpositionTimes? = nil, now: Instant,
    labels: (ArraySlice<UInt8>) -> LabelSet
  ) throws -> IngestCounts {
    try withoutActuallyEscaping(labels) { labels in
      var body = DecodedBody(series: series, labels: labels)
      return try ingest(&body, source: scope, exposition: exposition, now: now)
    }
  }
}

/// Samples that were decoded before.
private struct DecodedBody<Series: Sequence<TelemetrySeries>>: TelemetryBody {
  let series: Series
  let labels: (ArraySlice<UInt8>) -> LabelSet

  mutating func read(into sink: inout some TelemetrySink) {
    for one in series {
      let verdict = one.key.withUnsafeBytes { key in
        let known = sink.find(key)
        return known == .unknown ? sink.learn(key, labels(one.key)) : known
      }
      if case .counted(let number) = verdict {
        for sample in one.samples { sink.add(sample, to: number) }
      } else {
        sink.skip(one.samples.count, verdict)
      }
    }
  }
}

extension LedgerEngine.Contents: TelemetrySink {
  mutating func begin(_ source: String, _ exposition: ExpositionTimes?, _ now: Instant) {
    let table = sources.removeValue(forKey: source) ?? SeriesTable(limit: seriesPerSource, seed: seed)
    intake = LedgerIntake(table: table, now: now, exposition: exposition)
    swap(&intake.frame.entries, &spare)
  }

  mutating func end(_ source: String) {
    if sources.count < LedgerEngine.sourcesMax { sources[source] = intake.table }
    intake.frame.entries.removeAll(keepingCapacity: intake.frame.entries.capacity <= LedgerEngine.spareMax)
    swap(&intake.frame.entries, &spare)
    intake = LedgerIntake(table: SeriesTable(limit: 0, seed: seed), now: .epoch, exposition: nil)
  }

  mutating func find(_ key: UnsafeRawBufferPointer) -> SeriesVerdict {
    guard let place = intake.table.find(key, minute: intake.minute) else {
      return makeRoom(key.count) ? .unknown : .refused
    }
    let entry = intake.table[place]
    guard entry.code >= 0 else { return Self.verdict(entry.code) }
    if entry.group >= 0, !isHeard(entry.group) { return .standby }
    return .counted(entry.code)
  }

  private static func verdict(_ code: Int32) -> SeriesVerdict {
    switch code {
    case SeriesTable.Code.ignored: .ignored
    case SeriesTable.Code.invalid: .invalid
    case SeriesTable.Code.refused: .refused
    default: .counted(code)
    }
  }

  /// Whether one more series can be remembered. A full table lets go of what was idle, at most once a minute.
  private mutating func makeRoom(_ length: Int) -> Bool {
    guard intake.table.isFull(for: length) else { return true }
    guard intake.table.swept != intake.minute else { return false }
    intake.table.swept = intake.minute
    let oldest = intake.minute - SeriesTable.idleMinutes
    intake.table.keep { $0.minute >= oldest && $0.code != SeriesTable.Code.refused }
    return !intake.table.isFull(for: length)
  }

  mutating func learn(_ key: UnsafeRawBufferPointer, _ labels: LabelSet?) -> SeriesVerdict {
    var (code, group) = (SeriesTable.Code.invalid, Int32(-1))
    if let labels {
      let (stripped, sender) = replicas.group(of: labels)
      let targets = match(stripped)
      if targets.isEmpty {
        code = SeriesTable.Code.ignored
      } else if let id = ledger.intern(stripped.key, targets: targets) {
        (code, group) = (id.index, sender)
        hear(of: id, set: stripped, targets)
      } else {
        code = SeriesTable.Code.refused
      }
    }
    intake.table.insert(key, code: code, group: group, minute: intake.minute)
    if group >= 0, !isHeard(group) { return .standby }
    return Self.verdict(code)
  }

  private mutating func isHeard(_ group: Int32) -> Bool {
    if intake.group != group {
      intake.group = group
      intake.isHeard = replicas.accepts(group, at: intake.now)
    }
    return intake.isHeard
  }

  mutating func add(_ sample: CounterSample, to series: Int32) {
    intake.frame.entries.append(.init(series: series, sample: sample))
  }

  mutating func skip(_ samples: Int, _ verdict: SeriesVerdict) {
    switch verdict {
    case .refused: intake.refused[.tooManySeries] += UInt64(samples)
    case .standby: intake.refused[.replica] += UInt64(samples)
    default: break
    }
  }

  /// Writes what was gathered to the log, then counts it.
  mutating func commit() throws -> IngestCounts {
    if !intake.frame.entries.isEmpty, let log {
      nameSeries()
      do { try log.append(intake.frame.bytes) } catch {
        for (number, _) in intake.frame.named { named[Int(number)] = false }
        throw error
      }
    }
    return apply(intake.frame, intake.refused)
  }

  /// Gives the log the keys of series that it has not named yet.
  private mutating func nameSeries() {
    for entry in intake.frame.entries {
      let number = Int(entry.series)
      if number < named.count, named[number] { continue }
      if number >= named.count { named += repeatElement(false, count: max(1_024, number + 1 - named.count)) }
      guard let id = ledger.seriesID(entry.series), let key = ledger.key(of: id) else { continue }
      named[number] = true
      intake.frame.named.append((entry.series, key))
    }
  }
}
