import Base

/// `Schedule`: who is on call when. Later layers cover earlier ones wherever they have someone.
public struct ScheduleSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Schedule")

  /// IANA; the times of layers without a zone of their own are local to it.
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
    /// IANA, where the layer's times are not local to the schedule's zone.
    public var timeZone: String?
    /// From here on the layer has someone. Handoffs are counted from it unless `handover` says when they are.
    public var start: CivilDateTime
    /// When turns begin, where that is not at the weekday and time of `start`.
    public var handover: Handover?
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

  /// When the turns of a layer begin, whenever the layer itself does.
  public struct Handover: Hashable, Sendable {
    /// Only where the rotation is weekly; the weekday of `start` where it is not written.
    public var day: Weekday?
    public var time: CivilTime
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
    if layers.count > Self.layersMax {
      fields.error("layers", "has \(layers.count) layers; a schedule has at most \(Self.layersMax), so split it")
    }
    limits = fields.object(ifPresent: "limits") { fields in
      Limits(
        incidentsPerShift: fields.int(ifPresent: "incidentsPerShift", in: 1...1_000),
        pagesPerNight: fields.int(ifPresent: "pagesPerNight", in: 1...1_000))
    }
  }

  /// What one question about who is on call may cost is bounded by these.
  private static let (layersMax, usersMax, restrictionsMax) = (50, 1_000, 50)

  private static func layer(_ fields: Fields) -> Layer {
    let users = fields.references("users", to: "User")
    if fields.node("users")?.sequence?.isEmpty == true {
      fields.error("users", "is empty; name at least one person")
    }
    if users.count > usersMax {
      fields.error("users", "names \(users.count) people; a layer has at most \(usersMax)")
    }
    if fields.node("restrictions")?.sequence?.count ?? 0 > restrictionsMax {
      fields.error("restrictions", "has more than \(restrictionsMax) windows; join those that belong together")
    }
    let rotation = fields.choice("rotation", Rotation.self) ?? .weekly
    let (start, until) = (fields.localDateTime("start"), fields.localDateTime(ifPresent: "until"))
    if let start, let until, until <= start {
      fields.error("until", "is not after start, so the layer never has anyone; write a later time")
    }
    return Layer(
      name: fields.string("name"), users: users, rotation: rotation,
      every: fields.int(ifPresent: "every", in: 1...1_000) ?? 1, timeZone: fields.timeZone(ifPresent: "timeZone"),
      start: start ?? .placeholder, handover: handover(fields, rotation, start), until: until,
      restrictions: fields.objects(ifPresent: "restrictions") { fields in
        Restriction(
          days: fields.choices(ifPresent: "days", Weekday.self).sorted(),
          from: fields.localTime("from") ?? .midnight, to: fields.localTime("to") ?? .midnight)
      })
  }

  private static func handover(_ fields: Fields, _ rotation: Rotation, _ start: CivilDateTime?) -> Handover? {
    let handover = fields.object(ifPresent: "handover") { fields in
      if rotation != .weekly && fields.has("day") {
        fields.error("day", "only a weekly rotation hands over on a weekday; remove it, or write rotation: weekly")
      }
      let day = fields.choice(ifPresent: "day", Weekday.self)
      return Handover(
        day: rotation == .weekly ? day ?? start?.date.weekday : nil, time: fields.localTime("time") ?? .midnight)
    }
    if handover != nil && (rotation == .hourly || rotation == .monthly) {
      fields.error(
        "handover", "only daily and weekly rotations take one; put the time of the first handoff into start")
    }
    return handover
  }
}
