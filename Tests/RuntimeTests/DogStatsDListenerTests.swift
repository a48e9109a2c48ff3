import Base
import Foundation
import Ledger
import Logging
import Store
import Testing
import Wire

@testable import Runtime

@Suite struct RepeatedBodiesTests {
  private let now = Instant(seconds: 1_790_000_000)
  private let one = Hash128([1])

  @Test func aBodyCountsOnceWithinFiveMinutes() {
    let bodies = RepeatedBodies()
    #expect(bodies.begin(one, at: now) == .first)
    #expect(bodies.begin(one, at: now) == .underWay)
    bodies.end(one, isCounted: true)
    #expect(bodies.begin(one, at: now + .minutes(5)) == .counted)
    #expect(bodies.begin(Hash128([2]), at: now) == .first)
    #expect(bodies.begin(one, at: now + .seconds(301)) == .first)
  }

  /// One that could not be counted is counted when it comes again.
  @Test func aFailureIsForgotten() {
    let bodies = RepeatedBodies()
    #expect(bodies.begin(one, at: now) == .first)
    bodies.end(one, isCounted: false)
    #expect(bodies.begin(one, at: now + .seconds(1)) == .first)
    bodies.end(one, isCounted: true)
    // The place of the first try runs out before that of the second.
    #expect(bodies.begin(one, at: now + .seconds(301)) == .counted)
  }

  @Test func noMoreThanTheLimitAreRemembered() {
    let bodies = RepeatedBodies()
    for number in 0...RepeatedBodies.limit {
      let hash = Hash128([UInt8(number & 255), UInt8(number >> 8 & 255), UInt8(number >> 16)])
      #expect(bodies.begin(hash, at: now) == .first)
      bodies.end(hash, isCounted: true)
    }
    #expect(bodies.begin(Hash128([0, 0, 0]), at: now) == .first)
    #expect(bodies.begin(Hash128([1, 1, 0]), at: now) == .counted)
  }
}

@Suite struct SpanExemplarsTests {
  @Test func theNewestOfEachSLIAreKept() {
    let exemplars = SpanExemplars()
    func span(_ second: Int64) -> SpanExemplar {
      SpanExemplar(
        traceID: "\(second)", spanID: "", service: "s", name: "n", time: Instant(seconds: second), duration: .zero,
        message: "")
    }
    for start in stride(from: 0, to: 60, by: 15) { exemplars.add(["a": (0..<15).map { span(Int64(start + $0)) }]) }
    exemplars.add(["b": [span(1)]])
    #expect(exemplars.newest(of: "a").map(\.traceID) == (40..<60).reversed().map { "\($0)" })
    exemplars.keep(["a"])
    #expect(exemplars.newest(of: "b").isEmpty && exemplars.newest(of: "a").count == 20)
  }
}

@Suite struct SpanSeriesTests {
  @Test func onlySLIsOfSpansAreFedByTheirSeries() {
    let labels = SpanSeries.labels("a", .bad)
    #expect(SpanSeries.target(of: labels, among: ["a"]) == SLITarget(id: "a", side: .bad))
    #expect(SpanSeries.target(of: labels, among: ["b"]) == nil)
    #expect(SpanSeries.target(of: LabelSet(metric: "x", ["sli": "a", "side": "bad"]), among: ["a"]) == nil)
    #expect(SpanSeries.target(of: LabelSet(metric: SpanSeries.metric, ["sli": "a", "side": "x"]), among: ["a"]) == nil)
  }
}

@Suite struct DogStatsDListenerTests {
  private func send(_ text: String, to path: String) {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let sent = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        sendto(descriptor, text, text.utf8.count, 0, plain, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(sent == text.utf8.count)
  }

  /// What came in before the end is in the ledger afterwards, and the socket is gone.
  @Test func theLastFlushIsAtTheEnd() async throws {
    let path = NSTemporaryDirectory() + "mainstay-\(UInt32.random(in: 0...UInt32.max)).socket"
    let ledger = try LedgerEngine(directory: nil)
    let clock = SystemClock(notBefore: .distantPast)
    try ledger.register(
      [SLIDefinition(id: "a", counts: .bad, period: .days(1))], at: clock.now()
    ) { labels in labels.metric == "orders" ? [SLITarget(id: "a", side: .total)] : [] }
    let listener = DogStatsDListener(try DogStatsDSockets([.unix(path: path)]), clock: clock)
    let metrics = SelfMetrics()
    let work = Task { await listener.run(into: ledger, metrics: metrics, logger: Logger(label: "test")) }
    send("orders:5|c\nother:1|c\norders:7|c|@0.5\n_e{1,1}:a|b", to: path)
    while !String(decoding: metrics.exposition(), as: UTF8.self).contains("kind=\"samples\"} 3") {
      try await Task.sleep(for: .milliseconds(20))
    }
    send("orders:1|c", to: path)
    // The thread has taken it when the queue of the socket lets one more in; the end waits for the thread.
    while listener.receivedSamples < 4 { try await Task.sleep(for: .milliseconds(5)) }
    work.cancel()
    await work.value
    #expect(!FileManager.default.fileExists(atPath: path))
    let counted = ledger.read { ledger in
      ledger.slot(of: "a").map { ledger.window($0, .hours(1), at: clock.now() + .seconds(20)).total }
    }
    #expect(counted == 20)
  }

  @Test func anAddressThatIsTakenIsTold() throws {
    let first = try DogStatsDSockets([.udp(host: "127.0.0.1", port: 0)])
    defer { first.close() }
    let port = try #require(first.addresses[0].split(separator: ":").last.flatMap { Int($0) })
    #expect(throws: DatagramSocket.Failure.self) { _ = try DogStatsDSockets([.udp(host: "127.0.0.1", port: port)]) }
    let path = NSTemporaryDirectory() + "mainstay-\(UInt32.random(in: 0...UInt32.max)).socket"
    let socket = try DogStatsDSockets([.unix(path: path)])
    #expect(throws: DatagramSocket.Failure.self) { _ = try DogStatsDSockets([.unix(path: path)]) }
    socket.close()
    try DogStatsDSockets([.unix(path: path)]).close()
  }
}
