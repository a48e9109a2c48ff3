/// Which rules can find something that begins with a word. Nearly all words begin nothing, and a long text has many.
struct LexiconStarts: Sendable {
  private let rules: [Lexicon.Rule]
  /// Places in `rules`, ascending.
  private var byWord: [String: [Int]] = [:]
  private var byPrefix: [(prefix: String, rule: Int)] = []
  private var bySubject: [Int] = []

  init(_ rules: [Lexicon.Rule]) {
    self.rules = rules
    for (place, rule) in rules.enumerated() {
      for pattern in rule.patterns {
        for part in pattern.starts { add(part, place) }
      }
    }
  }

  private mutating func add(_ part: LexiconPattern.Part, _ place: Int) {
    switch part {
    case .words(let words, let prefixes):
      for word in words.sorted() where byWord[word]?.last != place { byWord[word, default: []].append(place) }
      for prefix in prefixes { byPrefix.append((prefix, place)) }
    case .person: if bySubject.last != place { bySubject.append(place) }
    case .maybe(let inner): add(inner, place)
    }
  }

  /// In the order of the rules.
  func rules(at index: Int, of text: LexiconText, _ people: LexiconPeople) -> [Lexicon.Rule] {
    let word = text.words[index].text
    var places = byWord[word] ?? []
    let first = word.utf8.first
    places += byPrefix.filter { $0.prefix.utf8.first == first && word.hasPrefix($0.prefix) }.map(\.rule)
    let isSubject =
      LexiconPattern.roles.contains(word) || LexiconPattern.collective.contains(word)
      || people.name(in: text, at: index) != nil
    if isSubject { places += bySubject }
    guard places.count > 1 else { return places.map { rules[$0] } }
    var last: Int?
    return places.sorted().compactMap { place in
      defer { last = place }
      return place == last ? nil : rules[place]
    }
  }
}

extension Lexicon {
  static let starts = LexiconStarts(rules)
}

extension LexiconPattern {
  /// The parts with which a match can begin.
  var starts: ArraySlice<Part> {
    let needed = parts.firstIndex { if case .maybe = $0 { false } else { true } }
    return parts[...(needed ?? parts.count - 1)]
  }
}
