import Base

/// Decides what a server with little disk space still does.
///
/// A ballast file holds some space back. When the disk fills, the ballast is given up and only what pages people goes
/// on: acknowledgements, timers and the outbox. When space returns, the ballast is made again and all is admitted.
///
///     normal ──full, or free < floor──▶ reserve ──full──▶ exhausted
///        ▲        (release ballast)        │  ▲              │
///        └──free ≥ ballast + 2·floor───────┘  └─free ≥ floor─┘
///            (make ballast again)
public struct DiskSpaceGuard: Hashable, Sendable {
  public enum State: String, Hashable, Sendable {
    /// All commands are admitted.
    case normal
    /// The ballast has been given up: urgent commands only.
    case reserve
    /// The ballast's space is used up too: nothing is admitted until some space returns.
    case exhausted
  }

  public enum Action: Hashable, Sendable {
    case releaseBallast
    /// Answer with `ballastMade` or `ballastRefused`.
    case makeBallast
  }

  public private(set) var state: State
  /// Bytes that the ballast holds back.
  public let ballastSize: Int64
  /// Below this many free bytes the disk counts as full.
  public let floor: Int64

  /// Starts without a ballast: the first observation makes it, or finds the disk full.
  public init(ballastSize: Int64 = 8 << 20, floor: Int64 = 1 << 20) {
    state = .reserve
    self.ballastSize = ballastSize
    self.floor = floor
  }

  /// - Parameter urgent: acknowledgements, timers, and the outbox's reports.
  public func admits(urgent: Bool) -> Bool {
    switch state {
    case .normal: true
    case .reserve: urgent
    case .exhausted: false
    }
  }

  /// What a refused command is told.
  public var refusal: String {
    switch state {
    case .normal: ""
    case .reserve:
      "the disk is full: only acknowledgements, timers and pages are taken; make room on the data directory's disk"
    case .exhausted: "the disk is full: nothing can be stored; make room on the data directory's disk"
    }
  }

  /// A commit found no space. The batch may be tried again at once when the answer releases the ballast.
  public mutating func commitFoundDiskFull() -> Action? {
    switch state {
    case .normal:
      state = .reserve
      return .releaseBallast
    case .reserve, .exhausted:
      state = .exhausted
      return nil
    }
  }

  /// Looks at the free space, which does not include the ballast while there is one.
  public mutating func observe(freeBytes: Int64) -> Action? {
    switch state {
    case .normal:
      guard freeBytes < floor else { return nil }
      state = .reserve
      return .releaseBallast
    case .exhausted:
      guard freeBytes >= floor else { return nil }
      state = .reserve
      return observe(freeBytes: freeBytes)
    case .reserve:
      // The ballast and one floor beyond the floor: a disk that is just full enough does not flap.
      return freeBytes >= ballastSize + 2 * floor ? .makeBallast : nil
    }
  }

  /// The ballast has been made again.
  public mutating func ballastMade() { state = .normal }

  /// The ballast could not be made: the space is gone again.
  public mutating func ballastRefused() { if state == .normal { state = .reserve } }
}
