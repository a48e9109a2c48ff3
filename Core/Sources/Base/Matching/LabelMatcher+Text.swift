extension LabelMatcher {
  /// Reads matchers as Alertmanager and its tool write them: `severity="critical"`, `cluster=~eu-.*`, several with
  /// commas between, all of them in braces or not. A value may stand without quotes where it has neither of
  /// `{}!=~,"'` nor a space in it.
  ///
  /// - Throws: `PatternError` that says what is wrong.
  public static func parse(_ text: String) throws(PatternError) -> [LabelMatcher] {
    var reader = MatcherReader(text)
    return try reader.read()
  }

  /// Alertmanager's and PromQL's rule for names: letters, digits and `_`, no digit first.
  public static func isName(_ name: some StringProtocol) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: ":"), !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy {
      ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 == 0x5F || (0x30...0x39).contains($0)
    }
  }
}

private struct MatcherReader {
  let bytes: [UInt8]
  var place = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private func problem(_ message: String) -> PatternError {
    PatternError(
      message: "\(message) at byte \(place + 1) of the matcher; write it as name=\"value\" or name=~\"pattern\"")
  }

  private mutating func space() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 || bytes[place] == 0x0A { place += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard place + count <= bytes.count else { return false }
    for index in 0..<count where bytes[place + index] != text.utf8Start[index] { return false }
    place += count
    return true
  }

  mutating func read() throws(PatternError) -> [LabelMatcher] {
    space()
    let isBraced = take("{")
    var matchers: [LabelMatcher] = []
    space()
    while place < bytes.count, bytes[place] != UInt8(ascii: "}") {
      matchers.append(try matcher())
      guard matchers.count <= 100 else { throw problem("more than 100 matchers") }
      space()
      guard take(",") else { break }
      space()
    }
    if isBraced, !take("}") { throw problem("a '}' is missing") }
    space()
    guard place == bytes.count else { throw problem("something that belongs to no matcher") }
    return matchers
  }

  private mutating func matcher() throws(PatternError) -> LabelMatcher {
    let name = bytes[place] == UInt8(ascii: "\"") ? try quoted(UInt8(ascii: "\"")) : word(isName: true)
    guard LabelMatcher.isName(name) else { throw problem("no label name") }
    space()
    let operation: LabelMatcher.Operation
    if take("=~") {
      operation = .matches
    } else if take("!~") {
      operation = .notMatches
    } else if take("!=") {
      operation = .notEqual
    } else if take("=") {
      operation = .equal
    } else {
      throw problem("none of = != =~ !~")
    }
    space()
    var value = ""
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") || bytes[place] == UInt8(ascii: "'") {
      value = try quoted(bytes[place])
    } else {
      value = word(isName: false)
    }
    return try LabelMatcher(name, operation, value)
  }

  private mutating func word(isName: Bool) -> String {
    let start = place
    let ends = Array((isName ? "{}!=~,\"' \t" : "{},\"' \t").utf8)
    while place < bytes.count, !ends.contains(bytes[place]) { place += 1 }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func quoted(_ quote: UInt8) throws(PatternError) -> String {
    place += 1
    var value: [UInt8] = []
    while place < bytes.count, bytes[place] != quote {
      if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count {
        place += 1
        switch bytes[place] {
        case UInt8(ascii: "n"): value.append(0x0A)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): value.append(bytes[place])
        // Patterns are often written with one backslash.
        default: value += [UInt8(ascii: "\\"), bytes[place]]
        }
      } else {
        value.append(bytes[place])
      }
      place += 1
    }
    guard place < bytes.count else { throw problem("a quotation mark is missing") }
    place += 1
    return String(decoding: value, as: UTF8.self)
  }
}
