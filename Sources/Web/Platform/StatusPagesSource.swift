import StatusPages

/// The public status pages as they were last rendered.
public struct StatusPagesSource: Sendable {
  /// One page, for those who run it.
  public struct Summary: Sendable, Hashable {
    public var name: String
    public var title: String
    /// Where it is published.
    public var url: String
    public var state: ComponentState
    public var headline: String
    public var components: Int
    public var incidents: Int
    /// Where its files are written.
    public var directory: String
    /// Why the files could not be written.
    public var problem: String?

    public init(
      name: String, title: String, url: String, state: ComponentState, headline: String, components: Int,
      incidents: Int, directory: String, problem: String? = nil
    ) {
      self.name = name
      self.title = title
      self.url = url
      self.state = state
      self.headline = headline
      self.components = components
      self.incidents = incidents
      self.directory = directory
      self.problem = problem
    }
  }

  /// Sorted by name.
  public var all: @Sendable () -> [Summary]
  /// All files of a page in the order to write them in; `nil` where there is no such page.
  public var files: @Sendable (_ page: String) -> [StatusFile]?
  /// One file's text.
  public var file: @Sendable (_ page: String, _ path: String) -> String?

  public init(
    all: @escaping @Sendable () -> [Summary], files: @escaping @Sendable (String) -> [StatusFile]?,
    file: @escaping @Sendable (String, String) -> String?
  ) {
    self.all = all
    self.files = files
    self.file = file
  }

  /// No pages.
  public static let none = StatusPagesSource(all: { [] }, files: { _ in nil }, file: { _, _ in nil })
}
