/// The rules of civil time in one region: which offset from UTC applies when. Read from the bytes of a TZif file, so
/// that it follows the system's tzdata; `ZoneFiles` finds them.
public struct Zone: Hashable, Sendable {
  /// What applies from one change of the clock to the next.
  public struct Offset: Hashable, Sendable {
    /// Seconds east of UTC.
    public var seconds: Int
    /// `CET`, `+03`
    public var abbreviation: String
    public var isDST: Bool

    public init(seconds: Int, abbreviation: String, isDST: Bool) {
      self.seconds = seconds
      self.abbreviation = abbreviation
      self.isDST = isDST
    }
  }

  /// From that second of Unix time on the offset applies.
  struct Transition: Hashable, Sendable {
    var time: Int
    var offset: Offset
  }

  /// The IANA name: `America/Chicago`.
  public let name: String
  /// Before the first transition.
  let initial: Offset
  /// Ascending in time.
  let transitions: [Transition]
  /// After the last transition, for ever.
  let rule: ZoneRule?
  /// The same as numbers.
  private let table: ZoneTable

  public static let utc = Zone(
    name: "UTC", initial: Offset(seconds: 0, abbreviation: "UTC", isDST: false), transitions: [], rule: nil)

  init(name: String, initial: Offset, transitions: [Transition], rule: ZoneRule?) {
    self.name = name
    self.initial = initial
    self.transitions = transitions
    self.rule = rule
    table = ZoneTable(initial: initial, transitions: transitions, rule: rule)
  }

  /// A zone that has followed one rule for ever, in the form of the environment's `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
  /// `nil` where the text is no such rule.
  public init?(name: String, rule text: String) {
    guard let rule = ZoneRule(posix: text) else { return nil }
    self.init(name: name, initial: rule.standard, transitions: [], rule: rule)
  }

  /// No zone is further from UTC than this many seconds (RFC 9636, 3.2: -24:59:59 to 25:59:59).
  static let offsetMax = 26 * 3_600

  /// The offset that applies at an instant.
  public func offset(at instant: Instant) -> Offset { offset(at: Int(instant.seconds)) }

  /// What a clock in the zone shows at an instant, to the second.
  public func civil(at instant: Instant) -> CivilDateTime {
    let seconds = Int(instant.seconds)
    let offset = table.range.contains(seconds) ? table.offset(at: seconds) : offset(at: seconds).seconds
    return CivilDateTime(clockSeconds: seconds + offset)
  }

  /// The instants at which a clock in the zone shows that time, in order: mostly one; none where the clock is set
  /// forward over it, two where it is set back over it.
  public func instants(of civil: CivilDateTime) -> [Instant] {
    segments(around: civil.clockSeconds).compactMap { segment in
      let seconds = civil.clockSeconds - segment.offset
      return seconds >= segment.start && seconds < segment.end ? Instant(seconds: Int64(seconds)) : nil
    }
  }

  /// Which instant a civil time means where there are two.
  public enum Resolution: Sendable {
    case firstOfTwo, lastOfTwo
  }

  /// The instant that a civil time means. Where the clock is set forward over it, it is the moment of that change:
  /// 02:30 on a night that goes from 02:00 to 03:00 means 03:00.
  public func instant(of civil: CivilDateTime, resolving resolution: Resolution = .firstOfTwo) -> Instant {
    let seconds = table.seconds(of: civil.clockSeconds, resolving: resolution)
    return seconds.map { Instant(seconds: Int64($0)) } ?? instantTheLongWay(of: civil, resolving: resolution)
  }

  /// What `instant(of:resolving:)` answers where the table ends.
  func instantTheLongWay(of civil: CivilDateTime, resolving resolution: Resolution) -> Instant {
    let found = instants(of: civil)
    if let instant = resolution == .firstOfTwo ? found.first : found.last { return instant }
    // A gap: the first segment that begins with the clock beyond the time.
    let after = segments(around: civil.clockSeconds).first { $0.start + $0.offset > civil.clockSeconds }
    return Instant(seconds: Int64(after?.start ?? civil.clockSeconds))
  }

  /// The first instant of a day: midnight, or the moment of the change where the clock skips it.
  public func start(of date: CivilDate) -> Instant { instant(of: CivilDateTime(date: date, time: .midnight)) }
}

extension Zone {
  func offset(at seconds: Int) -> Offset {
    if let rule, seconds >= transitions.last?.time ?? .min { return rule.offset(at: seconds) }
    // The last transition that is not after the time.
    var (low, high) = (0, transitions.count)
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].time <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? initial : transitions[low - 1].offset
  }

  /// The stretches of one offset that a clock time within reach could lie in, in order and without gaps.
  private func segments(around clock: Int) -> [(start: Int, end: Int, offset: Int)] {
    let (from, to) = (clock - Self.offsetMax, clock + Self.offsetMax)
    var changes = changes(after: from, to: to)
    changes.insert(Transition(time: from, offset: offset(at: from)), at: 0)
    return changes.indices.map { index in
      let end = index + 1 < changes.count ? changes[index + 1].time : to + 1
      return (changes[index].time, end, changes[index].offset.seconds)
    }
  }

  /// The changes with `after` < time <= `to`, in order.
  private func changes(after: Int, to: Int) -> [Transition] {
    var (low, high) = (0, transitions.count)
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].time <= after { low = middle + 1 } else { high = middle }
    }
    var found = Array(transitions[low...].prefix { $0.time <= to })
    if let rule, to > transitions.last?.time ?? .min {
      found += rule.changes(after: max(after, transitions.last?.time ?? .min), to: to)
    }
    return found
  }
}

/// Why a zone could not be read.
public struct ZoneError: Error, Hashable, Sendable, CustomStringConvertible {
  public var zone: String
  public var problem: String
  public var remedy: String

  /// `time zone Mars/Olympus: no such zone in the system's tzdata; use an IANA name such as Europe/Lisbon`
  public var description: String { "time zone \(zone): \(problem); \(remedy)" }
}

/// Where zones come from: a function from an IANA name to the bytes of its TZif file, `nil` where there is none.
public struct ZoneFiles: Sendable {
  private let bytes: @Sendable (_ name: String) -> [UInt8]?

  public init(bytes: @escaping @Sendable (_ name: String) -> [UInt8]?) { self.bytes = bytes }

  /// Reads a zone. Only names that cannot leave the directory of zones reach the function.
  public func zone(named name: String) throws(ZoneError) -> Zone {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName =
      name.utf8.count <= 64
      && parts.allSatisfy { part in
        !part.isEmpty && part.utf8.allSatisfy { $0.isASCIILetterOrDigit || "_+-".utf8.contains($0) }
      }
    let remedy = "use an IANA name such as Europe/Lisbon"
    guard isName else { throw ZoneError(zone: name, problem: "not the form of a name", remedy: remedy) }
    if let bytes = bytes(name) { return try Zone(name: name, tzif: bytes) }
    if name == "UTC" { return .utc }
    throw ZoneError(zone: name, problem: "no such zone in the system's tzdata", remedy: remedy)
  }
}

extension UInt8 {
  var isASCIILetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
