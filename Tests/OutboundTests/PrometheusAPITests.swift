import Base
import Testing

@testable import Outbound

struct PrometheusAPITests {
  private func kind(_ status: Int, _ body: String = "", after: String? = nil) -> String {
    let response = HTTPOut.Response(
      status: status, headers: after.map { [.init("Retry-After", $0)] } ?? [], body: Array(body.utf8))
    switch PrometheusAPI.failure(response, origin: "http://p") {
    case .tooMuch: return "too much"
    case .throttled(let after): return "throttled \(after?.text ?? "-")"
    case .refused: return "refused"
    case .failed: return "failed"
    case .cancelled: return "cancelled"
    }
  }

  /// What Prometheus 2.42, VictoriaMetrics 1.79, Thanos and Mimir say.
  @Test func answersAreToldApart() {
    #expect(kind(422, "query processing would load too many samples into memory in query execution") == "too much")
    #expect(kind(400, "exceeded maximum resolution of 11,000 points per timeseries") == "too much")
    #expect(kind(422, "cannot select more than -search.maxSamplesPerQuery=1 samples") == "too much")
    #expect(kind(422, "the query hit the max number of chunks limit") == "too much")
    #expect(kind(503, "query timed out in expression evaluation") == "too much")
    #expect(kind(413) == "too much")
    #expect(kind(400, "parse error: unexpected end of input") == "refused")
    #expect(kind(422, "many-to-many matching not allowed") == "refused")
    #expect(kind(429) == "throttled -" && kind(429, after: "7") == "throttled 7s")
    #expect(kind(503, after: "60") == "throttled 1m" && kind(503) == "failed")
    #expect(kind(401) == "failed" && kind(404) == "failed" && kind(302) == "failed" && kind(500) == "failed")
  }
}
