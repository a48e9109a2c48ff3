import Base

/// A text with places to fill in: `{{labels.cluster}}/{{alertname}}`. Nothing but paths stands between the braces;
/// what a path finds nothing for is left empty.
public struct Template: Hashable, Sendable, CustomStringConvertible {
  public enum Part: Hashable, Sendable {
    case text(String)
    /// As written, without spaces around it: `labels.cluster`.
    case path(String)
  }

  public let text: String
  public let parts: [Part]

  /// No longer text comes out of one.
  public static let renderedMax = 4_096

  /// - Throws: `TemplateError` where braces are open, or a path is empty or has spaces in it.
  public init(_ text: String) throws(TemplateError) {
    self.text = text
    var parts: [Part] = []
    var rest = text[...]
    while let open = rest.range(of: "{{") {
      if open.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<open.lowerBound]))) }
      rest = rest[open.upperBound...]
      guard let close = rest.range(of: "}}") else { throw TemplateError(message: "has '{{' without its '}}'") }
      let path = rest[..<close.lowerBound].trimmed
      guard !path.isEmpty, path.allSatisfy({ !$0.isWhitespace && $0 != "{" && $0 != "|" }) else {
        throw TemplateError(message: "has '{{\(rest[..<close.lowerBound])}}', which is no path such as labels.cluster")
      }
      parts.append(.path(String(path)))
      rest = rest[close.upperBound...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    self.parts = parts
  }

  public var description: String { text }

  /// The paths it asks for.
  public var paths: [String] {
    parts.compactMap { if case .path(let path) = $0 { path } else { nil } }
  }

  /// The text with the places filled in, cut at `renderedMax` bytes.
  public func render(_ value: (_ path: String) -> String?) -> String {
    var out = ""
    for part in parts {
      switch part {
      case .text(let text): out += text
      case .path(let path): out += value(path) ?? ""
      }
      if out.utf8.count > Self.renderedMax { return out.cut(Self.renderedMax) }
    }
    return out
  }
}

public struct TemplateError: Error, Hashable, Sendable {
  public var message: String
}

extension Substring {
  fileprivate func range(of two: StaticString) -> Range<Index>? {
    let (first, second) = (two.utf8Start[0], two.utf8Start[1])
    var place = utf8.startIndex
    while place < utf8.endIndex {
      let next = utf8.index(after: place)
      if next < utf8.endIndex, utf8[place] == first, utf8[next] == second { return place..<utf8.index(after: next) }
      place = next
    }
    return nil
  }

  fileprivate var trimmed: Substring {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

extension Fields {
  /// A text with places to fill in.
  ///
  /// - Parameter isKnown: whether a path can be filled in; nil takes any.
  func template(ifPresent key: String, _ isKnown: ((String) -> Bool)? = nil) -> Template? {
    guard let text = string(ifPresent: key) else { return nil }
    do throws(TemplateError) {
      let template = try Template(text)
      if let isKnown, let path = template.paths.first(where: { !isKnown($0) }) {
        error(
          key,
          "asks for '{{\(path)}}'; known are labels.NAME, annotations.NAME, key, service, severity, summary, link and "
            + "integration")
      }
      return template
    } catch {
      self.error(key, "\(quoted(text)) \(error.message)")
      return nil
    }
  }

  /// Matchers as Alertmanager writes them, a list of texts such as `cluster=~"eu-.*"`.
  func matchers(ifPresent key: String) -> [LabelMatcher] {
    var matchers: [LabelMatcher] = []
    for text in strings(ifPresent: key) {
      do throws(PatternError) {
        matchers += try LabelMatcher.parse(text)
      } catch {
        self.error(key, "\(quoted(text)): \(error.message)")
      }
    }
    return matchers
  }
}
