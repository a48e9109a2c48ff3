/// A phrase to look for, word by word:
///
///     WHO         a person: a name of the catalog, a pronoun, or what people are called by their work
///     HER         the same without `they` and `we`, which may stand for programs and for everybody
///     PERSON      a name of the catalog alone
///     ADV         an adverb between subject and verb
///     a|b         either word
///     care*       a word that begins so
///     ?x          x, or nothing
struct LexiconPattern: Sendable {
  indirect enum Part: Sendable {
    case words(Set<String>, prefixes: [String])
    case person(Subjects)
    case maybe(Part)
  }

  /// Who may stand where a pattern names somebody.
  enum Subjects: Sendable { case names, single, any }

  let parts: [Part]

  init(_ text: String) {
    parts = text.split(separator: " ").map { word in
      word.hasPrefix("?") ? .maybe(Self.part(word.dropFirst())) : Self.part(word)
    }
  }

  private static func part(_ word: Substring) -> Part {
    switch word {
    case "WHO": return .person(.any)
    case "HER": return .person(.single)
    case "PERSON": return .person(.names)
    case "ADV": return .words(adverbs, prefixes: ["obvious", "simpl"])
    default:
      let alternatives = word.split(separator: "|")
      return .words(
        Set(alternatives.filter { !$0.hasSuffix("*") }.map(String.init)),
        prefixes: alternatives.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) })
    }
  }

  private static let adverbs: Set<String> = [
    "accidentally", "again", "also", "blindly", "certainly", "clearly", "completely", "definitely", "easily", "even",
    "inadvertently", "just", "maybe", "mistakenly", "never", "of", "course", "once", "only", "probably",
    "really", "somehow", "still", "surely", "then", "wrongly",
  ]

  /// What people are called by their work, and the words for nobody in particular.
  static let roles: Set<String> = [
    "admin", "administrator", "approver", "author", "colleague", "commander", "contractor", "dba", "dev", "developer",
    "developers", "devs", "engineer", "engineers", "he", "intern", "maintainer", "manager", "nobody", "operators",
    "responder", "responders", "reviewer", "reviewers", "she", "somebody", "someone", "sre", "staff", "sysadmin",
    "technician", "who", "you",
  ]
  static let collective: Set<String> = ["operator", "team", "they", "we"]

  struct Match {
    var words: Range<Int>
    /// The person of the catalog that stands in it.
    var person: String?
  }

  /// The match that begins at a word.
  func match(_ text: LexiconText, at start: Int, people: LexiconPeople) -> Match? {
    var person: String?
    guard let end = match(parts[...], text, start, start, people, &person) else { return nil }
    return Match(words: start..<end, person: person)
  }

  private func match(
    _ rest: ArraySlice<Part>, _ text: LexiconText, _ index: Int, _ start: Int, _ people: LexiconPeople,
    _ person: inout String?
  ) -> Int? {
    guard let part = rest.first else { return index }
    if case .maybe(let inner) = part {
      let before = person
      if let end = match([inner] + rest.dropFirst(), text, index, start, people, &person) { return end }
      person = before
      return match(rest.dropFirst(), text, index, start, people, &person)
    }
    guard index < text.words.count, index == start || !text.words[index].beginsSentence else { return nil }
    switch part {
    case .words(let words, let prefixes):
      let word = text.words[index].text
      guard words.contains(word) || prefixes.contains(where: word.hasPrefix) else { return nil }
      return match(rest.dropFirst(), text, index + 1, start, people, &person)
    case .person(let subjects):
      if let (name, length) = people.name(in: text, at: index),
        let end = match(rest.dropFirst(), text, index + length, start, people, &person)
      {
        person = person ?? name
        return end
      }
      let word = text.words[index].text
      let isMeant =
        subjects != .names && (Self.roles.contains(word) || (subjects == .any && Self.collective.contains(word)))
      return isMeant ? match(rest.dropFirst(), text, index + 1, start, people, &person) : nil
    case .maybe: return nil
    }
  }
}

/// Somebody of the catalog.
public struct PersonName: Sendable, Hashable {
  /// The name of the `User`: `ana`.
  public var name: String
  /// How the profile writes it: `Ana Sousa`.
  public var display: String?

  public init(name: String, display: String? = nil) {
    self.name = name
    self.display = display
  }
}

/// The names to look for, by their first word.
public struct LexiconPeople: Sendable {
  private struct Form {
    var name: String
    var rest: [String]
    /// A word of the language too: it counts only as a name would be written, in the middle of a sentence.
    var isAmbiguous: Bool
  }

  private var forms: [String: [Form]] = [:]

  public init(_ people: [PersonName] = []) {
    for person in people {
      add(person.name.split(separator: " "), person.name)
      let display = (person.display ?? "").split(separator: " ")
      add(display, person.name)
      if display.count > 1, display[0].count > 2 { add(display.prefix(1), person.name) }
    }
    for key in forms.keys { forms[key]?.sort { $0.rest.count > $1.rest.count } }
  }

  private mutating func add(_ words: some Collection<Substring>, _ name: String) {
    let words = words.map { $0.lowercased() }
    guard let first = words.first, first.count > 1 else { return }
    let isAmbiguous = words.count == 1 && Self.alsoWords.contains(first)
    forms[first, default: []].append(Form(name: name, rest: Array(words.dropFirst()), isAmbiguous: isAmbiguous))
  }

  func name(in text: LexiconText, at index: Int) -> (name: String, length: Int)? {
    let word = text.words[index]
    for form in forms[word.text] ?? [] {
      if form.isAmbiguous, !word.isCapital || word.beginsSentence { continue }
      let rest = text.words[(index + 1)...].prefix(form.rest.count)
      if rest.map(\.text) == form.rest { return (form.name, 1 + form.rest.count) }
    }
    return nil
  }

  /// First names that are words of the language as well.
  private static let alsoWords: Set<String> = [
    "art", "bill", "bob", "chance", "chase", "dawn", "drew", "dean", "earl", "faith", "frank", "grace", "grant", "guy",
    "hope", "iris", "jack", "joy", "june", "mark", "max", "may", "miles", "nick", "pat", "penny", "ray", "rob", "rose",
    "ruby", "rusty", "sandy", "skip", "sue", "summer", "victor", "wade", "will",
  ]
}
