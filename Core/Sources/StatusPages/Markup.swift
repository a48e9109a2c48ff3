/// Text that is safe to stand between tags of HTML and of XML. What is not written in this source is escaped.
struct Markup: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, Equatable {
  private(set) var text: String

  static let nothing = Markup("")

  /// Escapes a text. What XML cannot hold at all becomes U+FFFD.
  init(_ plain: String) {
    var text = ""
    text.reserveCapacity(plain.utf8.count)
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}":
        text += "\u{FFFD}"
      // Turns the order of a line around: a sentence of ours could be made to read as something else.
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    self.text = text
  }

  init(stringLiteral value: String) { self.init(value) }

  private init(safe: String) { text = safe }

  /// - Parameter attributes: their values are escaped.
  static func tag(_ name: String, _ attributes: [(String, String)] = [], _ content: Markup...) -> Markup {
    tag(name, attributes, content)
  }

  static func tag(_ name: String, _ attributes: [(String, String)], _ content: [Markup]) -> Markup {
    Markup(safe: "<\(name)\(written(attributes))>\(content.map(\.text).joined())</\(name)>")
  }

  /// An element that HTML does not close: `meta`, `link`.
  static func void(_ name: String, _ attributes: [(String, String)]) -> Markup {
    Markup(safe: "<\(name)\(written(attributes))>")
  }

  /// An element without content as XML and SVG close it.
  static func closed(_ name: String, _ attributes: [(String, String)]) -> Markup {
    Markup(safe: "<\(name)\(written(attributes))/>")
  }

  /// `<!doctype html>` and the first line of an XML document.
  static func document(_ first: StaticString, _ root: Markup) -> String { "\(first)\n\(root.text)\n" }

  static func group(_ parts: [Markup]) -> Markup { Markup(safe: parts.map(\.text).joined()) }

  static func lines(_ parts: [Markup]) -> Markup { Markup(safe: parts.map(\.text).joined(separator: "\n")) }

  private static func written(_ attributes: [(String, String)]) -> String {
    attributes.map { " \($0.0)=\"\(Markup($0.1).text)\"" }.joined()
  }
}

extension Markup {
  /// A text in paragraphs, as a person wrote it: an empty line begins a new one, others break the line.
  static func paragraphs(_ text: String) -> Markup {
    var paragraphs: [[Substring]] = [[]]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = line.hasSuffix("\r") ? line.dropLast() : line
      if line.allSatisfy(\.isWhitespace) {
        if paragraphs.last?.isEmpty == false { paragraphs.append([]) }
      } else {
        paragraphs[paragraphs.count - 1].append(line)
      }
    }
    return .group(
      paragraphs.filter { !$0.isEmpty }.map { lines in
        let parts = lines.enumerated().flatMap { index, line in
          index == 0 ? [Markup(String(line))] : [.void("br", []), Markup(String(line))]
        }
        return .tag("p", [], parts)
      })
  }
}
