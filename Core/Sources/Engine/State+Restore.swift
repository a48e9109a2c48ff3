import Base
import Journal

extension State {
  /// Events read at a time while rebuilding.
  private static let page = 10_000

  /// Folds the journal: each fold from its snapshot where there is a good one, from the first event where not.
  ///
  /// - Returns: the state, the sequence of the last event, and how many events had to be applied.
  public static func restore(
    from storage: some JournalStorage
  ) throws -> (state: State, sequence: Int64, replayed: Int64) {
    var state = State()
    let last = try storage.lastSequence()
    var starts: [(slot: any FoldSlot, sequence: Int64)] = []
    for slot in folds {
      starts.append((slot, try restore(slot, upTo: last, from: storage, into: &state)))
    }
    var position = starts.map(\.sequence).min() ?? 0
    let first = position
    while position < last {
      let events = try storage.events(after: position, limit: page)
      guard let end = events.last?.sequence else { break }
      for event in events {
        for (slot, sequence) in starts where event.sequence > sequence { try slot.apply(event, to: &state) }
      }
      position = end
    }
    guard position == last else { throw JournalGap(after: position, expected: last) }
    return (state, last, last - first)
  }

  /// A snapshot of another version, from beyond the journal's end, or unreadable, is a cache that missed.
  private static func restore(
    _ slot: any FoldSlot, upTo last: Int64, from storage: some JournalStorage, into state: inout State
  ) throws -> Int64 {
    guard let snapshot = try storage.snapshot(fold: slot.name, version: slot.version), snapshot.sequence <= last,
      let json = try? JSON(parsing: snapshot.state, limits: .own)
    else { return 0 }
    do {
      try slot.restore(json, into: &state)
      return snapshot.sequence
    } catch {
      return 0
    }
  }

  /// Snapshots of all folds as of the given sequence.
  ///
  /// - Parameter pack: makes them smaller, one after the other, in a way that whoever reads them undoes.
  public func snapshots(at sequence: Int64, pack: ([UInt8]) -> [UInt8] = { $0 }) throws -> [FoldSnapshot] {
    try Self.folds.map { slot in
      FoldSnapshot(
        fold: slot.name, version: slot.version, sequence: sequence, state: pack(try slot.snapshot(of: self)))
    }
  }
}

/// Events are missing from the journal.
public struct JournalGap: Error {
  public let after: Int64
  public let expected: Int64
}
