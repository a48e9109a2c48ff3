import Base
import Engine
import Events
import Journal
import Logging
import Outbound
import Outbox
import Synchronization

/// Takes pages out of the outbox: claims an attempt through the writer, sends it, reports what became of it.
///
/// Whatever happens between the claim and the report, the claim runs out and the page is sent again with the same
/// key: at least once, never silently not at all.
public final class Deliverer: Sendable {
  /// Pages on the network at once.
  static let maxConcurrent = 32
  static let pages = SelfMetrics.Family("mainstay_pages", .counter, "Attempts to send a page, by result.")

  private let writer: JournalWriter
  private let clock: SystemClock
  private let logger: Logger
  /// Builds the message of a page and says where it goes; `nil` where its channel is defined no more.
  private let message: @Sendable (Page, State) -> (ChannelMessage, ChannelTarget)?
  private let channels: Channels
  private let metrics: SelfMetrics
  private let underWay = Mutex<Set<ULID>>([])
  private let wake = Wake()

  public init(
    writer: JournalWriter, clock: SystemClock, channels: Channels, metrics: SelfMetrics, logger: Logger,
    message: @escaping @Sendable (Page, State) -> (ChannelMessage, ChannelTarget)?
  ) {
    self.writer = writer
    self.clock = clock
    self.channels = channels
    self.metrics = metrics
    self.logger = logger
    self.message = message
  }

  /// Delivers until the task is cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { [self] in
        for await _ in writer.changes() { wake.now() }
        wake.finish()
      }
      wake.now()
      for await _ in wake.signals {
        if Task.isCancelled { break }
        let now = clock.now()
        let state = writer.state
        for page in state.outbox.due(at: now) where begin(page.id) {
          group.addTask { [self] in
            await deliver(page)
            underWay.withLock { _ = $0.remove(page.id) }
            wake.now()
          }
        }
        if let next = state.nextPage, next > now { wake.at(next, clock: clock, in: &group) }
      }
      group.cancelAll()
    }
  }

  private func begin(_ id: ULID) -> Bool {
    underWay.withLock { $0.count < Self.maxConcurrent && $0.insert(id).inserted }
  }

  private func deliver(_ due: Page) async {
    let page: Page
    do {
      page = try await writer.submit(.claimPage(due.id))
    } catch {
      // Taken back meanwhile, or nothing can be committed: the outbox still says what is to be done.
      try? await Task.sleep(for: .milliseconds(200))
      return
    }
    let attempt = page.attempts.count + 1
    guard let (message, target) = message(page, writer.state) else {
      await report(
        .pageFailed(
          page.id, attempt: attempt, reason: "channel \(page.request.channel.name) is not defined any more",
          permanent: true, after: nil))
      return
    }
    switch await channels.send(message, to: target, now: clock.now()) {
    case .accepted(let receipt):
      metrics.add(Self.pages, [("result", "sent")])
      await report(.pageSent(page.id, attempt: attempt, receipt: receipt))
    case .retry(let reason, let after):
      metrics.add(Self.pages, [("result", "retried")])
      await report(.pageFailed(page.id, attempt: attempt, reason: reason, permanent: false, after: after))
    case .rejected(let reason):
      metrics.add(Self.pages, [("result", "failed")])
      await report(.pageFailed(page.id, attempt: attempt, reason: reason, permanent: true, after: nil))
    }
  }

  /// A report that cannot be committed now is tried for as long as the claim lasts.
  private func report(_ ask: Ask<Void>) async {
    let end = clock.now() + Outbox.claimLength
    while clock.now() < end, !Task.isCancelled {
      do {
        try await writer.submit(ask)
        return
      } catch let refusal as Refusal where refusal.kind == .unavailable {
        try? await Task.sleep(for: .seconds(1))
      } catch {
        logger.notice("a delivery report came too late", metadata: ["error": "\(error)"])
        return
      }
    }
  }
}
