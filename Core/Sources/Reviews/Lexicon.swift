import Base

/// Words that look for somebody to blame, and what to write instead. docs/reviews.md lists them.
public enum Lexicon {
  /// One place where a text blames.
  public struct Finding: Sendable, Hashable {
    /// The rule's name: `human-error`.
    public let rule: String
    /// What is written there.
    public let excerpt: String
    /// Counted from 1.
    public let line: Int
    /// In characters, counted from 1.
    public let column: Int
    public let why: String
    public let kinder: String
    /// The person of the catalog who is named as a cause. A review with one is not published.
    public let person: String?
  }

  /// So many findings of one text are given.
  public static let findingsMax = 200

  /// What blames in a text, in order. Of findings that overlap the longest counts.
  ///
  /// - Parameters:
  ///   - inCauses: the text tells what led to an incident, so that whoever acts in it stands as a cause.
  public static func check(_ text: String, people: LexiconPeople, inCauses: Bool = false) -> [Finding] {
    let read = LexiconText(text)
    var found: [(match: LexiconPattern.Match, rule: Rule)] = []
    for index in read.words.indices {
      var best: (match: LexiconPattern.Match, rule: Rule)?
      for rule in starts.rules(at: index, of: read, people) where inCauses || !rule.onlyInCauses {
        guard let match = rule.match(read, at: index, people: people) else { continue }
        let longer = match.words.count > (best?.match.words.count ?? 0)
        if best == nil || longer || (match.person != nil && best?.match.person == nil) { best = (match, rule) }
      }
      guard let best else { continue }
      if let last = found.last, last.match.words.overlaps(best.match.words) {
        let better = best.match.person != nil && last.match.person == nil
        guard better || (best.match.words.count > last.match.words.count && last.match.person == nil) else { continue }
        found.removeLast()
      }
      found.append(best)
      if found.count == findingsMax { break }
    }
    return found.map { finding($0.match, $0.rule, read, text) }
  }

  private static func finding(
    _ match: LexiconPattern.Match, _ rule: Rule, _ read: LexiconText, _ text: String
  ) -> Finding {
    let start = read.words[match.words.lowerBound].range.lowerBound
    let end = read.words[match.words.upperBound - 1].range.upperBound
    let bytes = Array(text.utf8)
    let lineStart = (bytes[..<start].lastIndex(of: 10) ?? -1) + 1
    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    return Finding(
      rule: rule.name, excerpt: string(start..<end).replacing("\n", with: " "),
      line: 1 + bytes[..<start].count { $0 == 10 }, column: 1 + string(lineStart..<start).count, why: rule.why,
      kinder: rule.kinder, person: match.person)
  }

  /// One way of blaming.
  public struct Rule: Sendable {
    public let name: String
    public let why: String
    public let kinder: String
    let patterns: [LexiconPattern]
    /// Words that make it harmless: right before, and right after.
    var unlessBefore: Set<String> = []
    var unlessAfter: Set<String> = []
    var onlyInCauses = false

    func match(_ text: LexiconText, at index: Int, people: LexiconPeople) -> LexiconPattern.Match? {
      var best: LexiconPattern.Match?
      for pattern in patterns {
        guard let match = pattern.match(text, at: index, people: people) else { continue }
        if match.words.count > (best?.words.count ?? 0) { best = match }
      }
      guard let best else { return nil }
      if index > 0, !text.words[index].beginsSentence, unlessBefore.contains(text.words[index - 1].text) { return nil }
      let next = best.words.upperBound
      if next < text.words.count, !text.words[next].beginsSentence, unlessAfter.contains(text.words[next].text) {
        return nil
      }
      return best
    }
  }
}
