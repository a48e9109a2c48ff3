import Base

/// Who is on call when, as plain values. Everything that asks (the pager, the API, pages, iCal) asks this one.
///
/// Each answer is a function of the instant alone: shifts begin and end where they do whatever range is asked for.
public struct ScheduleDefinition: Sendable, Hashable {
  public var name: String
  /// The times of layers without a zone of their own are local to it.
  public var zone: Zone
  /// Later layers cover earlier ones wherever they have someone.
  public var layers: [ScheduleLayer]

  public init(name: String, zone: Zone, layers: [ScheduleLayer]) {
    self.name = name
    self.zone = zone
    self.layers = layers
  }
}

/// A rotation: people who take turns.
public struct ScheduleLayer: Sendable, Hashable {
  /// How long a turn lasts, on the clock of the zone.
  public struct Cadence: Sendable, Hashable {
    public enum Unit: String, Sendable, Hashable, CaseIterable, Codable {
      case hourly, daily, weekly, monthly
    }

    public var unit: Unit
    /// A turn lasts this many hours, days, weeks or months; at least 1.
    public var every: Int

    public init(_ unit: Unit, every: Int = 1) {
      self.unit = unit
      self.every = max(1, every)
    }
  }

  public var name: String
  /// In the order of their turns. A layer without people has nobody on call.
  public var users: [String]
  public var cadence: Cadence
  /// From here on the layer has someone. It is also the first handoff where there is no `handover`: the n-th is counted
  /// from it, so that it keeps its time of day when the clock changes, and its day of the month after a shorter month.
  public var start: CivilDateTime
  /// The handoff that the others are counted from where that is not the start, and not after it: the first turn then
  /// lasts from the start to the next handoff.
  public var handover: CivilDateTime?
  /// From here on the layer has nobody.
  public var until: CivilDateTime?
  /// The layer has someone only within these; all the time where there are none.
  public var restrictions: [ScheduleRestriction]
  /// What the layer's times are local to; `nil`: the schedule's zone.
  public var zone: Zone?

  public init(
    name: String, users: [String], cadence: Cadence, start: CivilDateTime, handover: CivilDateTime? = nil,
    until: CivilDateTime? = nil, restrictions: [ScheduleRestriction] = [], zone: Zone? = nil
  ) {
    self.name = name
    self.users = users
    self.cadence = cadence
    self.start = start
    self.handover = handover
    self.until = until
    self.restrictions = restrictions
    self.zone = zone
  }
}

/// A window of the week. One over midnight belongs to the day on which it begins.
public struct ScheduleRestriction: Sendable, Hashable {
  /// The days on which it begins; every day where none are named.
  public var days: Set<Weekday>
  public var from: CivilTime
  /// Exclusive. Not after `from`: on the next day, so that equal times make a window of a day.
  public var to: CivilTime

  public init(days: Set<Weekday> = [], from: CivilTime, to: CivilTime) {
    self.days = days
    self.from = from
    self.to = to
  }
}

/// Somebody else covers the schedule for a while, or nobody does.
public struct ScheduleOverride: Sendable, Hashable {
  public var id: String
  /// `nil`: nobody is on call meanwhile.
  public var user: String?
  /// Inclusive.
  public var start: Instant
  /// Exclusive.
  public var end: Instant

  public init(id: String, user: String?, start: Instant, end: Instant) {
    self.id = id
    self.user = user
    self.start = start
    self.end = end
  }
}

extension Override {
  /// The override as the arithmetic takes it.
  public var covering: ScheduleOverride {
    ScheduleOverride(id: id.description, user: user, start: start, end: end)
  }
}

/// One person on call, from a start (inclusive) to an end (exclusive), and why.
public struct Shift: Sendable, Hashable, Codable {
  public enum Source: Sendable, Hashable, Codable {
    /// The layer's name.
    case layer(String)
    /// The override's id.
    case override(String)
  }

  public var user: String
  public var start: Instant
  public var end: Instant
  public var source: Source

  public init(user: String, start: Instant, end: Instant, source: Source) {
    self.user = user
    self.start = start
    self.end = end
    self.source = source
  }
}

/// A stretch in which nobody is on call.
public struct ScheduleGap: Sendable, Hashable, Codable {
  public var start: Instant
  public var end: Instant

  public init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }
}
