import Base
import Testing

@Suite struct ULIDTests {
  @Test func textRoundTripsAndKeepsOrder() throws {
    var ids = IDGenerator(seed: 7)
    var last: ULID?
    for step in 0..<1_000 {
      let id = ids.next(at: Instant(milliseconds: 1_700_000_000_000 + Int64(step / 3)))
      #expect(ULID(id.description) == id)
      #expect(ULID(id.description.lowercased()) == id)
      if let last {
        #expect(last < id)
        #expect(last.description < id.description)
      }
      last = id
    }
  }

  @Test func growsWhenTheClockStepsBack() {
    var ids = IDGenerator(seed: 1)
    let first = ids.next(at: Instant(seconds: 1_000))
    #expect(first < ids.next(at: Instant(seconds: 10)))
  }

  @Test(arguments: ["", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "81ARZ3NDEKTSV4RRFFQ69G5FAV"])
  func refusesOtherText(_ text: String) {
    #expect(ULID(text) == nil)
  }
}
