import Base
import Events

/// A search index over reviews: which words stand where, and how rare each is. It is made from texts that have been
/// read already, holds no more than it is told, and forgets a review that is put in again.
public struct ReviewIndex: Sendable {
  public struct Hit: Sendable, Hashable {
    public let id: ULID
    public let score: Double
    /// Where the words stand: `title`, `causes`, `service`, `text`.
    public let fields: [String]
    /// The words around the first place in the text.
    public let excerpt: String
  }

  /// What a word counts by where it stands.
  private enum Field: Int, CaseIterable {
    case title, causes, service, text
    var weight: Double { [4, 3, 2, 1][rawValue] }
    var name: String { ["title", "causes", "service", "text"][rawValue] }
  }

  private struct Entry: Sendable {
    /// How often each word stands in each field.
    var counts: [String: [Int]]
    var length: Int
    var text: String
    /// The weights of the words of what led to it, for comparison with others.
    var factors: [String: Int]
  }

  /// More than are kept, so that those of several readers find room.
  static let reviewsMax = 1_000
  /// Words of one review; what comes after is not found.
  static let wordsMax = 20_000
  static let queryWordsMax = 12

  private var entries: [ULID: Entry] = [:]
  /// In how many reviews a word stands.
  private var spread: [String: Int] = [:]
  private var totalLength = 0

  public init() {}

  public var count: Int { entries.count }

  /// Whether another one finds no room.
  public var isFull: Bool { entries.count >= Self.reviewsMax }

  /// Keeps no others than these.
  public mutating func keep(only ids: Set<ULID>) {
    for id in entries.keys.sorted() where !ids.contains(id) { remove(id) }
  }

  public mutating func put(_ reading: ReviewReading) {
    let id = reading.review.id
    remove(id)
    guard entries.count < Self.reviewsMax else { return }
    let draft = reading.review.draft
    let text =
      ReviewSection.allCases.map { reading.text($0) }.joined(separator: "\n")
      + reading.actions.map { "\n" + $0.title }.joined()
    let fields = [
      draft.title + " #\(draft.number)", reading.review.causes.joined(separator: " "), draft.service ?? "", text,
    ]
    var counts: [String: [Int]] = [:]
    var length = 0
    for (place, field) in fields.enumerated() {
      for word in Self.words(field).prefix(Self.wordsMax - length) {
        counts[word, default: [0, 0, 0, 0]][place] += 1
        length += 1
      }
    }
    var factors: [String: Int] = [:]
    let told = reading.text(.factors) + "\n" + reading.text(.trigger) + "\n" + draft.title
    for word in Self.words(told).prefix(2_000) where !Self.common.contains(word) && !word.contains(where: \.isNumber) {
      factors[word, default: 0] += 1
    }
    for word in counts.keys { spread[word, default: 0] += 1 }
    totalLength += length
    entries[id] = Entry(counts: counts, length: length, text: text, factors: factors)
  }

  public mutating func remove(_ id: ULID) {
    guard let entry = entries.removeValue(forKey: id) else { return }
    totalLength -= entry.length
    for word in entry.counts.keys {
      spread[word, default: 1] -= 1
      if spread[word] == 0 { spread[word] = nil }
    }
  }

  /// The reviews in which every word of the query stands, the best first. The last word may be the beginning of one.
  ///
  /// The rank is BM25 (Robertson, Zaragoza: The Probabilistic Relevance Framework, 2009) with k₁ = 1.2 and b = 0.75,
  /// over counts that are weighted by field.
  ///
  /// - Parameter isShown: whether the reader may see a review; what is not shown takes nobody's place.
  public func search(
    _ query: String, limit: Int = 50, where isShown: (ULID) -> Bool = { _ in true }
  ) -> [Hit] {
    let words = Array(Self.words(query).prefix(Self.queryWordsMax))
    guard !words.isEmpty, !entries.isEmpty else { return [] }
    let mean = Double(max(1, totalLength)) / Double(entries.count)
    var hits: [Hit] = []
    for id in entries.keys.sorted() where isShown(id) {
      guard let entry = entries[id] else { continue }
      var score = 0.0
      var fields: Set<Int> = []
      var first: String?
      let isHit = words.enumerated().allSatisfy { place, word in
        let found = forms(of: word, isLast: place == words.count - 1, in: entry)
        if found.isEmpty { return false }
        first = first ?? found[0]
        var weighted = 0.0
        for form in found {
          for field in Field.allCases where entry.counts[form]![field.rawValue] > 0 {
            weighted += field.weight * Double(entry.counts[form]![field.rawValue])
            fields.insert(field.rawValue)
          }
        }
        let documents = Double(found.compactMap { spread[$0] }.max() ?? 1)
        let rarity = Self.log1p((Double(entries.count) - documents + 0.5) / (documents + 0.5))
        let norm = 1.2 * (0.25 + 0.75 * Double(entry.length) / mean)
        score += rarity * weighted * 2.2 / (weighted + norm)
        return true
      }
      guard isHit else { continue }
      hits.append(
        Hit(
          id: id, score: score, fields: Field.allCases.filter { fields.contains($0.rawValue) }.map(\.name),
          excerpt: Self.excerpt(of: first ?? "", in: entry.text)))
    }
    return Array(hits.sorted { ($1.score, $1.id) < ($0.score, $0.id) }.prefix(limit))
  }

  private func forms(of word: String, isLast: Bool, in entry: Entry) -> [String] {
    if entry.counts[word] != nil { return [word] }
    guard isLast, word.count >= 3 else { return [] }
    return entry.counts.keys.filter { $0.hasPrefix(word) }.sorted()
  }

  /// The reviews whose factors read alike, the likest first: the cosine of their words, weighted by rarity.
  public func similar(
    to id: ULID, atLeast least: Double = 0.35, limit: Int = 5, where isShown: (ULID) -> Bool = { _ in true }
  ) -> [(id: ULID, share: Double)] {
    guard let entry = entries[id], entries.count > 1 else { return [] }
    let own = vector(entry)
    var found: [(id: ULID, share: Double)] = []
    for other in entries.keys.sorted() where other != id && isShown(other) {
      guard let candidate = entries[other] else { continue }
      let share = Self.cosine(own, vector(candidate))
      if share >= least { found.append((other, share)) }
    }
    return Array(found.sorted { ($1.share, $0.id) < ($0.share, $1.id) }.prefix(limit))
  }

  private func vector(_ entry: Entry) -> [String: Double] {
    // Words that stand in nearly all reviews, such as those of the draft itself, weigh nothing.
    Dictionary(
      uniqueKeysWithValues: entry.factors.map { word, count in
        (word, Double(count) * max(0, Self.log1p(Double(entries.count) / Double(spread[word] ?? 1) - 1)))
      })
  }

  private static func cosine(_ one: [String: Double], _ other: [String: Double]) -> Double {
    // Sums in the order of the words: the order of a dictionary would change the last digits.
    func square(_ vector: [String: Double]) -> Double {
      vector.keys.sorted().reduce(0) { $0 + vector[$1]! * vector[$1]! }
    }
    let product = one.keys.sorted().reduce(0) { $0 + one[$1]! * (other[$1] ?? 0) }
    let norm = (square(one) * square(other)).squareRoot()
    return norm > 0 ? product / norm : 0
  }

  // MARK: Words

  static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0.isNumber) }.map { stem(String($0.prefix(40))) }
  }

  /// Plural and singular are one word.
  private static func stem(_ word: String) -> String {
    if word.count > 4, word.hasSuffix("ies") { return word.dropLast(3) + "y" }
    if word.count > 4, word.hasSuffix("sses") { return String(word.dropLast(2)) }
    if word.count > 3, word.hasSuffix("s"), !word.hasSuffix("ss"), !word.hasSuffix("us") {
      return String(word.dropLast())
    }
    return word
  }

  /// ln(1 + x) for x ≥ 0 without a mathematics library: halve until small, then the series of artanh.
  static func log1p(_ x: Double) -> Double {
    var (value, halvings) = (max(0, x) + 1, 0)
    while value > 1.5 {
      value /= 2
      halvings += 1
    }
    let ratio = (value - 1) / (value + 1)
    var (term, sum, place) = (ratio, 0.0, 1.0)
    while abs(term) > 1e-17 {
      sum += term / place
      term *= ratio * ratio
      place += 2
    }
    return 2 * sum + Double(halvings) * 0.693_147_180_559_945_3
  }

  private static func excerpt(of word: String, in text: String) -> String {
    let plain = text.replacing("\n", with: " ")
    guard let place = plain.lowercased().firstRange(of: word) else { return String(plain.prefix(140)) }
    let offset = plain.lowercased().distance(from: plain.lowercased().startIndex, to: place.lowerBound)
    let start = plain.index(plain.startIndex, offsetBy: max(0, min(offset, plain.count) - 60))
    let end = plain.index(start, offsetBy: 160, limitedBy: plain.endIndex) ?? plain.endIndex
    return (start > plain.startIndex ? "…" : "") + plain[start..<end] + (end < plain.endIndex ? "…" : "")
  }

  private static let common: Set<String> = [
    "a", "an", "and", "as", "at", "be", "been", "before", "began", "but", "by", "change", "come", "condition",
    "confirmed", "for", "from", "had", "has", "have", "in", "is", "it", "its", "known", "no", "not", "of", "on", "one",
    "or", "out", "rarely", "root", "set", "so", "struck", "that", "the", "there", "this", "to", "together", "utc",
    "wa", "was", "were", "what", "when", "which", "with", "cause", "alert", "dependency", "load", "off", "time",
    "service",
  ]
}
