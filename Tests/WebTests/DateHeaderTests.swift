import Base
import Testing

@testable import Web

@Suite struct DateHeaderTests {
  @Test(arguments: [
    ("1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("2026-11-21T00:00:00Z", "Sat, 21 Nov 2026 00:00:00 GMT"),
    ("2028-02-29T23:59:59.999Z", "Tue, 29 Feb 2028 23:59:59 GMT"),
  ]) func isSpeltAsTheStandardHasIt(time: String, text: String) throws {
    let header = DateHeader()
    let instant = try #require(Instant(rfc3339: time))
    #expect(header.text(at: instant) == text)
    // The same second is not spelt twice, and another one is.
    #expect(header.text(at: instant) == text)
    #expect(header.text(at: instant + .seconds(1)) != text)
  }
}
