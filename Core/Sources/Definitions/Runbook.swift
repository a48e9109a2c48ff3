/// A Markdown file with front matter whose fenced blocks are steps (the convention of runme, with `x-` keys of our
/// own that runme keeps and ignores).
public struct Runbook: Hashable, Sendable {
  /// The file's name without its ending.
  public var name: String
  /// The first heading, or else the front matter's `title`, or else the name.
  public var title: String
  /// The front matter, a mapping.
  public var frontMatter: Node
  /// The services that the front matter names (`services:` or `service:`).
  public var services: [EntityRef]
  public var blocks: [Block]
  /// The whole file as written.
  public var text: String
  public var references: [Reference]
  public var position: Position
  /// What the front matter says beyond that.
  public var header: RunbookHeader

  /// A fenced code block.
  public struct Block: Hashable, Sendable {
    /// The info string as written, such as `sh {"name":"drain"}`.
    public var info: String
    /// Its first word, such as `sh`; empty where there is none.
    public var language: String
    /// The attributes between the braces of the info string, in order.
    public var attributes: [StringPair]
    /// What stands between the fences, with its line ends.
    public var content: String
    /// Where the opening fence stands.
    public var position: Position
    /// How the block is performed; `nil` for one that is only shown.
    public var keys: RunbookStepKeys?

    public init(
      info: String, language: String, attributes: [StringPair], content: String, position: Position,
      keys: RunbookStepKeys? = nil
    ) {
      self.info = info
      self.language = language
      self.attributes = attributes
      self.content = content
      self.position = position
      self.keys = keys
    }

    /// The attribute `name`, by which other blocks refer to this one; an empty one is none.
    public var name: String? { attributes["name"].flatMap { $0.isEmpty ? nil : $0 } }
  }

  public init(
    name: String, title: String, frontMatter: Node, services: [EntityRef], blocks: [Block], text: String,
    references: [Reference], position: Position, header: RunbookHeader = RunbookHeader()
  ) {
    self.name = name
    self.title = title
    self.frontMatter = frontMatter
    self.services = services
    self.blocks = blocks
    self.text = text
    self.references = references
    self.position = position
    self.header = header
  }

  /// The block of that name.
  public subscript(_ name: String) -> Block? { blocks.first { $0.name == name } }
}
