/// Makes what a program prints harmless for pages and terminals: UTF-8 with line feeds and tabs, without escape
/// sequences, other control characters or characters that turn the direction of writing. Pieces may be cut anywhere.
struct TextCleaner: Sendable {
  private enum Place {
    case text
    /// After ESC.
    case escape
    /// After ESC and an intermediate byte, such as the `(` that chooses a character set.
    case intermediate
    /// Within a control sequence, `ESC [ … letter`.
    case control
    /// Within a string of the terminal, such as its title: up to BEL or ESC \.
    case string
    case stringEscape
    case afterReturn
  }

  private var place = Place.text
  /// An unfinished character.
  private var pending: [UInt8] = []

  /// - Parameter last: whether nothing follows, so that an unfinished character is none.
  mutating func clean(_ bytes: [UInt8], last: Bool = false) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var input = pending + bytes
    pending = []
    if !last {
      let cut = Self.unfinished(input)
      pending = Array(input.suffix(cut))
      input.removeLast(cut)
    }
    for scalar in String(decoding: input, as: UTF8.self).unicodeScalars { take(scalar, into: &out) }
    return out
  }

  private mutating func take(_ scalar: Unicode.Scalar, into out: inout [UInt8]) {
    if case .afterReturn = place {
      place = .text
      // The line feed of a line end was written with the return.
      if scalar == "\n" { return }
    }
    switch place {
    case .text, .afterReturn: text(scalar, into: &out)
    case .escape:
      switch scalar {
      case "[": place = .control
      case "]", "P", "X", "^", "_": place = .string
      case " "..."/": place = .intermediate
      default: place = .text
      }
    case .intermediate: if !(" "..."/").contains(scalar) { place = .text }
    case .control:
      if scalar == "\u{1B}" {
        place = .escape
      } else if scalar == "\n" || ("@"..."~").contains(scalar) {
        place = .text
        if scalar == "\n" { out.append(0x0A) }
      }
    case .string:
      if scalar == "\u{1B}" {
        place = .stringEscape
      } else if scalar == "\u{07}" || scalar == "\n" {
        // A string that is never closed must not swallow the rest.
        place = .text
        if scalar == "\n" { out.append(0x0A) }
      }
    case .stringEscape: place = scalar == "\\" ? .text : .string
    }
  }

  private mutating func text(_ scalar: Unicode.Scalar, into out: inout [UInt8]) {
    switch scalar.value {
    case 0x1B: place = .escape
    case 0x0D:
      // Progress bars return to the start of their line: each state of theirs becomes a line.
      out.append(0x0A)
      place = .afterReturn
    case 0x09, 0x0A, 0x20...0x7E: out.append(UInt8(scalar.value))
    case 0x00...0x1F:
      // The visible picture of the control character.
      out.append(contentsOf: UTF8.encode(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}").map(Array.init) ?? [])
    case 0x7F...0x9F, 0x200E...0x200F, 0x202A...0x202E, 0x2028...0x2029, 0x2066...0x2069, 0x061C, 0xFEFF:
      out.append(contentsOf: [0xEF, 0xBF, 0xBD])
    default: out.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
    }
  }

  /// How many bytes at the end begin a character that is not finished.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back ? back : 0
    }
    return 0
  }
}
