import Base
import Ledger
import Runtime
import Store
import Web
import Wire

/// OTLP/HTTP (opentelemetry.io/docs/specs/otlp): metrics and traces are counted, logs are answered and left out.
struct OTLPIntakes: Sendable {
  let ledger: LedgerEngine
  let clock: SystemClock
  let metrics: SelfMetrics
  /// The rules in force for spans.
  let spans: @Sendable () -> SpanMatcher
  let exemplars: SpanExemplars
  let repeated = RepeatedBodies()

  static let bodyBytesMax = 16 << 20
  static let unpackedBytesMax = 64 << 20
  static let spansCounted = SelfMetrics.Family("mainstay_spans", .counter, "Spans received, by what became of them.")

  /// What a signal's body comes to: what was not taken, and why.
  struct Outcome {
    var rejected = 0
    var message = ""
  }

  /// Why nothing of a body was taken.
  struct Refusal: Error {
    var status: Int
    var message: String
  }

  var all: [Intake] {
    [
      intake("metrics", "OTLP metrics", count: "rejectedDataPoints") { body, encoding, request in
        try take(metrics: body, encoding, request)
      },
      intake("traces", "OTLP traces", count: "rejectedSpans") { body, encoding, _ in
        try take(traces: body, encoding)
      },
      intake("logs", "OTLP logs, which are not kept", count: "rejectedLogRecords") { _, _, _ in
        Outcome(message: "logs are not kept here; send them elsewhere")
      },
    ]
  }

  private func intake(
    _ signal: String, _ summary: String, count: StaticString,
    take: @escaping @Sendable ([UInt8], OTLPReply.Encoding, Intake.Request) throws -> Outcome
  ) -> Intake {
    Intake(
      path: "/intake/otlp/v1/\(signal)", summary: summary, bodyBytesMax: Self.bodyBytesMax,
      refuse: { request, refused in
        metrics.add(Intakes.refused, [("intake", "otlp")])
        return Self.refusal(request, refused.status, refused.message)
      }
    ) { request in
      do {
        guard let encoding = OTLPReply.Encoding(contentType: request.headers["content-type"] ?? "") else {
          throw Refusal(status: 415, message: "Content-Type must be application/x-protobuf or application/json")
        }
        let body = try Self.unpacked(request)
        let outcome = try take(body, encoding, request)
        return .init(
          status: 200, headers: [("content-type", encoding.contentType)],
          body: OTLPReply.success(encoding, rejected: outcome.rejected, countName: count, message: outcome.message))
      } catch {
        metrics.add(Intakes.refused, [("intake", "otlp")])
        switch error {
        case let refusal as Refusal: return Self.refusal(request, refusal.status, refusal.message)
        case let problem as OTLPMetrics.Problem: return Self.refusal(request, 400, problem.description)
        // Nothing was counted: exporters send it again.
        default: return Self.refusal(request, 503, "\(error)")
        }
      }
    }
  }

  private static func unpacked(_ request: Intake.Request) throws -> [UInt8] {
    let named = request.headers["content-encoding"]
    guard let compression = Compression(contentEncoding: named), compression == .identity || compression == .gzip
    else { throw Refusal(status: 415, message: "Content-Encoding must be gzip or identity, not \(named ?? "")") }
    do throws(Compression.Problem) {
      return try compression.decode(request.body, limit: unpackedBytesMax)
    } catch {
      if case .tooLarge = error { throw Refusal(status: 413, message: error.description) }
      throw Refusal(status: 400, message: error.description)
    }
  }

  /// A `google.rpc.Status` in the request's encoding; protobuf where it named none that is known.
  private static func refusal(_ request: Intake.Request, _ status: Int, _ message: String) -> Intake.Reply {
    let encoding = OTLPReply.Encoding(contentType: request.headers["content-type"] ?? "") ?? .protobuf
    var headers = [(name: "content-type", value: encoding.contentType)]
    if status == 503 { headers.append(("retry-after", "5")) }
    return .init(
      status: status, headers: headers, body: OTLPReply.status(encoding, OTLPReply.Code(status: status), message))
  }

  // MARK: Signals

  private func take(
    metrics body: [UInt8], _ encoding: OTLPReply.Encoding, _ request: Intake.Request
  ) throws -> Outcome {
    let read = try encoding == .json ? OTLPMetrics(json: body) : OTLPMetrics(body)
    let counts = try ledger.take(read, from: Intakes.sender("otlp", request.actor), now: clock.now())
    metrics.add(Intakes.samples, [("intake", "otlp")], by: Double(read.points))
    var reasons = OTLPMetrics.Rejection.allCases.compactMap { reason in
      read.rejected[reason].map { "\($0): \(reason.rawValue)" }
    }
    // A histogram is many samples, so that no more than all points can have been dropped.
    let dropped = min(read.points - read.rejectedCount, Int(clamping: counts.dropped))
    if dropped > 0 { reasons.append("\(dropped): \(Intakes.reasons(counts))") }
    return Outcome(rejected: read.rejectedCount + dropped, message: reasons.joined(separator: "; "))
  }

  private func take(traces body: [UInt8], _ encoding: OTLPReply.Encoding) throws -> Outcome {
    let (matcher, now) = (spans(), clock.now())
    let wants: (UnsafeBufferPointer<UInt8>) -> Bool = { matcher.wants(service: $0) }
    let read = try encoding == .json ? OTLPSpans(json: body, wants: wants) : OTLPSpans(body, wants: wants)
    let hash = Hash128(body)
    switch repeated.begin(hash, at: now) {
    case .counted:
      metrics.add(Self.spansCounted, [("result", "repeated")], by: Double(read.received))
      return Outcome()
    case .underWay: throw Refusal(status: 503, message: "the same spans are being counted; send them again in a moment")
    case .first: break
    }
    let outcome = matcher.count(read)
    let counts: IngestCounts
    do {
      counts = try ledger.take(outcome, now: now)
    } catch {
      repeated.end(hash, isCounted: false)
      throw error
    }
    repeated.end(hash, isCounted: true)
    exemplars.add(outcome.exemplars)
    metrics.add(Intakes.samples, [("intake", "otlp")], by: Double(read.received))
    metrics.add(Self.spansCounted, [("result", "counted")], by: Double(outcome.matched))
    metrics.add(Self.spansCounted, [("result", "ignored")], by: Double(read.received - outcome.matched - read.rejected))
    metrics.add(Self.spansCounted, [("result", "rejected")], by: Double(read.rejected))
    var reasons: [String] = []
    if read.rejected > 0 { reasons.append("\(read.rejected): spans without an end") }
    // Of how many spans, the ledger does not say: it sees counts of a second.
    if counts.dropped > 0 { reasons.append("some spans were not counted: \(Intakes.reasons(counts))") }
    return Outcome(rejected: read.rejected, message: reasons.joined(separator: "; "))
  }
}

extension Intakes {
  /// What the ledger had against samples, in words for their sender.
  static func reasons(_ counts: IngestCounts) -> String {
    let words: [(IngestOutcome, String)] = [
      (.conflicting, "another value came for this time before"), (.tooOld, "too old"),
      (.fromTheFuture, "more than 5 minutes ahead of this server's clock"), (.notFinite, "not a number, or infinite"),
      (.negative, "negative"), (.tooManySeries, "too many series"),
    ]
    return words.filter { counts[$0.0] > 0 }.map(\.1).joined(separator: ", ")
  }
}
