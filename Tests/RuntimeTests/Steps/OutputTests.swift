import Base
import Testing

@testable import Runtime

/// What a step prints: bounded, without secrets, harmless to show.
struct OutputTests {
  // MARK: Secrets

  /// Hides all occurrences in the whole text at once: what the stream has to come to, however it is cut.
  private static func maskedWhole(_ bytes: [UInt8], _ patterns: [[UInt8]]) -> [UInt8] {
    var zones: [Range<Int>] = []
    for start in bytes.indices {
      let longest = patterns.filter { bytes[start...].starts(with: $0) }.map(\.count).max()
      guard let longest else { continue }
      if let last = zones.last, start < last.upperBound {
        zones[zones.count - 1] = last.lowerBound..<max(last.upperBound, start + longest)
      } else {
        zones.append(start..<start + longest)
      }
    }
    var out: [UInt8] = []
    var done = 0
    for zone in zones {
      out += bytes[done..<zone.lowerBound] + SecretMasker.mask
      done = zone.upperBound
    }
    return out + bytes[done...]
  }

  private static func masked(_ pieces: [[UInt8]], _ patterns: [[UInt8]]) -> [UInt8] {
    var masker = SecretMasker(patterns)
    var out: [UInt8] = []
    for piece in pieces { piece.withUnsafeBytes { masker.mask($0) { out += $0 } } }
    masker.finish { out += $0 }
    return out
  }

  @Test func secretsAreHiddenWhereverTheStreamIsCut() {
    var random = SeededGenerator(seed: 7)
    for round in 0..<4_000 {
      // Few letters make overlaps, prefixes and neighbours likely.
      let patterns = SecretMaskerCases.patterns(using: &random)
      var text = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) }
      // The end is nobody's beginning: what happens there is another test's.
      text.append(0x2E)
      var pieces: [[UInt8]] = []
      var rest = text[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...min(9, rest.count), using: &random)
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(
        Self.masked(pieces, patterns) == Self.maskedWhole(text, patterns),
        "round \(round): \(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func theBeginningOfASecretAtTheVeryEndIsHidden() {
    let patterns = SecretPatterns.patterns(of: ["correct-horse-battery"])
    let out = Self.masked([Array("token corr".utf8), Array("ect-hor".utf8)], patterns)
    #expect(String(decoding: out, as: UTF8.self) == "token ***")
  }

  @Test(arguments: [
    "s3cr3t value/with+signs?", "p@ss\"word\\'quote",
    "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASC\n-----END KEY-----",
    "ünïcödé-ključ",
  ])
  func commonEncodingsAreHidden(_ secret: String) {
    let patterns = SecretPatterns.patterns(of: [secret])
    for (before, after) in [("", ""), ("a", "z"), ("ab", "yz"), ("user:", "@host"), ("x: ", "\n")] {
      let plain = before + secret + after
      let forms = [plain, Encodings.base64(plain), Encodings.percent(plain), Encodings.hex(plain)]
      for form in forms {
        let out = String(decoding: Self.masked([Array(form.utf8)], patterns), as: UTF8.self)
        #expect(out.contains("***"), "\(form)")
        // At most the few characters at a border of base64 that hold bits of both neighbours are left.
        #expect(out.count <= form.count - secret.count + 7 + 6, "\(form) -> \(out)")
      }
    }
  }

  @Test func wrappedBase64IsHidden() {
    let secret = String(repeating: "0123456789abcdef", count: 12)
    let whole = Encodings.base64(secret + "\n")
    var wrapped = ""
    for (index, character) in whole.enumerated() {
      wrapped += (index > 0 && index % 76 == 0 ? "\n" : "") + String(character)
    }
    let out = Self.masked([Array(wrapped.utf8)], SecretPatterns.patterns(of: [secret]))
    #expect(String(decoding: out, as: UTF8.self).filter { $0 != "*" && $0 != "\n" }.count < 8)
  }

  // MARK: Bounds

  @Test func theHeadAndTheTailAreKeptAndTheRestIsCounted() {
    var random = SeededGenerator(seed: 11)
    for size in [0, 1, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 700_001, 3_000_000] {
      var buffer = OutputBuffer()
      let all = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
      var offset = 0
      while offset < size {
        let count = min(size - offset, Int.random(in: 1...300_000, using: &random))
        all[offset..<offset + count].withUnsafeBytes { buffer.append($0) }
        offset += count
      }
      var kept: [UInt8] = []
      var gaps = 0
      var at = 0
      while at < buffer.total {
        let piece = buffer.piece(from: at, limit: Int.random(in: 1...100_000, using: &random))
        gaps += piece.skipped
        kept += piece.bytes
        at = piece.next
      }
      let bound = OutputBuffer.headMax + OutputBuffer.tailMax
      #expect(buffer.total == size)
      #expect(gaps == max(0, size - bound) && buffer.leftOut == gaps)
      #expect(kept == (size <= bound ? all : all.prefix(OutputBuffer.headMax) + all.suffix(OutputBuffer.tailMax)))
    }
  }

  // MARK: Control characters

  @Test func controlCharactersAreHarmless() {
    let printed =
      "\u{1B}[31mred\u{1B}[0m\r\nbell\u{07} \u{1B}]0;title\u{07}10%\r20%\tend\u{1B}(B \u{202E}gnp.exe é\u{9B}x"
    let wanted = "red\nbell\u{2407} 10%\n20%\tend \u{FFFD}gnp.exe é\u{FFFD}x"
    let bytes = Array(printed.utf8)
    for cut in 0...bytes.count {
      var cleaner = TextCleaner()
      let out =
        cleaner.clean(Array(bytes[..<cut])) + cleaner.clean(Array(bytes[cut...])) + cleaner.clean([], last: true)
      #expect(String(decoding: out, as: UTF8.self) == wanted, "cut at \(cut)")
    }
  }

  @Test func anyBytesBecomeText() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
      var cleaner = TextCleaner()
      let out = cleaner.clean(bytes) + cleaner.clean([], last: true)
      let text = String(validating: out, as: UTF8.self)
      #expect(text != nil)
      #expect(
        text?.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || "\n\t".unicodeScalars.contains($0) }
          == true)
    }
  }

  // MARK: Live

  @Test func whoComesLateGetsWhatIsThereAndThenTheRest() async {
    let hub = RunHub()
    var ids = IDGenerator(seed: 1)
    let key = StepKey(run: ids.next(at: .epoch), index: 0, attempt: 1, undo: false)
    let output = hub.open(key, secrets: ["hunter22"])
    output.take("one hunt")
    output.take("er22\n")
    async let early = hub.follow(key).reduce(into: [UInt8]()) { $0 += $1 }
    output.take("two\n")
    async let late = hub.follow(key).reduce(into: [UInt8]()) { $0 += $1 }
    output.take("three\n")
    hub.end(key)
    let after = await hub.follow(key).reduce(into: [UInt8]()) { $0 += $1 }
    for read in await [early, late, after] { #expect(String(decoding: read, as: UTF8.self) == "one ***\ntwo\nthree\n") }
    #expect(String(decoding: output.kept.bytes, as: UTF8.self) == "one ***\ntwo\nthree\n")
  }
}
