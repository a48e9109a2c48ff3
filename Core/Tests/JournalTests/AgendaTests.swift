import Base
import Journal
import Testing

/// A word, and the words that follow from it; one that begins with `/` stands apart from those before it.
private struct Said: EventPayload {
  static let type: EventType = "toy.said"
  var word: String
}

/// Says what it is told to after each word.
private struct Talker: Machine {
  typealias Environment = [String: [String]]
  private(set) var words: [String] = []

  mutating func apply(_ event: Event) throws {
    if let said = try event.payload(Said.self) { words.append(said.word) }
  }

  func react(to event: Event, in environment: Environment, into emitter: inout Emitter) throws {
    guard let said = try event.payload(Said.self) else { return }
    Self.say(environment[said.word] ?? [], &emitter)
  }

  static func say(_ words: [String], _ emitter: inout Emitter) {
    for word in words {
      if word.hasPrefix("/") { emitter.divide() }
      emitter.emit(Said(word: word.hasPrefix("/") ? String(word.dropFirst()) : word), on: Subject("toy", "x"))
    }
  }
}

@Suite struct AgendaTests {
  private func told(_ words: String, _ answers: [String: String] = [:]) throws -> String {
    var loop = DecideLoop(state: Talker(), sequence: 0, seed: 1)
    let said = words.split(separator: " ").map(String.init)
    let command = Command<Talker>("say", by: .system("test")) { _, _, emitter in Talker.say(said, &emitter) }
    let answers = answers.mapValues { $0.split(separator: " ").map(String.init) }
    let outcome = try loop.decide([command], at: .epoch, in: answers)
    loop.commit()
    #expect(outcome.events.map(\.sequence) == outcome.events.indices.map { Int64($0) + 1 })
    return loop.committed.words.joined(separator: " ")
  }

  @Test func whatIsDecidedTogetherHappensBeforeWhatFollows() throws {
    #expect(try told("a b", ["a": "a1 a2", "b": "b1", "a1": "a11"]) == "a b a1 a2 b1 a11")
  }

  @Test func whatIsApartHappensAfterAllThatFollowsFromWhatCameBefore() throws {
    #expect(try told("a /b", ["a": "a1", "a1": "a11", "b": "b1"]) == "a a1 a11 b b1")
    #expect(try told("a /b c /d", ["b": "b1", "c": "c1"]) == "a b c b1 c1 d")
    #expect(try told("/a /b") == "a b")
  }

  @Test func whatAReactionSetsApartWaitsForItsTurn() throws {
    #expect(try told("a b /c", ["a": "a1 /x", "x": "x1", "b": "b1", "c": "c1"]) == "a b a1 b1 c c1 x x1")
  }

  @Test func eachPartMaySetOffAsManyEvents() throws {
    let count = DecideLoop<Talker>.maxEventsPerCommand / 4 * 3
    let talk = Array(repeating: "x", count: count).joined(separator: " ")
    #expect(try told("a /a /a", ["a": talk]).split(separator: " ").count == 3 * (count + 1))
    #expect(throws: RunawayReaction.self) { try told("a a", ["a": talk]) }
  }

  @Test func anEndlessConversationIsADefect() {
    #expect(throws: RunawayReaction.self) { try told("a", ["a": "/a"]) }
    #expect(throws: RunawayReaction.self) { try told("a", ["a": "a"]) }
  }
}
