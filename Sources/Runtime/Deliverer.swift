import Base
import Engine
import Events
import Journal
import Logging
import Outbound
import Outbox
import Synchronization

/// Takes pages out of the outbox: claims attempts through the writer, sends them, reports what became of each.
///
/// Whatever happens between the claim and the report, the claim runs out and the page is sent again with the same
/// key: at least once, never silently not at all. `DeliveryLanes` decides which go out next.
public final class Deliverer: Sendable {
  static let pages = SelfMetrics.Family("mainstay_pages", .counter, "Attempts to send a page, by result.")
  static let wait = SelfMetrics.Family(
    "mainstay_page_wait_seconds", .counter, "Time from when a page was to go out to its first attempt.")

  private let writer: JournalWriter
  private let clock: SystemClock
  private let logger: Logger
  /// Where a page goes; `nil` where its channel is defined no more.
  private let target: @Sendable (Page) -> ChannelTarget?
  /// Builds the message of a page.
  private let message: @Sendable (Page, State) -> ChannelMessage
  private let channels: Channels
  private let metrics: SelfMetrics
  private let lanes = Mutex(DeliveryLanes())
  private let wake = Wake()

  public init(
    writer: JournalWriter, clock: SystemClock, channels: Channels, metrics: SelfMetrics, logger: Logger,
    target: @escaping @Sendable (Page) -> ChannelTarget?, message: @escaping @Sendable (Page, State) -> ChannelMessage
  ) {
    self.writer = writer
    self.clock = clock
    self.channels = channels
    self.metrics = metrics
    self.logger = logger
    self.target = target
    self.message = message
  }

  /// Delivers until the task is cancelled.
  public func run() async {
    await takeOver()
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
        let taken = take(from: state, at: now)
        if !taken.pages.isEmpty { group.addTask { [self] in await deliver(taken.pages) } }
        if !taken.paused.isEmpty { group.addTask { [self] in await putOff(taken.paused) } }
        for time in [state.nextPage, taken.wakeAt].compactMap({ $0 }) where time > now {
          wake.at(time, clock: clock, in: &group)
        }
      }
      group.cancelAll()
    }
  }

  /// Sends at once what an earlier life of the server was sending when it ended: it got no report, and nobody else has
  /// the journal.
  private func takeOver() async {
    while !Task.isCancelled {
      do {
        if try await writer.submit(.losePages) == 0 { return }
      } catch {
        // Until this is in the journal nothing could be claimed either.
        try? await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Puts what is due into its lanes, and takes what may go out.
  private func take(from state: State, at now: Instant) -> DeliveryLanes.Taken {
    lanes.withLock { lanes in
      for entry in state.outbox.queue.due(at: now) where !lanes.knows(entry.id) {
        guard let page = state.outbox.pages[entry.id] else { continue }
        lanes.add(entry.id, to: target(page)?.lane ?? page.request.channel.name)
      }
      return lanes.take(at: now)
    }
  }

  private func end(_ page: ULID, wasTaken: Bool = true) {
    lanes.withLock { $0.end(page, wasTaken: wasTaken) }
    wake.now()
  }

  /// Claims attempts in one commit, and makes them side by side.
  private func deliver(_ ids: [ULID]) async {
    let claimed: [Page]
    do {
      claimed = try await writer.submit(.claimPages(ids))
    } catch {
      // Nothing can be committed: the outbox still says what is to be done.
      try? await Task.sleep(for: .milliseconds(200))
      ids.forEach { end($0) }
      return
    }
    // Those taken back meanwhile were not claimed.
    let going = Set(claimed.map(\.id))
    for id in ids where !going.contains(id) { end(id) }
    await withDiscardingTaskGroup { group in
      for page in claimed {
        group.addTask { [self] in
          await attempt(page)
          end(page.id)
        }
      }
    }
  }

  private func attempt(_ page: Page) async {
    let attempt = page.attempts.count + 1
    if attempt == 1, let due = page.due { metrics.add(Self.wait, by: max(.zero, clock.now() - due).seconds) }
    guard let target = target(page) else {
      await report(
        .pageFailed(
          page.id, attempt: attempt, reason: "channel \(page.request.channel.name) is not defined any more",
          permanent: true, after: nil))
      return
    }
    switch await channels.send(message(page, writer.state), to: target, now: clock.now()) {
    case .accepted(let receipt):
      metrics.add(Self.pages, [("result", "sent")])
      await report(.pageSent(page.id, attempt: attempt, receipt: receipt))
    case .retry(let reason, let after):
      metrics.add(Self.pages, [("result", "retried")])
      if let after, after > .zero {
        lanes.withLock { [until = clock.now() + after] in $0.pause(target.lane, until: until) }
      }
      await report(.pageFailed(page.id, attempt: attempt, reason: reason, permanent: false, after: after))
    case .rejected(let reason):
      metrics.add(Self.pages, [("result", "failed")])
      await report(.pageFailed(page.id, attempt: attempt, reason: reason, permanent: true, after: nil))
    }
  }

  /// Pages that fall due while their channel rests for long fail without being sent, so that whoever they are for is
  /// reached by the next rule.
  private func putOff(_ paused: [(page: ULID, until: Instant)]) async {
    let claimed = (try? await writer.submit(.claimPages(paused.map(\.page)))) ?? []
    let ends = Dictionary(paused, uniquingKeysWith: { first, _ in first })
    for page in claimed {
      let until = ends[page.id] ?? clock.now()
      await report(
        .pageFailed(
          page.id, attempt: page.attempts.count + 1,
          reason: "\(page.request.channel.name): its other side asked for nothing before \(until.rfc3339)",
          permanent: false, after: max(.zero, until - clock.now())))
    }
    if claimed.isEmpty { try? await Task.sleep(for: .milliseconds(200)) }
    for (page, _) in paused { end(page, wasTaken: false) }
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
