import Base

/// `Freeze`: a time in which some services are not to be changed.
public struct FreezeSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Freeze")

  public var services: [EntityRef]
  public var start: Instant
  /// Not part of the window.
  public var end: Instant
  public var reason: String

  public init(_ fields: Fields) {
    services = fields.references("services", to: "Component", "Service")
    if fields.node("services")?.sequence?.isEmpty == true {
      fields.error("services", "is empty, so nothing would be frozen; name at least one")
    }
    start = fields.instant("start")
    end = fields.instant("end")
    reason = fields.string("reason")
    fields.checkOrder(start, end)
  }
}
