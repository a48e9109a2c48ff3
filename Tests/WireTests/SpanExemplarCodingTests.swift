import Base
import Ledger
import Testing

@testable import Wire

@Suite struct SpanExemplarCodingTests {
  private func exemplars(_ count: Int) -> [SpanExemplar] {
    (0..<count).map {
      SpanExemplar(
        traceID: "5b8e\($0)", spanID: "eee1", service: "checkout", name: "POST /cart",
        time: Instant(seconds: 1_790_000_000 + Int64($0)), duration: .milliseconds(300), message: "card refused")
    }
  }

  @Test func exemplarsOutliveTheProcess() {
    let kept = ["a": exemplars(3), "b": exemplars(1), "c": []]
    #expect(SpanExemplar.exemplars(from: SpanExemplar.bytes(of: kept)) == kept)
  }

  @Test func whatIsDamagedIsRefusedAndBounded() {
    let bytes = SpanExemplar.bytes(of: ["a": exemplars(100)])
    #expect(SpanExemplar.exemplars(from: bytes)?["a"] == exemplars(100).suffix(SpanMatcher.exemplars))
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(SpanExemplar.exemplars(from: Array(bytes[..<length])) == nil)
    }
  }
}
