import Base
import Engine
import Journal
import Logging

/// Notices changes of shift, so that what is open is handed over, and silences and maintenance that begin, so that what
/// they cover pages no more.
public struct OnCallWatch: Sendable {
  /// How late a change may be noticed.
  static let period = Duration.seconds(2)

  private let writer: JournalWriter
  private let clock: SystemClock
  private let logger: Logger

  public init(writer: JournalWriter, clock: SystemClock, logger: Logger) {
    self.writer = writer
    self.clock = clock
    self.logger = logger
  }

  /// Looks until the task is cancelled. The writer is asked only where something has changed.
  public func run() async {
    var failing: Set<String> = []
    while !Task.isCancelled {
      let (state, environment, now) = (writer.state, writer.environment, clock.now())
      if !state.onCallChanges(environment, at: now).isEmpty {
        await journal("a change of shift", .watchOnCall, &failing)
      }
      if !state.holdsBegun(environment, at: now).isEmpty {
        await journal("the beginning of a silence", .watchHolds, &failing)
      }
      try? await Task.sleep(for: Self.period)
    }
  }

  /// Asks the writer, and says once when that begins to fail.
  private func journal(_ what: String, _ ask: Ask<Void>, _ failing: inout Set<String>) async {
    do {
      try await writer.submit(ask)
      failing.remove(what)
    } catch {
      if failing.insert(what).inserted {
        logger.warning("\(what) was not journalled", metadata: ["error": "\(error)"])
      }
    }
  }
}
