import Base

/// Snapshots of version 1: no slices, marks, backfills, kinds, weights or readings, and rings of one depth for all.
extension Ledger {
  func recordVersion1(_ reader: inout ByteReader) -> (SLIRecord, SLIState)? {
    guard let id = reader.text(), let counts = reader.byte().flatMap(SLISide.init), counts != .total,
      let period = reader.signed(), case .some(.some(let registered)) = reader.instant(),
      let since = reader.instant(), let part = reader.instant(), let total = reader.instant(),
      let retired = reader.instant(),
      [since, part, total].allSatisfy({ $0.map { Self.isSane($0.nanoseconds) } ?? true })
    else { return nil }
    let definition = SLIDefinition(id: id, counts: counts, period: Interval(nanoseconds: period))
    var state = SLIState(
      place: Banks.Place(bank: 0, column: 0), definition: definition, registered: registered)
    state.since = since?.nanoseconds ?? .max
    state.live = state.since
    state.part = part?.nanoseconds ?? .min
    state.total = total?.nanoseconds ?? .min
    return (SLIRecord(definition: definition, retired: retired, limits: limits), state)
  }

  mutating func readSumsVersion1(_ reader: inout ByteReader) -> Bool {
    for ring in 0..<3 {
      guard reader.signed() == Banks.steps[ring], let slots = reader.varint(), slots > 0, slots <= 10_000,
        let hasHead = reader.byte(), hasHead <= 1
      else { return false }
      guard hasHead == 1 else { continue }
      guard let head = reader.signed(), head.magnitude < UInt64(Int64.max / Banks.steps[ring]) - slots else {
        return false
      }
      // The finest ring comes first and its head leads the others'.
      if ring == 0 { banks.advance(to: head * Banks.steps[0]) }
      guard banks.newestEdge != .min, Ring.edge(after: banks.newestEdge, step: Banks.steps[ring]) == head else {
        return false
      }
      for index in slis.indices {
        for side in 0..<2 {
          guard readSums(&reader, index, ring: ring, side: side, slots: Int64(slots)) else { return false }
        }
      }
    }
    return true
  }
}
