/// The words of a text, with what the lexicon has to know of each. Code is left out: nobody is blamed in it.
struct LexiconText {
  struct Word {
    /// In lower case, with contractions written out: `shouldn't` is two words.
    var text: String
    /// Where it stands, in UTF-8 bytes.
    var range: Range<Int>
    var isCapital: Bool
    /// A new sentence, cell or item begins with it: nothing that is found reaches across.
    var beginsSentence: Bool
  }

  private(set) var words: [Word] = []
  private var codeFence = false

  init(_ text: String) {
    var offset = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      read(line, at: offset)
      offset += line.utf8.count + 1
    }
  }

  private mutating func read(_ line: Substring, at offset: Int) {
    let trimmed = line.drop { $0 == " " || $0 == "\t" }
    if trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
      codeFence.toggle()
      return
    }
    if codeFence { return }
    // A wrapped line goes on with its sentence; an item, a heading, a row or an empty line does not.
    var begins = words.isEmpty || trimmed.isEmpty || trimmed.first.map { "-*#|>+".contains($0) || $0.isNumber } ?? true
    if trimmed.isEmpty { pendingBreak = true }
    begins = begins || pendingBreak
    var index = line.startIndex
    var inCode = false
    while index < line.endIndex {
      let character = line[index]
      if character == "`" { inCode.toggle() }
      if !inCode, character.isLetter || character.isNumber {
        let end = line[index...].firstIndex { !Self.isPart($0) } ?? line.endIndex
        let start = offset + line.utf8.distance(from: line.startIndex, to: index)
        add(line[index..<end], at: start, begins: begins)
        begins = false
        pendingBreak = false
        index = end
        continue
      }
      if Self.ends(character, in: line, at: index) { begins = true }
      index = line.index(after: index)
    }
    pendingBreak = pendingBreak || (begins && !trimmed.isEmpty && words.last != nil && Self.endsSentence(trimmed))
  }

  private var pendingBreak = false

  private static func isPart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "-'’_".contains(character)
  }

  private static func ends(_ character: Character, in line: Substring, at index: Substring.Index) -> Bool {
    if "!?;|".contains(character) { return true }
    guard character == "." || character == ":" else { return false }
    let next = line.index(after: index)
    return next == line.endIndex || line[next].isWhitespace
  }

  private static func endsSentence(_ line: Substring) -> Bool {
    line.last { !$0.isWhitespace && !"*_\")".contains($0) }.map { ".!?;|:".contains($0) } ?? false
  }

  private mutating func add(_ raw: Substring, at start: Int, begins: Bool) {
    var word = raw
    while let last = word.last, "-'’_".contains(last) { word.removeLast() }
    let isCapital = word.first?.isUppercase ?? false
    let range = start..<start + word.utf8.count
    let text = word.lowercased().replacing("’", with: "'")
    var parts = [text]
    for (ending, meaning) in [("n't", "not"), ("'ve", "have"), ("'s", "'s"), ("'re", "are"), ("'d", "'d")]
    where text.hasSuffix(ending) && text.count > ending.count {
      parts = [String(text.dropLast(ending.count)), meaning]
      break
    }
    // can't, won't: the only ones whose stem changes.
    if parts.count == 2, parts[0] == "wo" { parts[0] = "will" }
    if parts.count == 2, parts[0] == "ca" { parts[0] = "can" }
    for (place, part) in parts.enumerated() {
      words.append(
        Word(text: part, range: range, isCapital: place == 0 && isCapital, beginsSentence: place == 0 && begins))
    }
  }
}
