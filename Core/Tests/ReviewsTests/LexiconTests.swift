import CaseFiles
import Reviews
import Testing

struct LexiconTests {
  static let people = LexiconPeople([
    .init(name: "ana", display: "Ana Sousa"), .init(name: "ben", display: "Ben Okafor"),
    .init(name: "will", display: "Will Max May"), .init(name: "mark", display: "Mark"),
  ])

  struct Sentence: CustomStringConvertible {
    var rule: String
    var namesPerson: Bool
    var text: String
    var inCauses: Bool
    var description: String { text }
  }

  static func sentences(_ title: String) -> [WrittenCase] {
    WrittenCase.all().filter { $0.title.hasSuffix(": \(title)") }
  }

  static let blaming: [Sentence] = ["blames", "causes"].flatMap { title in
    sentences(title).flatMap(\.lines).compactMap { line in
      let parts = line.text.split(separator: " | ", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      let isPerson = parts[0].hasSuffix("!")
      return Sentence(
        rule: String(isPerson ? parts[0].dropLast() : parts[0]), namesPerson: isPerson, text: String(parts[1]),
        inCauses: title == "causes")
    }
  }

  static let harmless: [String] = sentences("harmless").flatMap(\.lines).map(\.text).filter { !$0.isEmpty }

  @Test func thereAreEnoughOfBoth() {
    #expect(Self.blaming.count >= 80)
    #expect(Self.harmless.count >= 75)
  }

  @Test(arguments: blaming) func blameIsFound(_ sentence: Sentence) throws {
    let found = Lexicon.check(sentence.text, people: Self.people, inCauses: sentence.inCauses)
    #expect(found.contains { $0.rule == sentence.rule }, "found \(found.map { "\($0.rule): \($0.excerpt)" })")
    #expect(found.contains { $0.person != nil } == sentence.namesPerson, "\(found.map { $0.person ?? "-" })")
  }

  /// Each alone and all as one text, so that no sentence lends words to the next.
  @Test func harmlessTextIsLeftAlone() {
    for text in Self.harmless where !text.hasPrefix("```") && text != "human error should have been careless" {
      let found = Lexicon.check(text, people: Self.people)
      #expect(found.isEmpty, "\(text): \(found.map { "\($0.rule): \($0.excerpt)" })")
    }
    let all = Lexicon.check(Self.harmless.joined(separator: "\n"), people: Self.people)
    #expect(all.isEmpty, "\(all.map { "\($0.line): \($0.rule): \($0.excerpt)" })")
  }

  @Test func placeAndExcerptAreExact() throws {
    let text = "Fine.\n\nÉlan: it was *human error*, and Ana\nbroke playback."
    let found = Lexicon.check(text, people: Self.people)
    #expect(found.map(\.rule) == ["human-error", "person-as-cause"])
    #expect(found.map(\.line) == [3, 3])
    #expect(found.map(\.column) == [15, 33])
    #expect(found.map(\.excerpt) == ["human error", "Ana broke"])
    #expect(found.map(\.person) == [nil, "ana"])
  }

  @Test func aLongTextIsReadOnceAndBounded() {
    let text = String(repeating: "It was human error. ", count: 5_000)
    #expect(Lexicon.check(text, people: Self.people).count == Lexicon.findingsMax)
  }

  @Test func everyRuleSaysWhyAndHow() {
    for rule in Lexicon.rules { #expect(!rule.why.isEmpty && !rule.kinder.isEmpty, "\(rule.name)") }
    // Two rules of one name differ in what makes them harmless, and say the same.
    for (name, rules) in Dictionary(grouping: Lexicon.rules, by: \.name) {
      #expect(Set(rules.map(\.why)).count == 1 && Set(rules.map(\.kinder)).count == 1, "\(name)")
    }
    for rule in Lexicon.rules {
      #expect(Self.blaming.contains { $0.rule == rule.name }, "no case for \(rule.name)")
    }
  }
}
