import Base

/// `StatusPage`: what the public may know of how the services are.
public struct StatusPageSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("StatusPage")

  /// One line of the page: what customers call it, and what it is made of.
  public struct Component: Hashable, Sendable {
    /// What customers read; it is the only name of it that leaves the house.
    public var name: String
    public var description: String?
    public var services: [EntityRef]
    /// Its steps' services are part of the component too.
    public var journey: EntityRef?
    /// An SLO whose attainment is shown beside the uptime.
    public var slo: EntityRef?
  }

  /// Which incidents count.
  public enum Announced: String, CaseIterable, Hashable, Sendable {
    /// Those that somebody wrote an external update about.
    case announced
    /// All but the private ones; until somebody writes, only that there is one.
    case all
  }

  public var title: String
  public var description: String?
  /// Where the page is published, without a slash at its end: what feeds link to.
  public var url: String
  /// Where customers can turn to: `https:` or `mailto:`.
  public var contact: String?
  public var components: [Component]
  /// Days of history, 90 unless said otherwise.
  public var history: Int
  public var incidents: Announced

  public static let componentsMax = 100

  public init(_ fields: Fields) {
    title = fields.string("title")
    description = fields.string(ifPresent: "description")
    url = Self.trimmed(fields.string("url"))
    contact = fields.string(ifPresent: "contact")
    history = fields.int(ifPresent: "history", in: 1...365) ?? 90
    incidents = fields.choice(ifPresent: "incidents", Announced.self) ?? .announced
    components = fields.objects("components") { Self.component($0) }
    if fields.has("url"), !url.isEmpty, !Self.isWeb(url) {
      fields.error("url", "\(quoted(url)) is not a URL; write where the page is published: https://status.example.com")
    }
    if let contact, !Self.isWeb(contact), !contact.hasPrefix("mailto:") {
      fields.error("contact", "\(quoted(contact)) is neither a URL nor mailto:ADDRESS")
    }
    if fields.node("components")?.sequence?.isEmpty == true {
      fields.error("components", "is empty, so the page would say nothing; name at least one")
    }
    if components.count > Self.componentsMax {
      fields.error("components", "has \(components.count) entries; a page takes \(Self.componentsMax)")
    }
    var seen: Set<String> = []
    for component in components where !seen.insert(component.name).inserted {
      fields.error("components", "names \(quoted(component.name)) twice; each needs a name of its own")
    }
  }

  private static func component(_ fields: Fields) -> Component {
    let component = Component(
      name: fields.string("name"), description: fields.string(ifPresent: "description"),
      services: fields.references(ifPresent: "services", to: "Component", "Service"),
      journey: fields.reference(ifPresent: "journey", to: "Journey"),
      slo: fields.reference(ifPresent: "slo", to: "SLO"))
    if component.services.isEmpty, component.journey == nil, !fields.has("services") {
      fields.error("has neither services nor a journey, so nothing would ever show on it; name what it is made of")
    }
    return component
  }

  private static func trimmed(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

  private static func isWeb(_ text: String) -> Bool {
    ["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }
  }
}
