import Synchronization

/// A bound on bytes that are in memory at once.
final class ByteBudget: Sendable {
  private let limit: Int
  private let taken = Mutex(0)

  init(_ limit: Int) { self.limit = limit }

  /// Whether there is room; what was taken must be given back.
  func take(_ bytes: Int) -> Bool {
    taken.withLock { taken in
      guard taken + bytes <= limit else { return false }
      taken += bytes
      return true
    }
  }

  func give(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}
