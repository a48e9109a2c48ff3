import Base
import Testing

/// Texts are looked at eight bytes at a time for what has to be escaped.
@Suite struct JSONWritingTests {
  /// Each byte that may matter, at each place of texts around one and two such words.
  @Test func eachByteIsEscapedWhereverItStands() throws {
    let scalars = (0..<0x80).map { Unicode.Scalar(UInt8($0)) } + ["é", "\u{80}", "\u{2028}", "😀"]
    for scalar in scalars {
      let isPlain = scalar.value >= 0x20 && scalar != "\"" && scalar != "\\"
      for length in 0..<20 {
        for place in 0...length {
          let text =
            String(repeating: "a", count: place) + String(scalar) + String(repeating: "~", count: length - place)
          let written = JSON.string(text).text
          #expect(try JSON(parsing: Array(written.utf8)) == .string(text), "\(scalar.value) at \(place) of \(length)")
          #expect((written == "\"\(text)\"") == isPlain, "\(scalar.value) at \(place) of \(length)")
        }
      }
    }
  }
}
