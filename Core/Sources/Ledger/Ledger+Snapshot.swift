import Base

/// A ledger as bytes. docs/formats/ledger.md describes them byte by byte.
extension Ledger {
  static let snapshotVersion: UInt8 = 2

  /// Everything that is counted and every series' recent samples. What became of samples (`counts`) is not in it.
  public func snapshot() -> [UInt8] {
    let kept = slis.indices.filter { slis[$0] != nil }
    var writer = ByteWriter(reserving: 4_096 + kept.count * 16_384 + series.count * 1_024)
    writer.byte(Self.snapshotVersion)
    writer.varint(UInt64(kept.count))
    for index in kept { write(slis[index]!, states[index], to: &writer) }
    writer.byte(banks.newestEdge == .min ? 0 : 1)
    if banks.newestEdge != .min {
      writer.signed(banks.newestEdge)
      for index in kept { writeSums(states[index].place, to: &writer) }
    }
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
    let entries = series.indices.filter { series[$0] != nil && series[$0]!.newest != nil }
    writer.varint(UInt64(entries.count))
    for index in entries { series[index]!.write(to: &writer, places) }
    return writer.bytes
  }

  private func write(_ record: SLIRecord, _ state: SLIState, to writer: inout ByteWriter) {
    writer.text(record.definition.id)
    writer.byte(record.definition.counts.rawValue)
    writer.signed(record.definition.period.nanoseconds)
    if let rule = record.definition.slices {
      writer.byte(rule.target == nil ? 1 : 2)
      writer.signed(rule.length.nanoseconds)
      if let target = rule.target { writer.double(target) }
    } else {
      writer.byte(0)
    }
    writer.signed(state.registered)
    for time in [state.since, state.live] { writer.instant(time == .max ? nil : Instant(nanoseconds: time)) }
    for time in [state.part, state.total] { writer.instant(time == .min ? nil : Instant(nanoseconds: time)) }
    writer.instant(record.retired)
    write(record.backfill, upTo: state.backfilled, hasGaps: state.resumed != .min, to: &writer)
    if state.resumed != .min { writeGaps(record, state, to: &writer) }
    writer.varint(UInt64(record.marks.count))
    for mark in record.marks {
      writer.signed(mark.time)
      writer.signed(mark.edge &- mark.time)
      writer.double(mark.part)
      writer.double(mark.total)
    }
    guard let book = record.book else { return }
    writer.instant(book.closed == .min ? nil : Instant(nanoseconds: book.closed))
    guard let remembered = book.remembered else { return writer.varint(0) }
    writer.varint(UInt64(book.keep))
    writer.signed(remembered.upperBound)
    for slice in remembered {
      writer.double(book.events(slice).part)
      writer.double(book.events(slice).total)
    }
  }

  private func write(_ backfill: Backfill?, upTo: Int64, hasGaps: Bool, to writer: inout ByteWriter) {
    let flag: UInt8 = hasGaps ? 4 : 0
    guard let backfill else { return writer.byte(flag) }
    writer.byte((backfill.carry == nil ? 1 : 2) | flag)
    writer.signed(backfill.from)
    writer.signed(upTo)
    if let carry = backfill.carry { write(carry, to: &writer) }
  }

  private func writeGaps(_ record: SLIRecord, _ state: SLIState, to writer: inout ByteWriter) {
    writer.signed(state.resumed)
    writer.byte(state.awaits ? 1 : 0)
    writer.varint(UInt64(record.gaps.count))
    for gap in record.gaps {
      writer.signed(gap.from)
      writer.signed(gap.reached)
      writer.instant(gap.until == .max ? nil : Instant(nanoseconds: gap.until))
      writer.byte(gap.carry == nil ? 0 : 1)
      if let carry = gap.carry { write(carry, to: &writer) }
    }
  }

  private func write(_ carry: Backfill.Carry, to writer: inout ByteWriter) {
    writer.signed(carry.slice)
    writer.double(carry.part)
    writer.double(carry.total)
  }

  private func writeSums(_ place: Banks.Place, to writer: inout ByteWriter) {
    for number in 0..<3 {
      let ring = banks.rings[banks.ring(place, number)]
      writer.varint(UInt64(ring.slots))
      for side in 0..<2 {
        var sums = SumWriter()
        ring.forEachSum(column: Int(place.column), side: side) { sums.put($0, to: &writer) }
        sums.finish(&writer)
      }
    }
  }
}

// MARK: Reading

extension Ledger {
  /// Restores what `snapshot` wrote, in this version or the one before; `nil` for anything else. Bounds hold whatever
  /// the bytes say.
  public init?(snapshot bytes: [UInt8], limits: LedgerLimits = LedgerLimits()) {
    self.init(snapshot: bytes, from: 0, limits: limits)
  }

  /// Restores a snapshot that begins within the bytes.
  public init?(snapshot bytes: [UInt8], from start: Int, limits: LedgerLimits = LedgerLimits()) {
    self.init(limits: limits)
    guard start <= bytes.count else { return nil }
    var reader = ByteReader(bytes, range: start..<bytes.count)
    guard let version = reader.byte(), version == 1 || version == Self.snapshotVersion,
      let count = reader.count(ofAtLeast: 8), count <= 100_000
    else { return nil }
    var records: [(record: SLIRecord, state: SLIState)] = []
    for _ in 0..<count {
      guard let one = version == 1 ? recordVersion1(&reader) : record(&reader) else { return nil }
      records.append(one)
    }
    banks.reserve(records.map { Banks.depth(for: $0.record.definition.period) })
    for (index, one) in records.enumerated() {
      guard slots.updateValue(index, forKey: one.record.definition.id) == nil else { return nil }
      slis.append(one.record)
      states.append(one.state)
      states[index].place = banks.take(Banks.depth(for: one.record.definition.period))
    }
    guard version == 1 ? readSumsVersion1(&reader) : readSums(&reader) else { return nil }
    guard let entries = reader.count(ofAtLeast: 6) else { return nil }
    for _ in 0..<entries {
      guard let entry = version == 1 ? Series(version1: &reader, slis: count) : Series(&reader, slis: count),
        seriesByKey.updateValue(series.count, forKey: entry.key) == nil
      else { return nil }
      series.append(entry)
    }
    guard reader.isAtEnd else { return nil }
  }

  private func record(_ reader: inout ByteReader) -> (SLIRecord, SLIState)? {
    guard let id = reader.text(), let counts = reader.byte().flatMap(SLISide.init), counts != .total,
      let period = reader.signed(), let sliced = reader.byte(), sliced <= 2
    else { return nil }
    var definition = SLIDefinition(id: id, counts: counts, period: Interval(nanoseconds: period))
    if sliced > 0 {
      guard let length = reader.signed(), length > 0 else { return nil }
      definition.slices = SliceRule(length: Interval(nanoseconds: length), target: nil)
      if sliced == 2 {
        guard let target = reader.double() else { return nil }
        definition.slices!.target = target
      }
    }
    guard let registered = reader.signed(), let since = reader.instant(), let live = reader.instant(),
      let part = reader.instant(), let total = reader.instant(), let retired = reader.instant(),
      [since, live, part, total].allSatisfy({ $0.map { Self.isSane($0.nanoseconds) } ?? true })
    else { return nil }
    var record = SLIRecord(definition: definition, retired: retired, limits: limits)
    var state = SLIState(
      place: Banks.Place(bank: 0, column: 0), definition: definition, registered: Instant(nanoseconds: registered))
    state.since = since?.nanoseconds ?? .max
    state.live = live?.nanoseconds ?? .max
    state.part = part?.nanoseconds ?? .min
    state.total = total?.nanoseconds ?? .min
    guard readBackfill(&reader, &record, &state), readMarks(&reader, &record, &state), readBook(&reader, &record)
    else { return nil }
    return (record, state)
  }

  private func readBackfill(_ reader: inout ByteReader, _ record: inout SLIRecord, _ state: inout SLIState) -> Bool {
    guard let kind = reader.byte(), kind & 3 <= 2, kind <= 6 else { return false }
    if kind & 3 > 0 {
      guard let from = reader.signed(), let upTo = reader.signed(), Self.isSane(from), Self.isSane(upTo) else {
        return false
      }
      record.backfill = Backfill(from: from)
      state.backfilled = upTo
    }
    if kind & 3 == 2 {
      guard let carry = readCarry(&reader, record) else { return false }
      record.backfill!.carry = carry
    }
    return kind & 4 == 0 || readGaps(&reader, &record, &state)
  }

  private func readGaps(_ reader: inout ByteReader, _ record: inout SLIRecord, _ state: inout SLIState) -> Bool {
    guard let resumed = reader.signed(), Self.isSane(resumed), let awaits = reader.byte(), awaits <= 1,
      let count = reader.count(ofAtLeast: 4)
    else { return false }
    state.resumed = resumed
    for _ in 0..<count {
      guard let from = reader.signed(), let reached = reader.signed(), let until = reader.instant(),
        let carries = reader.byte(), carries <= 1
      else { return false }
      var gap = Gap(from: from, reached: reached, until: until?.nanoseconds ?? .max)
      guard Self.isSane(from), Self.isSane(reached), gap.until == .max || Self.isSane(gap.until) else { return false }
      if carries == 1 {
        guard let carry = readCarry(&reader, record) else { return false }
        gap.carry = carry
      }
      record.gaps.append(gap)
    }
    // The newest ones, where fewer are kept than were written.
    record.gaps.removeFirst(max(0, count - limits.gaps))
    state.awaits = awaits == 1 && record.gaps.last?.until == .max
    return true
  }

  private func readCarry(_ reader: inout ByteReader, _ record: SLIRecord) -> Backfill.Carry? {
    guard let slice = reader.signed(), let part = reader.double(), let total = reader.double(), part.isFinite,
      total.isFinite, let book = record.book, slice.magnitude < UInt64(Int64.max / book.length)
    else { return nil }
    return Backfill.Carry(slice: slice, part: part, total: total)
  }

  private func readMarks(_ reader: inout ByteReader, _ record: inout SLIRecord, _ state: inout SLIState) -> Bool {
    guard let count = reader.count(ofAtLeast: 18) else { return false }
    for _ in 0..<count {
      guard let time = reader.signed(), let ahead = reader.signed(), let part = reader.double(),
        let total = reader.double(), part.isFinite, total.isFinite, Self.isSane(time), Self.isSane(ahead)
      else { return false }
      let edge = time &+ ahead
      guard record.marks.last.map({ ($0.edge, $0.time) < (edge, time) }) ?? true else { return false }
      record.marks.append(Mark(time: time, edge: edge, part: part, total: total))
    }
    state.hasMarks = count > 0
    return true
  }

  private func readBook(_ reader: inout ByteReader, _ record: inout SLIRecord) -> Bool {
    guard let rule = record.definition.slices else { return true }
    guard let closed = reader.instant(), let count = reader.count(ofAtLeast: 16) else { return false }
    var newest: Int64?
    var sums: [(part: Double, total: Double)] = []
    if count > 0 {
      guard let value = reader.signed() else { return false }
      newest = value
      for _ in 0..<count {
        guard let part = reader.double(), let total = reader.double(), part.isFinite, total.isFinite else {
          return false
        }
        sums.append((part, total))
      }
    }
    record.book = SliceBook(
      rule: rule, limits: limits, newest: newest, closed: closed?.nanoseconds ?? .min, sums: sums)
    return record.book != nil
  }

  private mutating func readSums(_ reader: inout ByteReader) -> Bool {
    guard let hasSums = reader.byte(), hasSums <= 1 else { return false }
    guard hasSums == 1 else { return true }
    guard let newest = reader.signed(), newest % Banks.steps[0] == 0, Self.isSane(newest) else { return false }
    banks.advance(to: newest)
    for index in slis.indices {
      for ring in 0..<3 {
        guard let slots = reader.varint(), slots > 0, slots <= 10_000 else { return false }
        for side in 0..<2 {
          guard readSums(&reader, index, ring: ring, side: side, slots: Int64(slots)) else { return false }
        }
      }
    }
    return true
  }

  /// Sums at the edges up to the ring's head. Where it is deeper than what was written, older edges have the oldest.
  mutating func readSums(_ reader: inout ByteReader, _ sli: Int, ring: Int, side: Int, slots: Int64) -> Bool {
    let place = states[sli].place
    let number = banks.ring(place, ring)
    guard let head = banks.rings[number].head, let oldest = banks.rings[number].oldest else { return false }
    let first = head - slots
    return reader.sums(Int(slots) + 1) { index, sum in
      let edge = first + Int64(index)
      if index == 0, oldest < first {
        for older in oldest..<first { banks.setSum(sum, of: place, ring: ring, edge: older, side: side) }
      }
      if edge >= oldest { banks.setSum(sum, of: place, ring: ring, edge: edge, side: side) }
    }
  }
}
