import Journal
import Synchronization

/// Keeps paging alive on a full disk: performs what `DiskSpaceGuard` decides for a data directory.
public final class DiskReserve: Sendable {
  private let decisions: Mutex<DiskSpaceGuard>
  private let ballast: Ballast
  private let path: String

  /// Makes the ballast where there is room for it.
  ///
  /// - Parameters:
  ///   - size: bytes held back; 8 MiB hold some 20,000 events.
  ///   - floor: with fewer free bytes than this the disk counts as full.
  public init(directory: DataDirectory, size: Int64 = 8 << 20, floor: Int64 = 1 << 20) {
    decisions = Mutex(DiskSpaceGuard(ballastSize: size, floor: floor))
    ballast = Ballast(path: directory.ballast, size: size)
    path = directory.path
    // One left from before counts as free space: whether to make it again is decided like any other time.
    ballast.release()
    check()
  }

  public var state: DiskSpaceGuard.State { decisions.withLock(\.state) }

  /// What commands that are not admitted are told.
  public var refusal: String { decisions.withLock(\.refusal) }

  public func admits(urgent: Bool) -> Bool { decisions.withLock { $0.admits(urgent: urgent) } }

  /// A commit found the disk full. True when the ballast was given up and urgent commands are worth another try.
  public func release() -> Bool { decisions.withLock { perform($0.commitFoundDiskFull(), on: &$0) } }

  /// Looks at the free space: gives the ballast up before the disk is full, makes it again when space has returned.
  ///
  /// - Returns: whether all commands are admitted.
  @discardableResult
  public func check() -> Bool {
    guard let free = FreeSpace.bytes(at: path) else { return admits(urgent: false) }
    return decisions.withLock { decisions in
      _ = perform(decisions.observe(freeBytes: free), on: &decisions)
      return decisions.state == .normal
    }
  }

  private func perform(_ action: DiskSpaceGuard.Action?, on decisions: inout DiskSpaceGuard) -> Bool {
    switch action {
    case .releaseBallast:
      return ballast.release()
    case .makeBallast:
      if ballast.make() { decisions.ballastMade() } else { decisions.ballastRefused() }
      return false
    case nil:
      return false
    }
  }
}
