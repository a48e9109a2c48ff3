import Base
import Ledger
import Testing

@testable import Objectives

@Suite struct AttributionCodingTests {
  let start = Instant(seconds: 1_790_006_400)

  private func book() -> Attribution {
    var book = Attribution()
    for index in 0..<40 as Range<Int64> {
      let labels = LabelSet(metric: "errors_total", ["instance": "i\(index % 20)", "path": "/p\(index % 3)"])
      let source = book.source(of: labels)
      book.note(index % 2 == 0 ? "a" : "b", source, bad: Double(index), at: start + .hours(index / 4))
    }
    return book
  }

  @Test func aBookOutlivesTheProcess() throws {
    let book = book()
    let restored = try #require(Attribution(bytes: book.bytes))
    let range = start..<start + .days(1)
    #expect(!book.top("a", in: range).isEmpty)
    for sli in ["a", "b"] { #expect(restored.top(sli, in: range) == book.top(sli, in: range)) }
    #expect(restored.cellCount == book.cellCount)
    #expect(restored.bytes == book.bytes)
  }

  @Test func boundsHoldWhateverTheBytesSay() throws {
    let bytes = book().bytes
    var limits = Attribution.Limits()
    (limits.hours, limits.values, limits.cells) = (3, 2, 10)
    let restored = try #require(Attribution(bytes: bytes, limits: limits))
    #expect(restored.cellCount <= 10 && restored.cellCount > 0)
    #expect(restored.top("a", in: start..<start + .hours(1)).isEmpty)
    for length in bytes.indices { #expect(Attribution(bytes: Array(bytes[..<length])) == nil) }
    var random = SeededGenerator(seed: 8)
    for _ in 0..<2_000 {
      var damaged = bytes
      damaged[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      if let book = Attribution(bytes: damaged) { #expect(book.cellCount <= Attribution.Limits().cells) }
    }
  }

  /// The failures between the last sample before a restart and the first one after it are told apart too.
  @Test func aRestartLosesNoIncrement() {
    var feed = AttributionFeed()
    feed.use([SLIDefinition(id: "s", counts: .bad, period: .days(30))])
    let labels = LabelSet(metric: "errors_total", ["instance": "a"])
    feed.watch(
      0, labels: labels, targets: [SLITarget(id: "s", side: .bad)], last: CounterSample(time: start, value: 10))
    feed.note(0, CounterSample(time: start + .seconds(15), value: 14))
    #expect(feed.book.top("s", in: start..<start + .hours(1)).first?.bad == 4)
  }
}
