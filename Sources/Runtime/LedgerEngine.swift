import Base
import Ledger
import Objectives
import Synchronization

/// The ledger behind a lock.
public final class LedgerEngine: Sendable {
  struct Contents {
    var ledger = Ledger()
    var matcher = SeriesMatcher([])
  }

  private let contents = Mutex(Contents())

  public init() {}

  public func read<Value>(_ body: (borrowing Ledger) throws -> Value) rethrows -> Value {
    try contents.withLock { try body($0.ledger) }
  }

  public func register(_ objectives: [Objective], at now: Instant) {
    contents.withLock { contents in
      let matcher = SeriesMatcher(objectives)
      contents.matcher = matcher
      contents.ledger.register(objectives.map(\.definition), at: now)
      contents.ledger.retarget { matcher.targets(ofKey: $0) }
    }
  }
}
