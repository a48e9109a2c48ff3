import Base
import Logging
import Runtime
import Synchronization
import Wire

/// Says in the log what an intake could not take: at once the first time, then at most once a minute, with how much it
/// was meanwhile.
final class RefusalLog: Sendable {
  private struct State {
    var samples: [String: Int] = [:]
    var said: Instant?
  }

  static let refused = SelfMetrics.Family(
    "mainstay_samples_refused", .counter, "Samples that an SLI may have asked for and that were not counted, by reason."
  )
  static let period = Interval.minutes(1)

  private let logger: Logger
  private let metrics: SelfMetrics
  private let state = Mutex(State())

  init(logger: Logger, metrics: SelfMetrics) {
    self.logger = logger
    self.metrics = metrics
  }

  /// Counts what a body lost before the ledger saw it, and says what its sender was told.
  func note(_ tally: WriteTally, from source: String, reply: WriteReply, at now: Instant) {
    guard reply.status >= 400 else { return }
    let lost = [
      ("invalid_labels", tally.invalidSamples + tally.invalidHistograms),
      ("native_histogram", tally.unsupportedHistograms),
    ]
    for (reason, count) in lost where count > 0 {
      metrics.add(Self.refused, [("reason", reason)], by: Double(count))
    }
    let missed = state.withLock { state -> Int? in
      state.samples[source, default: 0] += tally.samples - reply.samples
      if let said = state.said, now - said < Self.period { return nil }
      state.said = now
      defer { state.samples = [:] }
      return state.samples.values.reduce(0, +)
    }
    guard let missed else { return }
    logger.warning(
      "telemetry was refused",
      metadata: [
        "source": "\(source)", "samples": "\(missed)", "last": "\(reply.message.prefix(500))",
      ])
  }
}
