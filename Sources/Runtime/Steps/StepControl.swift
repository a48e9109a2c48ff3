import CProcess
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Why a step under way is to end before its time.
public enum StepStop: Sendable, Hashable {
  /// Its run was cancelled: it is asked to end, and killed after a grace.
  case cancelled
  /// Automation was stopped, by whom and why: it is killed at once.
  case automationStopped(String)
  /// The server stops, and gave it the time it gives: killed at once.
  case serverStops

  var isImmediate: Bool { self != .cancelled }
}

/// Lets others stop a step while a thread of its own performs it.
public final class StepControl: Sendable {
  private struct State {
    var stop: StepStop?
    var hooks: [@Sendable () -> Void] = []
  }

  /// Readable once a stop was asked for; -1 where there is no descriptor left.
  let wakeEnd: Int32
  private let writeEnd: Int32
  private let state = Mutex(State())

  public init() {
    var ends: [Int32] = [-1, -1]
    _ = cprocess_pipe(&ends)
    (wakeEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    if wakeEnd >= 0 {
      close(wakeEnd)
      close(writeEnd)
    }
  }

  public var stop: StepStop? { state.withLock(\.stop) }

  /// Asks the step to end. A more pressing reason replaces a less pressing one.
  public func end(_ reason: StepStop) {
    let hooks = state.withLock { state in
      if state.stop == nil || (reason.isImmediate && state.stop?.isImmediate == false) { state.stop = reason }
      defer { state.hooks = [] }
      return state.hooks
    }
    var byte: UInt8 = 1
    if writeEnd >= 0 { _ = write(writeEnd, &byte, 1) }
    hooks.forEach { $0() }
  }

  /// Calls `hook` when a stop is asked for, or now where it was.
  func whenEnded(_ hook: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      if state.stop == nil { state.hooks.append(hook) }
      return state.stop != nil
    }
    if now { hook() }
  }

  /// Takes what woke the reader, so that it can wait for more.
  func drain() {
    var bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
    while read(wakeEnd, &bytes, bytes.count) > 0 {}
  }
}
