import Base
import Events
import Journal

/// What a shift may ask of a person before somebody is told.
public struct ShiftLimits: Sendable, Hashable, Codable {
  /// Two, as the field has it for a shift of twelve hours (Google SRE).
  public static let standard = ShiftLimits(incidentsPerShift: 2, pagesPerNight: nil)

  public var incidentsPerShift: Int
  /// `nil`: not limited.
  public var pagesPerNight: Int?

  public init(incidentsPerShift: Int, pagesPerNight: Int?) {
    self.incidentsPerShift = incidentsPerShift
    self.pagesPerNight = pagesPerNight
  }

  /// The limits that a shift has passed, with what was counted.
  ///
  /// - Parameter night: the night that an instant is in for the shift's person; `nil` by day.
  public func exceeded(
    by duty: Duty, in book: AlertBook, at now: Instant, night: (Instant) -> CivilDate?
  ) -> [(limit: LimitExceeded.Limit, counted: Int, allowed: Int, causes: [ULID])] {
    let calls = book.calls(of: duty.person, from: duty.start, to: duty.end).filter { !$0.isLow }
    var found: [(limit: LimitExceeded.Limit, counted: Int, allowed: Int, causes: [ULID])] = []
    func causes(_ calls: [CallRecord]) -> [ULID] {
      var seen: Set<ULID> = []
      return calls.map(\.cause).filter { seen.insert($0).inserted }
    }
    let incidents = causes(calls)
    if incidents.count > incidentsPerShift {
      found.append((.incidentsPerShift, incidents.count, incidentsPerShift, Array(incidents.suffix(20))))
    }
    if let pagesPerNight, let tonight = night(now) {
      let nightly = calls.filter { night($0.at) == tonight }
      if nightly.count > pagesPerNight {
        found.append((.pagesPerNight, nightly.count, pagesPerNight, Array(causes(nightly).suffix(20))))
      }
    }
    return found
  }
}

/// The limits that shifts have passed: of each only the first time within a shift is told.
public struct Limits: Fold, Codable {
  public static let name = "limits"
  public static let version = 1
  static let kept = 500

  public struct Passed: Codable, Sendable {
    public let id: ULID
    public let schedule: String
    public let at: Instant
    public let what: LimitExceeded
  }

  private var passed = Sharded<ULID, Passed>()
  private var recent = Recent()
  /// The start of the shift that last passed each limit, by schedule, limit and person.
  private var last = Sharded<String, Instant>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard let what = try event.payload(LimitExceeded.self) else { return }
    let schedule = String(event.subject.id)
    passed[event.id] = Passed(id: event.id, schedule: schedule, at: event.time, what: what)
    if let old = recent.keep(event.id, limit: Self.kept) { passed[old] = nil }
    last[Self.key(schedule, what.limit, what.person)] = what.shiftStart
  }

  /// Newest first.
  public var all: [Passed] { passed.sortedElements.map(\.value).reversed() }

  public func isTold(_ limit: LimitExceeded.Limit, of duty: Duty) -> Bool {
    last[Self.key(duty.schedule, limit, duty.person)] == duty.start
  }

  private static func key(_ schedule: String, _ limit: LimitExceeded.Limit, _ person: String) -> String {
    "\(schedule) \(limit.rawValue) \(person)"
  }
}
