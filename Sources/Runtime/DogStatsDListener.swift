import Base
import Foundation
import Logging
import Store
import Synchronization
import Wire

/// The bound addresses of a listener: bound before anything else is opened, so that a taken one is told at once.
public struct DogStatsDSockets: Sendable {
  let sockets: [DatagramSocket]
  /// With the ports that were picked.
  public let addresses: [String]

  /// Binds the addresses.
  ///
  /// - Throws: why one cannot be listened on, in a line for a person.
  public init(_ addresses: [DogStatsDListener.Address]) throws {
    var sockets: [DatagramSocket] = []
    var names: [String] = []
    do {
      for address in addresses {
        switch address {
        case .udp(let host, let port):
          let socket = try DatagramSocket.udp(host: host, port: port)
          sockets.append(socket)
          names.append(DogStatsDListener.Address.udp(host: host, port: socket.port).description)
        case .unix(let path):
          sockets.append(try DatagramSocket.unix(path: path))
          names.append(path)
        }
      }
    } catch {
      sockets.forEach { $0.end() }
      throw error
    }
    (self.sockets, self.addresses) = (sockets, names)
  }

  public func close() { sockets.forEach { $0.end() } }
}

/// Takes DogStatsD over UDP and sockets. A thread for each address adds datagrams up and never waits for the ledger;
/// twice a second what was added up is written to the ledger's log.
public final class DogStatsDListener: Sendable {
  public enum Address: Sendable, Hashable, CustomStringConvertible {
    /// An IP address without brackets; port 0 picks a free one.
    case udp(host: String, port: Int)
    case unix(path: String)

    public var description: String {
      switch self {
      case .udp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      case .unix(let path): path
      }
    }
  }

  private struct Contents {
    var aggregator = DogStatsDAggregator()
    /// Of aggregators before this one.
    var earlier = DogStatsDAggregator.Counts()
    /// What the ledger could not take yet, oldest first.
    var waiting: [DogStatsDAggregator.Batch] = []
    var lost = 0
  }

  private let sockets: [DatagramSocket]
  private let contents = Mutex(Contents())
  private let isEnding = Atomic(false)
  private let ended: [Gate]
  private let clock: SystemClock

  /// Flushes that wait while the log cannot be written.
  static let waitingMax = 60
  static let period = Duration.milliseconds(500)

  static let received = SelfMetrics.Family(
    "mainstay_dogstatsd_received", .counter, "What came over DogStatsD, by kind.")
  static let dropped = SelfMetrics.Family(
    "mainstay_dogstatsd_dropped", .counter, "What of DogStatsD was not taken, by reason.")

  /// Begins to receive.
  public init(_ bound: DogStatsDSockets, clock: SystemClock) {
    sockets = bound.sockets
    self.clock = clock
    ended = sockets.map { _ in Gate() }
    for (socket, gate) in zip(sockets, ended) {
      let thread = Thread { [self] in
        receive(socket)
        gate.signal()
      }
      thread.name = "dogstatsd"
      thread.start()
    }
  }

  private func receive(_ socket: DatagramSocket) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: DatagramSocket.datagramBytes, alignment: 16)
    defer { buffer.deallocate() }
    while !isEnding.load(ordering: .relaxed) {
      guard let count = socket.receive(into: buffer) else { continue }
      let now = clock.now()
      contents.withLock { contents in
        guard count <= buffer.count else {
          contents.earlier.malformed += 1
          return
        }
        contents.aggregator.take(UnsafeBufferPointer(buffer[..<count].bindMemory(to: UInt8.self)), at: now)
      }
    }
  }

  /// Writes to the ledger until the task is cancelled, then once more.
  public func run(into ledger: LedgerEngine, metrics: SelfMetrics, logger: Logger) async {
    var isFailing = false
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.period)
      do {
        try flush(into: ledger, metrics)
        isFailing = false
      } catch {
        if !isFailing { logger.error("DogStatsD waits for the ledger", metadata: ["error": "\(error)"]) }
        isFailing = true
      }
      note(metrics)
    }
    stop()
    try? flush(into: ledger, metrics)
    note(metrics)
  }

  /// Stops receiving; what was received stays for a last flush.
  public func stop() {
    guard !isEnding.exchange(true, ordering: .relaxed) else { return }
    ended.forEach { $0.wait() }
    sockets.forEach { $0.end() }
  }

  /// Values of metrics that were taken so far.
  var receivedSamples: Int { contents.withLock { $0.earlier.samples + $0.aggregator.counts.samples } }

  private func flush(into ledger: LedgerEngine, _ metrics: SelfMetrics) throws {
    // Sorting what was added up takes a moment, in which datagrams go on being added to a new aggregator.
    let full = contents.withLock { contents -> DogStatsDAggregator? in
      guard !contents.aggregator.isEmpty else { return nil }
      contents.earlier += contents.aggregator.counts
      return exchange(&contents.aggregator, with: DogStatsDAggregator())
    }
    if var full {
      let batch = full.flush()
      contents.withLock { contents in
        contents.waiting.append(batch)
        while contents.waiting.count > Self.waitingMax { contents.lost += contents.waiting.removeFirst().samples }
      }
    }
    while let batch = contents.withLock({ $0.waiting.first }) {
      try ledger.take(batch, now: clock.now())
      contents.withLock { contents in if !contents.waiting.isEmpty { contents.waiting.removeFirst() } }
    }
  }

  private func note(_ metrics: SelfMetrics) {
    let (counts, lost) = contents.withLock { contents in
      var counts = contents.earlier
      counts += contents.aggregator.counts
      return (counts, contents.lost)
    }
    for (kind, value) in [
      ("samples", counts.samples), ("events", counts.events), ("service checks", counts.serviceChecks),
      ("sets", counts.sets),
    ] {
      metrics.set(Self.received, [("kind", kind)], to: Double(value))
    }
    for (reason, value) in [
      ("malformed", counts.malformed), ("too many series", counts.dropped), ("ledger not writable", lost),
      ("kernel buffer full", sockets.reduce(0) { $0 + (isEnding.load(ordering: .relaxed) ? 0 : $1.kernelDrops) }),
    ] {
      metrics.set(Self.dropped, [("reason", reason)], to: Double(value))
    }
  }
}
