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

  /// What is scraped.
  static func scraping(ledger: LedgerEngine, clock: SystemClock, metrics: SelfMetrics) -> Scraper.Intake {
    Scraper.Intake { target, scraped, at, previous in
      var limits = ExpositionLimits()
      limits.samples = target.settings.sampleLimit
      let exposition = try Exposition(
        scraped.bytes, format: ExpositionFormat(contentType: scraped.contentType), limits: limits)
      try ledger.take(exposition, of: target, at: at, after: previous, now: clock.now())
      metrics.add(samples, [("intake", "scrape")], by: Double(exposition.samples.count))
      return exposition.samples.count
    } report: { target, report, at in
      // Only a full disk stands in the way, which the exposition's own error has said already.
      try? ledger.take(report, of: target, at: at, now: clock.now())
    }
  }

  /// Prometheus remote write 1.0 and 2.0.
  static func remoteWrite(
    ledger: LedgerEngine, clock: SystemClock, metrics: SelfMetrics, refusals: RefusalLog
  ) -> Intake {
    Intake(
      path: "/intake/prometheus/api/v1/write", summary: "Prometheus remote write 1.0 and 2.0", bodyBytesMax: 16 << 20
    ) { request in
      let (type, encoding) = (request.headers["content-type"], request.headers["content-encoding"])
      let now = clock.now()
      let source = Intakes.sender("prometheus", request.actor)
      guard let version = WriteRequest.Version(contentType: type, contentEncoding: encoding) else {
        metrics.add(refused, [("intake", "prometheus")])
        return text(415, WriteRequest.Version.unsupported)
      }
      var reply: WriteReply
      do {
        var body = try WriteRequest(compressed: request.body, version: version)
        reply = try ledger.take(&body, from: source, now: now)
        metrics.add(samples, [("intake", "prometheus")], by: Double(body.tally.samples))
        refusals.note(body.tally, from: source, reply: reply, at: now)
      } catch let problem as WriteRequest.Problem {
        reply = WriteReply(status: 400, message: problem.description)
      } catch {
        // Nothing was counted: senders try again after a 5xx.
        reply = WriteReply(status: 503, message: "\(error)")
      }
      guard reply.status >= 400 else { return .init(status: reply.status, headers: reply.headers) }
      metrics.add(refused, [("intake", "prometheus")])
      return text(reply.status, reply.message, reply.headers)
    }
  }

  /// Each token is a source with a bound of its own, so that one team's labels do not use up another's.
  static func sender(_ intake: String, _ actor: String) -> String {
    actor.hasPrefix("token/") ? intake + actor.dropFirst(5) : intake
  }

  private static func text(
    _ status: Int, _ message: String, _ headers: [(name: String, value: String)] = []
  ) -> Intake.Reply {
    .init(status: status, headers: headers + [("content-type", "text/plain")], body: Array((message + "\n").utf8))
  }
}
