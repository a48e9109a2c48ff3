import Base

/// A ledger as bytes. docs/formats/ledger.md describes them byte by byte.
extension Ledger {
  static let snapshotVersion: UInt8 = 1

  /// Everything that is counted and every series' recent samples. What became of samples (`counts`) is not in it.
  public func snapshot() -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(Self.snapshotVersion)
    let kept = slis.indices.filter { slis[$0] != nil }
    writer.varint(UInt64(kept.count))
    for index in kept { write(slis[index]!, to: &writer) }
    for ring in rings {
      writer.signed(ring.step)
      writer.varint(UInt64(ring.slots))
      writer.byte(ring.head == nil ? 0 : 1)
      guard let head = ring.head, let oldest = ring.oldest else { continue }
      writer.signed(head)
      for index in kept {
        for lane in [index, index + capacity] { write(ring, lane: lane, edges: oldest...head, to: &writer) }
      }
    }
    let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
    let entries = series.compactMap { $0 }.filter { !$0.points.isEmpty }
    writer.varint(UInt64(entries.count))
    for entry in entries { write(entry, places, to: &writer) }
    return writer.bytes
  }

  private func write(_ record: SLIRecord, to writer: inout ByteWriter) {
    writer.text(record.definition.id)
    writer.byte(record.definition.counts.rawValue)
    writer.signed(record.definition.period.nanoseconds)
    writer.instant(record.registered)
    for instant in [record.since, record.partWatermark, record.totalWatermark, record.retired] {
      writer.instant(instant)
    }
  }

  /// Running sums as differences: whole ones (nearly all) as zigzag varints of twice the difference, runs of zero as a
  /// count; any other sum as its bits, so that it comes back exactly.
  private func write(_ ring: Ring, lane: Int, edges: ClosedRange<Int64>, to writer: inout ByteWriter) {
    var before = 0.0
    var zeros: UInt64 = 0
    func flush() {
      if zeros > 0 {
        writer.byte(0)
        writer.varint(zeros)
        zeros = 0
      }
    }
    for edge in edges {
      let sum = ring.sum(edge: edge, lane: lane)
      let difference = sum - before
      if difference == 0 {
        zeros += 1
      } else if difference.magnitude < 0x1p52, difference == difference.rounded(), before + difference == sum {
        flush()
        writer.byte(1)
        writer.signed(Int64(difference))
      } else {
        flush()
        writer.byte(2)
        writer.uint64(sum.bitPattern)
      }
      before = sum
    }
    flush()
  }

  private func write(_ entry: Series, _ places: [Int: Int], to writer: inout ByteWriter) {
    writer.varint(UInt64(entry.key.count))
    writer.raw(entry.key)
    writer.byte(entry.truncated ? 1 : 0)
    let targets = entry.targets.filter { places[Int($0.sli)] != nil }
    writer.varint(UInt64(targets.count))
    for target in targets {
      writer.varint(UInt64(places[Int(target.sli)]!))
      writer.byte(target.side.rawValue)
    }
    writer.varint(UInt64(entry.points.count))
    var before: Int64 = 0
    for point in entry.points {
      writer.signed(point.time &- before)
      writer.uint64(point.value.bitPattern)
      writer.byte(point.created == .min ? 0 : point.isInferred ? 2 : 1)
      if point.created != .min { writer.signed(point.created) }
      before = point.time
    }
  }
}

// MARK: Reading

extension Ledger {
  /// Restores what `snapshot` wrote; `nil` for anything else. Bounds hold whatever the bytes say.
  public init?(snapshot bytes: [UInt8], limits: LedgerLimits = LedgerLimits()) {
    self.init(limits: limits)
    var reader = ByteReader(bytes)
    guard reader.byte() == Self.snapshotVersion, let count = reader.count(ofAtLeast: 8), count <= 100_000 else {
      return nil
    }
    for index in 0..<count {
      guard let record = Self.record(&reader), slots[record.definition.id] == nil else { return nil }
      slots[record.definition.id] = index
      slis.append(record)
    }
    let width = max(Self.chunk, (count + Self.chunk - 1) / Self.chunk * Self.chunk)
    for place in rings.indices {
      guard let ring = readRing(&reader, step: rings[place].step, width: width, count: count) else { return nil }
      rings[place] = ring
    }
    guard let entries = reader.count(ofAtLeast: 6) else { return nil }
    for _ in 0..<entries {
      guard let entry = Self.series(&reader, slis: count), seriesByKey[entry.key] == nil else { return nil }
      seriesByKey[entry.key] = series.count
      series.append(entry)
    }
    guard reader.isAtEnd else { return nil }
  }

  private static func record(_ reader: inout ByteReader) -> SLIRecord? {
    guard let id = reader.text(), let counts = reader.byte().flatMap(SLISide.init), let period = reader.signed(),
      case .some(.some(let registered)) = reader.instant(), let since = reader.instant(),
      let part = reader.instant(), let total = reader.instant(), let retired = reader.instant()
    else { return nil }
    let definition = SLIDefinition(id: id, counts: counts, period: Interval(nanoseconds: period))
    return SLIRecord(
      definition: definition, registered: registered, since: since, partWatermark: part, totalWatermark: total,
      retired: retired)
  }

  private func readRing(_ reader: inout ByteReader, step: Int64, width: Int, count: Int) -> Ring? {
    guard reader.signed() == step, let slots = reader.varint(), slots > 0, slots <= 10_000, let hasHead = reader.byte()
    else { return nil }
    var ring = Ring(step: step, slots: Int(slots), lanes: 2 * width)
    guard hasHead == 1 else { return hasHead == 0 ? ring : nil }
    guard let head = reader.signed(), head.magnitude < UInt64(Int64.max / step) - slots else { return nil }
    ring.restore(head: head)
    for index in 0..<count {
      for lane in [index, index + width] {
        guard readLane(&reader, lane: lane, into: &ring, from: head - Int64(slots), to: head) else { return nil }
      }
    }
    return ring
  }

  private func readLane(
    _ reader: inout ByteReader, lane: Int, into ring: inout Ring, from oldest: Int64, to head: Int64
  ) -> Bool {
    var edge = oldest
    var sum = 0.0
    while edge <= head {
      var run: Int64 = 1
      switch reader.byte() {
      case 0:
        guard let zeros = reader.varint(), zeros > 0, zeros <= UInt64(head - edge + 1) else { return false }
        run = Int64(zeros)
      case 1:
        guard let difference = reader.signed() else { return false }
        sum += Double(difference)
      case 2:
        guard let bits = reader.uint64(), Double(bitPattern: bits).isFinite else { return false }
        sum = Double(bitPattern: bits)
      default: return false
      }
      for _ in 0..<run {
        ring.setSum(sum, edge: edge, lane: lane)
        edge += 1
      }
    }
    return true
  }

  private static func series(_ reader: inout ByteReader, slis: Int) -> Series? {
    guard let length = reader.count(), let key = reader.raw(length), let truncated = reader.byte(),
      let targets = reader.count(ofAtLeast: 2)
    else { return nil }
    var entry = Series(key: Array(key), targets: [])
    entry.truncated = truncated == 1
    for _ in 0..<targets {
      guard let place = reader.varint(), place < UInt64(slis), let side = reader.byte().flatMap(SLISide.init) else {
        return nil
      }
      entry.targets.append(Series.Target(sli: Int32(place), side: side))
    }
    guard let points = reader.count(ofAtLeast: 10), points > 0 else { return nil }
    var time: Int64 = 0
    for index in 0..<points {
      guard let step = reader.signed(), let bits = reader.uint64(), let hasCreated = reader.byte() else { return nil }
      time = time &+ step
      var created = Int64.min
      if hasCreated == 1 || hasCreated == 2 {
        guard let value = reader.signed() else { return nil }
        created = value
      }
      guard index == 0 || time > entry.points[index - 1].time else { return nil }
      entry.points.append(
        Series.Point(
          time: time, value: Double(bitPattern: bits), created: created, isInferred: hasCreated == 2))
    }
    return entry
  }
}
