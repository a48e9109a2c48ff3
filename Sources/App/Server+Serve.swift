import Base
import Engine
import Events
import Journal
import Logging
import Outbound
import Outbox
import Runtime
import Store
import Web

extension Server {
  /// How often the objectives are judged.
  private static let evaluationPeriod = Duration.seconds(5)

  /// Listens until the task is cancelled, with everything that works beside it.
  ///
  /// - Parameter sockets: where DogStatsD comes in.
  func serve(
    _ sockets: DogStatsDSockets, _ ready: @escaping @Sendable (String, Int) -> Void
  ) async throws {
    try await announce()
    let dogstatsd = dogStatsD(on: sockets)
    // Ends when the listener could not be opened, so that nobody waits for its port.
    let (ports, opened) = AsyncStream.makeStream(of: Int.self)
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for await port in ports {
            let base = externalURL(port: port)
            async let issues: Void = issueFollower(linkingTo: base).run()
            await deliverer(linkingTo: base).run()
            await issues
          }
        }
        group.addTask {
          await OnCallWatch(writer: parts.writer, clock: parts.clock, logger: parts.logger).run()
        }
        group.addTask { await parts.scraper.run(options.scrape) }
        group.addTask { await parts.queries.run() }
        group.addTask { await parts.runner.run() }
        group.addTask { await evaluateRegularly() }
        group.addTask { await followDefinitions() }
        group.addTask { await watchItself() }
        group.addTask { await watchAlerts() }
        group.addTask { await keepLedgerDurable() }
        group.addTask { await remindLedger() }
        group.addTask { await keepEvidence() }
        group.addTask { await keepStatusPages() }
        if let dogstatsd {
          group.addTask { await dogstatsd.run(into: parts.ledger, metrics: parts.metrics, logger: parts.logger) }
        }
        group.addTask { await janitor.run { parts.compiled.current.environment.snapshot } }
        defer { group.cancelAll() }
        try await listen { host, port in
          opened.yield(port)
          opened.finish()
          ready(host, port)
        }
      }
    } catch is CancellationError {
      // Asked to stop.
    } catch {
      await close()
      throw error
    }
    await close()
  }

  private func dogStatsD(on sockets: DogStatsDSockets) -> DogStatsDListener? {
    guard !options.dogstatsd.isEmpty else { return nil }
    parts.logger.info("DogStatsD comes in", metadata: ["addresses": "\(sockets.addresses.joined(separator: ", "))"])
    return DogStatsDListener(sockets, clock: parts.clock)
  }

  private func announce() async throws {
    let (writer, keeper) = (parts.writer, parts.keeper)
    do {
      try await writer.submit(
        .record(ServerStarted(version: Self.version), on: "server/mainstay", by: .system("server")))
      try await writer.submit(keeper.record(keeper.current, at: parts.clock.now()))
    } catch let refusal as Refusal {
      // A full disk at the start is no reason not to serve what there is.
      parts.logger.error("the start was not journalled", metadata: ["error": "\(refusal.message)"])
    }
  }

  private func close() async {
    parts.logger.info("stopping")
    parts.writer.stop()
    do {
      try parts.ledger.sync()
      try parts.ledger.snapshot(at: parts.clock.now())
      try parts.evidence.saveNow(at: parts.clock.now())
    } catch {
      parts.logger.error("the ledger was not kept", metadata: ["error": "\(error)"])
    }
    await parts.http.shutdown()
    try? parts.journal.close()
  }

  // MARK: What runs beside the listener

  private func deliverer(linkingTo base: String) -> Deliverer {
    let message = PageMessage(externalURL: base) { alert, person in
      acknowledgeLink(alert, person, base: base)
    }
    let compiled = parts.compiled
    return Deliverer(
      writer: parts.writer, clock: parts.clock, channels: Channels(http: parts.http), metrics: parts.metrics,
      logger: parts.logger, target: { page in compiled.current.addresses.target(of: page.request.channel) },
      message: { page, state in message.write(page, in: state) })
  }

  var janitor: Janitor {
    Janitor(journal: parts.journal, writer: parts.writer, clock: parts.clock, logger: parts.logger)
  }

  private func evaluateRegularly() async {
    var failing = false
    while !Task.isCancelled {
      let now = parts.clock.now()
      parts.book.note(parts.metrics, at: now)
      let state = parts.writer.state
      for ask in parts.telemetry.evaluate(at: now, knowing: state, in: parts.compiled.current.environment) {
        do {
          try await parts.writer.submit(ask)
        } catch {
          parts.telemetry.forget(knowing: parts.writer.state)
          parts.logger.error("burns were not journalled", metadata: ["error": "\(error)"])
          break
        }
      }
      do {
        for sli in try parts.telemetry.pin(at: now) {
          parts.logger.warning("too many exclusions to keep each exact to the event", metadata: ["sli": "\(sli)"])
        }
        failing = false
      } catch {
        if !failing { parts.logger.error("periods are not pinned", metadata: ["error": "\(error)"]) }
        failing = true
      }
      try? await Task.sleep(for: Self.evaluationPeriod)
    }
  }

  /// What was counted is on the disk within a second, and in a snapshot from time to time. While nothing is counted
  /// nothing wakes but for the age of the log.
  private func keepLedgerDurable() async {
    var failing = false
    while !Task.isCancelled {
      do {
        try parts.ledger.sync()
        try parts.ledger.snapshotIfNeeded(at: parts.clock.now())
        failing = false
        await parts.ledger.written()
      } catch {
        if !failing { parts.logger.error("the ledger is not durable", metadata: ["error": "\(error)"]) }
        failing = true
      }
      try? await Task.sleep(for: .milliseconds(500))
    }
  }

  /// Exemplars and attribution change without a word in the ledger's log, and are kept by the clock.
  private func keepEvidence() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(5))
      // On a full disk the ledger has said so already, and it is tried again.
      try? parts.evidence.save(at: parts.clock.now())
    }
  }

  /// A log that is not written to any more grows old as well.
  private func remindLedger() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(60))
      parts.ledger.remind()
    }
  }

  private func followDefinitions() async {
    await parts.keeper.follow(clock: parts.clock) { current in
      parts.compiled.use(current)
      let forms = parts.compiled.current
      parts.writer.use(forms.environment)
      parts.alerts.book.use(forms.snapshot, heartbeats: forms.environment.heartbeats)
      do {
        _ = try parts.telemetry.use(
          forms.objectives, policies: forms.environment.budgetPolicies, zones: { parts.zones.zone(named: $0) },
          knowing: parts.writer.state, at: parts.clock.now())
        parts.queries.use(forms.objectives)
        parts.exemplars.keep(parts.telemetry.spanSLIs)
      } catch {
        parts.logger.error("the new objectives are not counted yet", metadata: ["error": "\(error)"])
      }
      _ = try? await parts.writer.submit(parts.keeper.record(current, at: parts.clock.now()))
    }
  }

  /// Tells an outside watcher each minute that the writer commits, and journals jumps of the system's clock.
  private func watchItself() async {
    var nextBeat = parts.clock.now()
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.evaluationPeriod)
      for jump in parts.clock.takeJumps() {
        parts.logger.warning("the system's clock was set", metadata: ["by": "\(jump.text)"])
        _ = try? await parts.writer.submit(
          .record(ClockJumped(by: jump), on: "server/mainstay", by: .system("clock")))
      }
      let now = parts.clock.now()
      guard let url = options.heartbeat, now >= nextBeat else { continue }
      nextBeat = now + .minutes(1)
      // The beat is sent only after a round through the writer: a server that cannot commit is silent.
      guard parts.writer.full == nil, (try? await parts.writer.submit(.tick)) != nil else { continue }
      do {
        try await parts.http.heartbeat(url)
      } catch {
        parts.logger.warning("the heartbeat did not arrive", metadata: ["error": "\(error)"])
      }
    }
  }
}
