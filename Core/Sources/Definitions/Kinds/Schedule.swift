import Base

/// `Schedule`: who is on call when. Later layers cover earlier ones wherever they have someone.
public struct ScheduleSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Schedule")

  /// IANA; all times of the schedule are local to it.
  public var timeZone: String
  public var layers: [Layer]
  /// What a shift may ask of a person before somebody is told; the standard ones where none are written.
  public var limits: Limits?

  public struct Layer: Hashable, Sendable {
    public var name: String
    /// The people in the order of their turns.
    public var users: [EntityRef]
    public var rotation: Rotation
    /// A turn lasts this many hours, days, weeks or months.
    public var every: Int
    /// The first handoff; the n-th is counted from it, so that it keeps its time of day across changes of the clock.
    public var start: CivilDateTime
    /// From here on the layer has nobody.
    public var until: CivilDateTime?
    /// The layer has someone only within these; all the time where there are none.
    public var restrictions: [Restriction]
  }

  public struct Limits: Hashable, Sendable {
    public var incidentsPerShift: Int?
    /// Pages within one night of the person.
    public var pagesPerNight: Int?
  }

  public enum Rotation: String, Sendable, CaseIterable, Codable {
    case hourly, daily, weekly, monthly
  }

  public struct Restriction: Hashable, Sendable {
    /// The days on which it begins; every day where none are named. In order of the week.
    public var days: [Weekday]
    public var from: CivilTime
    /// The same as `from` or before it: on the next day.
    public var to: CivilTime
  }

  public init(_ fields: Fields) {
    timeZone = fields.timeZone("timeZone")
    layers = fields.objects("layers", Self.layer)
    if fields.node("layers")?.sequence?.isEmpty == true {
      fields.error("layers", "is empty; write at least one layer")
    }
    limits = fields.object(ifPresent: "limits") { fields in
      Limits(
        incidentsPerShift: fields.int(ifPresent: "incidentsPerShift", in: 1...1_000),
        pagesPerNight: fields.int(ifPresent: "pagesPerNight", in: 1...1_000))
    }
  }

  private static func layer(_ fields: Fields) -> Layer {
    let users = fields.references("users", to: "User")
    if fields.node("users")?.sequence?.isEmpty == true {
      fields.error("users", "is empty; name at least one person")
    }
    let rotation = fields.choice("rotation", Rotation.self) ?? .weekly
    return Layer(
      name: fields.string("name"), users: users, rotation: rotation,
      every: fields.int(ifPresent: "every", in: 1...1_000) ?? 1,
      start: fields.localDateTime("start") ?? .placeholder, until: fields.localDateTime(ifPresent: "until"),
      restrictions: fields.objects(ifPresent: "restrictions") { fields in
        Restriction(
          days: fields.choices(ifPresent: "days", Weekday.self).sorted(),
          from: fields.localTime("from") ?? .midnight, to: fields.localTime("to") ?? .midnight)
      })
  }
}
