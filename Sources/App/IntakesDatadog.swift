import Base
import Ledger
import Runtime
import Store
import Web
import Wire

/// The metric paths of Datadog's API, as its client libraries and its agent call them. The API key is the token of a
/// sender.
struct DatadogIntakes: Sendable {
  let ledger: LedgerEngine
  let clock: SystemClock
  let metrics: SelfMetrics

  var all: [Intake] {
    [
      series("/api/v1/series", .v1, "Datadog series v1"), series("/api/v2/series", .v2, "Datadog series v2"),
      series("/api/v1/distribution_points", .distributions, "Datadog distributions"),
      accepted("GET", "/api/v1/validate", "Whether the API key is good") { ["valid": true] },
      accepted("POST", "/api/v1/check_run", "Datadog service checks, which are not kept") { ["status": "ok"] },
      accepted("POST", "/intake", "Datadog's agent about its host, which is not kept") { ["status": "ok"] },
    ]
  }

  private static func reply(_ status: Int, _ json: JSON) -> Intake.Reply {
    .init(status: status, headers: [("content-type", "application/json")], body: json.bytes)
  }

  private func refuse(_ status: Int, _ message: String) -> Intake.Reply {
    metrics.add(Intakes.refused, [("intake", "datadog")])
    var reply = Self.reply(status, ["errors": [.string(message)]])
    if status == 503 { reply.headers.append(("retry-after", "5")) }
    return reply
  }

  /// Datadog answers a missing or wrong key with 403.
  private func refused(_ refused: Intake.Refused) -> Intake.Reply {
    refused.status == 401 ? refuse(403, "Forbidden") : refuse(refused.status, refused.message)
  }

  private func accepted(
    _ method: String, _ path: String, _ summary: String, _ answer: @escaping @Sendable () -> JSON
  ) -> Intake {
    Intake(
      method: method, path: "/intake/datadog\(path)", summary: summary, bodyBytesMax: 1 << 20,
      refuse: { _, problem in refused(problem) }
    ) { _ in Self.reply(method == "GET" ? 200 : 202, answer()) }
  }

  private func series(_ path: String, _ form: DatadogSeries.Form, _ summary: String) -> Intake {
    Intake(
      path: "/intake/datadog\(path)", summary: summary, bodyBytesMax: form.bodyBytesMax,
      refuse: { _, problem in refused(problem) }
    ) { request in
      let type = request.headers["content-type"] ?? ""
      guard !type.contains("protobuf") else { return refuse(415, "Only JSON is read here; set application/json") }
      guard let compression = Compression(contentEncoding: request.headers["content-encoding"]) else {
        return refuse(415, "Content-Encoding must be deflate, gzip, zstd1 or identity")
      }
      do {
        let body = try compression.decode(request.body, limit: form.unpackedBytesMax)
        let series = try DatadogSeries(body, form: form)
        let counts = try ledger.take(series, from: Intakes.sender("datadog", request.actor), now: clock.now())
        metrics.add(Intakes.samples, [("intake", "datadog")], by: Double(series.points))
        return answer(form, series, counts)
      } catch let problem as Compression.Problem {
        if case .tooLarge = problem { return refuse(413, "Payload too big: \(problem.description)") }
        return refuse(400, problem.description)
      } catch let problem as DatadogSeries.Problem {
        return refuse(400, problem.description)
      } catch {
        // Nothing was counted: clients send it again.
        return refuse(503, "\(error)")
      }
    }
  }

  /// 202 also where some series were left out, as Datadog does; each is named.
  private func answer(_ form: DatadogSeries.Form, _ series: DatadogSeries, _ counts: IngestCounts) -> Intake.Reply {
    var errors = series.errors
    if counts.dropped > 0 { errors.append("\(counts.dropped) points were not counted: \(Intakes.reasons(counts))") }
    let list = JSON.array(errors.map { .string($0) })
    if form == .v2 { return Self.reply(202, ["errors": list]) }
    return Self.reply(202, errors.isEmpty ? ["status": "ok"] : ["status": "ok", "errors": list])
  }
}
