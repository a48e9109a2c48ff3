import Base
import Events
import Journal

/// What escalations have to remember beyond their runs: acknowledgements that expire, levels that reached nobody,
/// whose turn it was, and who was last seen on call.
public struct Escalations: Fold, Codable {
  public static let name = "escalations"
  public static let version = 1
  static let skipsMax = 8
  static let unreachedMax = 1_000

  /// One open alert that people are, or were, paged for.
  public struct Record: Codable, Sendable {
    public var policy: String
    /// How long an acknowledgement holds.
    public var timeout: Interval?
    /// When the acknowledgement expires.
    public var deadline: Instant?
    /// The last levels that reached nobody, oldest first.
    public var skips: [Skip] = []
  }

  public struct Skip: Codable, Sendable {
    public var at: Instant
    public var level: Int
    public var reason: String
    /// Nobody at all was left to page.
    public var isLast: Bool
  }

  public private(set) var records = Sharded<ULID, Record>()
  /// The open alerts of which a level reached nobody, the newest last; of many the newest.
  public private(set) var unreached: [ULID] = []
  /// Acknowledgements by when they expire.
  public private(set) var timers = Timers()
  private var turns = Sharded<String, String>()
  private var watches = Sharded<String, [String]>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    switch event.subject.kind {
    case "alert": try applyToAlert(event)
    case "policy":
      guard let turn = try event.payload(EscalationTurnTaken.self) else { return }
      turns[Self.key(String(event.subject.id), turn.level, turn.target)] = turn.user
    case "schedule":
      guard let change = try event.payload(OnCallChanged.self) else { return }
      watches[String(event.subject.id)] = change.to
    default: return
    }
  }

  private mutating func applyToAlert(_ event: Event) throws {
    guard let id = ULID(event.subject.id) else { return }
    if let escalated = try event.payload(AlertEscalated.self) {
      timers.cancel(id, at: records[id]?.deadline)
      if records[id]?.skips.isEmpty == false { unreached.removeAll { $0 == id } }
      records[id] = Record(policy: escalated.policy, timeout: escalated.acknowledgeTimeout)
      return
    }
    guard var record = records[id] else { return }
    switch event.type {
    case AlertAcknowledged.type:
      guard let timeout = record.timeout else { return }
      timers.cancel(id, at: record.deadline)
      let deadline = event.time + timeout
      record.deadline = deadline
      timers.set(id, at: deadline)
      records[id] = record
    case AlertAcknowledgementExpired.type, AlertReassigned.type:
      timers.cancel(id, at: record.deadline)
      record.deadline = nil
      records[id] = record
    case AlertResolved.type:
      timers.cancel(id, at: record.deadline)
      records[id] = nil
      if !record.skips.isEmpty { unreached.removeAll { $0 == id } }
    case EscalationLevelSkipped.type:
      guard let skip = try event.payload(EscalationLevelSkipped.self) else { return }
      record.skips = record.skips.suffix(Self.skipsMax - 1)
      record.skips.append(Skip(at: event.time, level: skip.level, reason: skip.reason, isLast: skip.isLast))
      records[id] = record
      unreached.removeAll { $0 == id }
      unreached.append(id)
      if unreached.count > Self.unreachedMax { unreached.removeFirst() }
    default: return
    }
  }

  private static func key(_ policy: String, _ level: Int, _ target: Int) -> String { "\(policy)/\(level)/\(target)" }

  /// Who had the last turn in a round robin; levels and targets count from 1.
  public func lastTurn(of policy: String, level: Int, target: Int) -> String? {
    turns[Self.key(policy, level, target)]
  }

  /// Who was on call in a schedule when it was last looked at; `nil` when nobody has looked yet.
  public func watch(of schedule: String) -> [String]? { watches[schedule] }
}
