import Base
import Engine
import Journal
import Logging

/// Notices changes of shift, so that what is open is handed over.
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
    var isFailing = false
    while !Task.isCancelled {
      if !writer.state.onCallChanges(writer.environment, at: clock.now()).isEmpty {
        do {
          try await writer.submit(.watchOnCall)
          isFailing = false
        } catch {
          if !isFailing { logger.warning("a change of shift was not journalled", metadata: ["error": "\(error)"]) }
          isFailing = true
        }
      }
      try? await Task.sleep(for: Self.period)
    }
  }
}
