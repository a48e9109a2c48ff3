import Alerts
import Base
import Engine
import Events
import Journal
import Runtime
import Synchronization
import Web
import Wire

/// Where all intakes of alerts meet: routes reports, has the writer take them, and keeps the leases of what senders
/// have to repeat.
final class AlertDesk: Sendable {
  static let received = SelfMetrics.Family(
    "mainstay_alerts_received", .counter, "Reports of alerts received, by intake and what became of them.")

  /// What is kept of one report, and of one command's reports together.
  static let rawBytesMax = 128 << 10
  static let rawListBytesMax = 1 << 20

  let writer: JournalWriter
  let clock: SystemClock
  let metrics: SelfMetrics
  let book: IntegrationBook
  let environment: @Sendable () -> Engine.Environment
  /// How long reports are kept as they came.
  let rawLife: Interval
  private let ids: Mutex<IDGenerator>
  private let leases = Mutex(Leases())
  let heartbeats: Mutex<HeartbeatWatch>
  /// The deadline that each silence was raised for.
  let silenced = Mutex<[String: Instant]>([:])

  init(
    writer: JournalWriter, clock: SystemClock, metrics: SelfMetrics, book: IntegrationBook, rawLife: Interval,
    seed: UInt64, environment: @escaping @Sendable () -> Engine.Environment
  ) {
    self.writer = writer
    self.clock = clock
    self.metrics = metrics
    self.book = book
    self.rawLife = rawLife
    self.environment = environment
    ids = Mutex(IDGenerator(seed: seed))
    heartbeats = Mutex(HeartbeatWatch(startedAt: clock.now()))
  }

  func newID() -> ULID { ids.withLock { $0.next(at: clock.now()) } }

  // MARK: Taking

  /// One report with the bytes it came as.
  struct Item: Sendable {
    var incoming: Incoming
    /// Names the condition; made of the key where a reader has none of its own.
    var lease: Leases.Key
    var raw: ArraySlice<UInt8>

    init(_ incoming: Incoming, lease: Leases.Key? = nil, raw: ArraySlice<UInt8>) {
      self.incoming = incoming
      self.lease = lease ?? AlertDesk.lease(of: incoming.key, from: incoming.integration)
      self.raw = raw
    }
  }

  /// The lease of a condition by its sender's key. Alertmanager's keys are hashes already.
  static func lease(of key: String, from integration: String) -> Leases.Key {
    (Hash128(hex: key) ?? Hash128(of: key)).lease(of: Hash128(of: integration))
  }

  /// Routes reports and has them taken, durably, in the order they came.
  ///
  /// - Returns: what became of each.
  /// - Throws: `Refusal` where the writer takes nothing; what was taken of them before stays.
  func take(_ items: [Item], by actor: Actor) async throws -> [Taken] {
    let router = environment().router
    var taken: [Taken] = []
    for start in stride(from: 0, to: items.count, by: Ask<[Taken]>.reportsMax) {
      let chunk = items[start..<min(items.count, start + Ask<[Taken]>.reportsMax)]
      taken += try await submit(chunk.map { prepare($0, router) }, by: actor)
    }
    return taken
  }

  private struct Prepared: Sendable {
    var report: Report?
    var item: Item
    /// Set where the alert holds only as long as it is repeated, or several conditions share it.
    var timeout: Interval?
    var isShared: Bool
    /// What was let go of for it, and is taken up again where the writer takes nothing.
    var released: Leases.Lease?
  }

  private func prepare(_ item: Item, _ router: Router) -> Prepared {
    let signal = router.route(item.incoming).signal
    let isShared = Router.isShared(signal.key)
    switch item.incoming.status {
    case .firing:
      return Prepared(report: .fire(signal), item: item, timeout: signal.timeout, isShared: isShared)
    case .acknowledged:
      return Prepared(report: .acknowledge(key: signal.key), item: item, timeout: nil, isShared: isShared)
    case .resolved:
      let held = release(item.lease)
      // Where several conditions share an alert, it ends with the last of them.
      let goesOn = isShared && held.map { $0.rest > 0 } ?? false
      let lease = held?.lease
      return Prepared(
        report: goesOn ? nil : .resolve(key: signal.key, reason: "its sender says that it is over"), item: item,
        timeout: nil, isShared: isShared, released: lease)
    }
  }

  private func release(_ key: Leases.Key) -> (lease: Leases.Lease, rest: Int)? {
    leases.withLock { leases in
      leases.release(key).map { ($0, leases.holders(of: $0.alert)) }
    }
  }

  private func takeUp(_ prepared: [Prepared]) {
    leases.withLock { leases in
      for one in prepared {
        guard let lease = one.released else { continue }
        leases.hold(one.item.lease, alert: lease.alert, until: lease.deadline)
      }
    }
  }

  private func submit(_ prepared: [Prepared], by actor: Actor) async throws -> [Taken] {
    let (reports, raw) = keepingRaw(prepared)
    guard !reports.isEmpty else { return prepared.map { _ in .nothing } }
    let outcomes: [Taken]
    do {
      outcomes = try await writer.submit(Ask.take(reports, raw: raw, by: actor))
    } catch let refusal as Refusal {
      // Together they may set off more events than a command may have, alone hardly any does.
      guard prepared.count > 1, refusal.kind == .unavailable, refusal.message.hasPrefix("alert take failed") else {
        takeUp(prepared)
        throw refusal
      }
      let half = prepared.count / 2
      let first = try await submit(Array(prepared[..<half]), by: actor)
      return first + (try await submit(Array(prepared[half...]), by: actor))
    }
    var rest = outcomes[...]
    let taken = prepared.map { $0.report == nil ? Taken.nothing : rest.popFirst() ?? .nothing }
    hold(prepared, taken)
    return taken
  }

  /// The reports with the bulk that keeps them as they came.
  private func keepingRaw(_ prepared: [Prepared]) -> (reports: [Report], raw: BulkItem?) {
    let now = clock.now()
    let key = "raw/\(newID())"
    var bytes: [UInt8] = [UInt8(ascii: "[")]
    var count = 0
    var reports: [Report] = []
    for one in prepared {
      guard var report = one.report else { continue }
      if bytes.count < Self.rawListBytesMax {
        if count > 0 { bytes += [UInt8(ascii: ","), 0x0A] }
        if one.item.raw.count > Self.rawBytesMax {
          bytes += JSON.string("\(one.item.raw.count) bytes, more than are kept").bytes
        } else {
          bytes += one.item.raw
        }
        report.raw = "\(key)/\(count)"
        count += 1
      }
      reports.append(report)
    }
    guard count > 0 else { return (reports, nil) }
    bytes.append(UInt8(ascii: "]"))
    return (reports, BulkItem(key: key, kind: "raw-event", bytes: bytes, created: now, expires: now + rawLife))
  }

  private func hold(_ prepared: [Prepared], _ taken: [Taken]) {
    let now = clock.now()
    leases.withLock { leases in
      for (one, outcome) in zip(prepared, taken) {
        guard case .fire? = one.report, let alert = outcome.alert, one.timeout != nil || one.isShared else { continue }
        leases.hold(one.item.lease, alert: alert, until: one.timeout.map { now + $0 } ?? .distantFuture)
      }
    }
  }

  // MARK: Repeats

  /// Extends what is open already, with no trip to the writer.
  ///
  /// - Returns: the places of the reports that have to be taken.
  func extend(_ count: Int, _ lease: (_ index: Int) -> (key: Leases.Key, until: Instant)?) -> [Int] {
    let alerts = writer.state.alerts
    return leases.withLock { leases in
      var rest: [Int] = []
      for index in 0..<count {
        guard let (key, until) = lease(index), let known = leases[key],
          // Somebody may have resolved it here: then this is the news that it goes on.
          alerts.alerts[known.alert]?.isOpen == true
        else {
          rest.append(index)
          continue
        }
        leases.hold(key, alert: known.alert, until: until)
      }
      return rest
    }
  }

  /// Whether a condition is known to hold an alert open.
  func holds(_ key: Leases.Key) -> Bool { leases.withLock { $0[key] != nil } }

  /// Until when an alert holds unless it is repeated.
  func deadline(_ key: Leases.Key) -> Instant? { leases.withLock { $0[key]?.deadline } }

  /// After a restart each open alert gets its whole time again: the server's own silence is not the sender's.
  func restore() {
    let now = clock.now()
    let open = writer.state.alerts.open.filter { $0.signal.timeout != nil }
    leases.withLock { leases in
      for alert in open {
        guard let integration = alert.signal.integration, let timeout = alert.signal.timeout else { continue }
        let key = String(alert.signal.key.dropFirst(integration.utf8.count + 1))
        leases.hold(Self.lease(of: key, from: integration), alert: alert.id, until: now + timeout)
      }
    }
  }

  /// Resolves what nobody repeats any more.
  func expire() async throws {
    let now = clock.now()
    while true {
      // Each may set off dozens of events.
      let silent = leases.withLock { $0.expire(at: now, limit: 20) }
      guard !silent.isEmpty else { return }
      do {
        for chunk in stride(from: 0, to: silent.count, by: 20) {
          try await writer.submit(.resolveSilent(Array(silent[chunk..<min(silent.count, chunk + 20)])))
        }
      } catch {
        // They stay open, and are looked at again.
        leases.withLock { leases in
          for id in silent { leases.hold(.init(high: id.high, low: id.low), alert: id, until: now + .seconds(10)) }
        }
        throw error
      }
    }
  }
}
