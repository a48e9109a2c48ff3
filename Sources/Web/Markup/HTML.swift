/// A piece of HTML or SVG as a value. Every string that goes in is escaped on the way out; the one exception is
/// `markup`, which takes only literals of this program's own source and can therefore carry nothing hostile.
public enum HTML: Sendable {
  case text(String)
  case markup(StaticString)
  case element(Element)
  case group([HTML])

  public static let nothing = HTML.group([])

  public struct Element: Sendable {
    public var name: StaticString
    public var attributes: [Attribute]
    public var children: [HTML]
    /// Void elements (`input`, `br`) have no end tag.
    public var isVoid: Bool
  }

  /// Whether nothing would be written for it.
  public var isEmpty: Bool {
    switch self {
    case .text(let text): text.isEmpty
    case .markup(let markup): markup.utf8CodeUnitCount == 0
    case .element: false
    case .group(let parts): parts.allSatisfy(\.isEmpty)
    }
  }

  /// The markup as UTF-8, written into one buffer.
  public func rendered(reserving capacity: Int = 32_768) -> [UInt8] {
    var writer = MarkupWriter(reserving: capacity)
    writer.write(self)
    return writer.bytes
  }

  /// The markup as a string, for tests and small fragments.
  public var source: String { String(decoding: rendered(reserving: 256), as: UTF8.self) }
}

extension HTML: ExpressibleByStringInterpolation {
  /// A literal is text, not markup.
  public init(stringLiteral value: String) { self = .text(value) }
}

/// Puts children together; strings in it are text.
@resultBuilder
public enum HTMLBuilder {
  public static func buildExpression(_ part: HTML) -> HTML { part }
  public static func buildExpression(_ part: HTML?) -> HTML { part ?? .nothing }
  public static func buildExpression(_ parts: [HTML]) -> HTML { .group(parts) }
  public static func buildExpression(_ text: String) -> HTML { .text(text) }
  public static func buildExpression(_ text: String?) -> HTML { text.map(HTML.text) ?? .nothing }
  public static func buildBlock(_ parts: HTML...) -> HTML { parts.count == 1 ? parts[0] : .group(parts) }
  public static func buildOptional(_ part: HTML?) -> HTML { part ?? .nothing }
  public static func buildEither(first part: HTML) -> HTML { part }
  public static func buildEither(second part: HTML) -> HTML { part }
  public static func buildArray(_ parts: [HTML]) -> HTML { .group(parts) }
}
