import Base
import Outbound
import Runtime
import Store
import Web
import Wire

/// Where senders put telemetry.
enum Intakes {
  static let samples = SelfMetrics.Family("mainstay_samples_received", .counter, "Samples received by intake.")
  static let refused = SelfMetrics.Family("mainstay_intake_refused", .counter, "Bodies refused by intake.")

  /// One scrape of a target; answers how many samples it had.
  static func scraped(
    _ scraped: Scraped, of target: ScrapeTarget, at time: Instant, after previous: Instant?, ledger: LedgerEngine,
    clock: SystemClock,
    metrics: SelfMetrics
  ) throws -> Int {
    let exposition = try Exposition(scraped.bytes, format: ExpositionFormat(contentType: scraped.contentType))
    try ledger.take(exposition, of: target, at: time, after: previous, now: clock.now())
    metrics.add(samples, [("intake", "scrape")], by: Double(exposition.samples.count))
    return exposition.samples.count
  }

  /// Prometheus remote write 1.0.
  static func remoteWrite(ledger: LedgerEngine, clock: SystemClock, metrics: SelfMetrics) -> Intake {
    Intake(
      path: "/intake/prometheus/api/v1/write", summary: "Prometheus remote write 1.0", bodyBytesMax: 16 << 20
    ) { request in
      func refuse(_ status: Int, _ message: String) -> Intake.Reply {
        metrics.add(refused, [("intake", "prometheus")])
        return .init(status: status, headers: [("content-type", "text/plain")], body: Array((message + "\n").utf8))
      }
      if let encoding = request.headers["content-encoding"], encoding != "snappy" {
        return refuse(415, "content-encoding \(encoding) is not snappy")
      }
      let type = request.headers["content-type"] ?? ""
      guard type.isEmpty || type.hasPrefix("application/x-protobuf"), !type.contains("io.prometheus.write.v2") else {
        return refuse(415, "only remote write 1.0 is read: application/x-protobuf of prometheus.WriteRequest")
      }
      let body: WriteRequest
      do throws(WriteRequest.Problem) {
        body = try WriteRequest(compressed: request.body)
      } catch {
        return refuse(400, error.description)
      }
      do {
        try ledger.take(body, now: clock.now())
      } catch {
        // Nothing was counted: Prometheus sends it again after a 5xx.
        return refuse(503, "\(error)")
      }
      metrics.add(samples, [("intake", "prometheus")], by: Double(body.samples.count))
      return .init(status: 204)
    }
  }
}
