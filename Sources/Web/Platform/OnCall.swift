import Base

/// An override as the schedule arithmetic takes it; the newest wins where two overlap.
public struct OverrideView: Sendable, Codable, Hashable {
  public var id: String
  public var schedule: String
  /// `nil`: left uncovered on purpose.
  public var user: String?
  public var start: Instant
  public var end: Instant
  public var by: String

  public init(id: String, schedule: String, user: String?, start: Instant, end: Instant, by: String) {
    self.id = id
    self.schedule = schedule
    self.user = user
    self.start = start
    self.end = end
    self.by = by
  }
}

/// Somebody, or nobody, on call from a start (inclusive) to an end (exclusive).
public struct ShiftView: Sendable, Codable, Hashable {
  public var start: Instant
  public var end: Instant
  /// `nil`: a gap.
  public var user: String?
  /// The layer or the override it comes from.
  public var layer: String?
  public var isOverride: Bool

  public init(start: Instant, end: Instant, user: String?, layer: String? = nil, isOverride: Bool = false) {
    self.start = start
    self.end = end
    self.user = user
    self.layer = layer
    self.isOverride = isOverride
  }
}

/// A schedule over a range.
public struct ScheduleShifts: Sendable, Codable {
  public struct Layer: Sendable, Codable {
    public var name: String
    public var shifts: [ShiftView]

    public init(name: String, shifts: [ShiftView]) {
      self.name = name
      self.shifts = shifts
    }
  }

  /// Who is paged, in order and without overlap, gaps included.
  public var final: [ShiftView]
  /// The rotations before they are laid over each other.
  public var layers: [Layer]

  public init(final: [ShiftView], layers: [Layer]) {
    self.final = final
    self.layers = layers
  }
}
