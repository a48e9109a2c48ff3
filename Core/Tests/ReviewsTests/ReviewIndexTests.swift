import Base
import Events
import Journal
import Reviews
import Testing

struct ReviewIndexTests {
  static func review(
    _ number: Int, _ title: String, service: String = "playback", causes: [String] = [], factors: String = ""
  ) throws -> ReviewReading {
    let id = ULID(high: 1, low: UInt64(number))
    var fold = Reviews()
    var sequence: Int64 = 0
    func event(_ payload: some EventPayload) throws -> Event {
      sequence += 1
      return Event(
        sequence: sequence, id: id, time: Instant(seconds: 1_780_000_000), type: Swift.type(of: payload).type,
        typeVersion: 1, subject: Subject("review", id), actor: .system("t"), cause: nil, data: try payload.json)
    }
    try fold.apply(
      try event(
        ReviewDrafted(
          incident: id, number: number, title: title, service: service, severity: .sev2, due: .epoch,
          facts: ReviewFacts(beganAt: .epoch, resolvedAt: .epoch), sections: [], timeline: "")))
    for cause in causes { try fold.apply(try event(ReviewCauseLinked(cause: cause))) }
    return ReviewReading(try #require(fold[id]), written: [.factors: factors], actions: [])
  }

  static func index(_ readings: [ReviewReading]) -> ReviewIndex {
    var index = ReviewIndex()
    for reading in readings { index.put(reading) }
    return index
  }

  @Test func theTitleCountsMoreThanTheText() throws {
    let title = try Self.review(1, "Certificate expired")
    let text = try Self.review(2, "Playback errors", factors: "The certificate of the proxy ran out.")
    let index = Self.index([text, title])
    #expect(index.search("certificates").map(\.id) == [title.review.id, text.review.id])
    #expect(index.search("certificates").map(\.fields) == [["title"], ["text"]])
    #expect(index.search("certificate proxy").map(\.id) == [text.review.id], "every word has to stand there")
    #expect(index.search("cert").count == 2, "the last word may be a beginning")
    #expect(index.search("").isEmpty && index.search("zebra").isEmpty)
  }

  @Test func causesAndServicesAreFound() throws {
    let one = try Self.review(1, "Errors", service: "search", causes: ["expiry/certificate"])
    let index = Self.index([one, try Self.review(2, "Latency")])
    #expect(index.search("expiry").map(\.id) == [one.review.id])
    #expect(index.search("search").map(\.fields) == [["service"]])
  }

  @Test func whatIsPutInAgainIsForgottenFirst() throws {
    var index = Self.index([try Self.review(1, "Certificate expired")])
    index.put(try Self.review(1, "Disk full"))
    #expect(index.search("certificate").isEmpty)
    #expect(index.search("disk").count == 1 && index.count == 1)
  }

  @Test func likeFactorsAreFoundWithoutATag() throws {
    let readings = [
      try Self.review(1, "Errors", factors: "The TLS certificate of the edge proxy expired; renewal ran as root."),
      try Self.review(2, "Slow", factors: "A missing index made the query scan the whole table of titles."),
      try Self.review(3, "Down", factors: "An expired TLS certificate on the edge proxy: renewal was not scheduled."),
      try Self.review(4, "Queue", factors: "Consumers stopped because the broker ran out of disk."),
    ]
    let similar = Self.index(readings).similar(to: readings[2].review.id)
    #expect(similar.map(\.id) == [readings[0].review.id])
  }

  /// One index serves all readers: what one of them may not see neither shows nor takes a place from what they may.
  @Test func whatIsNotShownTakesNobodysPlace() throws {
    let factors = "The TLS certificate of the edge proxy expired; renewal ran as root."
    let readings = try (1...8).map { try Self.review($0, "Wolpertinger \($0)", factors: factors) }
    let shown = Set([readings[0].review.id, readings[1].review.id])
    let index = Self.index(readings + [try Self.review(9, "Slow", factors: "A missing index made queries slow.")])
    #expect(Set(index.search("wolpertinger", limit: 2) { shown.contains($0) }.map(\.id)) == shown)
    let similar = index.similar(to: readings[0].review.id, limit: 1) { shown.contains($0) }
    #expect(similar.map(\.id) == [readings[1].review.id])
  }

  @Test func aFullIndexMakesRoomByForgetting() throws {
    var index = ReviewIndex()
    for number in 1...1_001 { index.put(try Self.review(number, "Errors \(number)")) }
    #expect(index.isFull && index.search("1001").isEmpty)
    let last = try Self.review(1_001, "Errors 1001")
    index.keep(only: [ULID(high: 1, low: 7)])
    index.put(last)
    #expect(index.count == 2 && index.search("1001").map(\.id) == [last.review.id])
    #expect(index.search("errors").count == 2)
  }

  @Test func theExcerptStandsAroundTheWord() throws {
    let far =
      String(repeating: "lorem ipsum ", count: 200) + "the zebra crossed " + String(repeating: "dolor ", count: 99)
    let hit = try #require(Self.index([try Self.review(1, "Errors", factors: far)]).search("zebra").first)
    #expect(hit.excerpt.contains("zebra") && hit.excerpt.count < 170)
  }
}
