/// What every definition says about itself beside its `spec`.
public struct Metadata: Hashable, Sendable {
  public var name: String
  /// `default` where the document names none.
  public var namespace: String
  /// A name for people: Backstage's `title`, OpenSLO's `displayName`.
  public var title: String?
  public var description: String?
  /// Sorted by key.
  public var labels: [Label]
  /// Sorted by key.
  public var annotations: [StringPair]
  public var tags: [String]
  public var links: [Link]

  /// OpenSLO allows several values for a label; everything else gives one.
  public struct Label: Hashable, Sendable {
    public var key: String
    public var values: [String]

    public init(key: String, values: [String]) {
      self.key = key
      self.values = values
    }
  }

  public struct Link: Hashable, Sendable {
    public var url: String
    public var title: String?

    public init(url: String, title: String? = nil) {
      self.url = url
      self.title = title
    }
  }

  public init(
    name: String, namespace: String = EntityRef.defaultNamespace, title: String? = nil, description: String? = nil,
    labels: [Label] = [], annotations: [StringPair] = [], tags: [String] = [], links: [Link] = []
  ) {
    self.name = name
    self.namespace = namespace
    self.title = title
    self.description = description
    self.labels = labels
    self.annotations = annotations
    self.tags = tags
    self.links = links
  }

  /// The title, or else the name.
  public var displayName: String { title ?? name }

  /// An annotation, or else the first value of the label of that key.
  public func annotation(_ key: String) -> String? {
    annotations[key] ?? labels.first { $0.key == key }?.values.first
  }
}
