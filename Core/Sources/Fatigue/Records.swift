import Base
import Events

/// What is remembered of one alert: plain numbers, so that a hundred thousand are read in a millisecond.
public struct AlertRecord: Sendable, Hashable {
  public struct Marks: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    static let ticket = Marks(rawValue: 1)
    static let recordOnly = Marks(rawValue: 2)
    /// A person acknowledged it.
    static let acknowledged = Marks(rawValue: 4)
    /// A person resolved it.
    static let resolvedByPerson = Marks(rawValue: 8)
    static let actionable = Marks(rawValue: 16)
    static let notActionable = Marks(rawValue: 32)
    /// Somebody wrote into its incident.
    static let noted = Marks(rawValue: 64)
    /// The same condition had resolved less than 24 hours before.
    static let refired = Marks(rawValue: 128)
  }

  public let id: ULID
  public let firedAt: Instant
  /// The hash of its key: names the condition within its rule.
  let condition: UInt64
  var acknowledged = Instant.distantFuture
  var resolved = Instant.distantFuture
  /// How often a person was called for it.
  public internal(set) var calls = 0
  var marks: Marks

  public var acknowledgedAt: Instant? { acknowledged == .distantFuture ? nil : acknowledged }
  public var resolvedAt: Instant? { resolved == .distantFuture ? nil : resolved }
  public var urgency: Urgency { marks.contains(.ticket) ? .ticket : marks.contains(.recordOnly) ? .record : .page }
  public var paged: Bool { calls > 0 }
  public var hasRefired: Bool { marks.contains(.refired) }

  /// What somebody said, `nil` where nobody did.
  public var actionable: Bool? {
    marks.contains(.actionable) ? true : marks.contains(.notActionable) ? false : nil
  }

  /// It ended without anybody having touched it.
  public var resolvedItself: Bool {
    resolvedAt != nil && marks.isDisjoint(with: [.acknowledged, .resolvedByPerson])
  }

  /// Somebody took it and then it ended by itself, without a word or a note about what there was to do.
  public var acknowledgedWithoutAction: Bool {
    resolvedAt != nil && marks.contains(.acknowledged)
      && marks.isDisjoint(with: [.resolvedByPerson, .actionable, .noted])
  }

  init(id: ULID, firedAt: Instant, condition: UInt64, marks: Marks) {
    self.id = id
    self.firedAt = firedAt
    self.condition = condition
    self.marks = marks
  }
}

/// One person called once: the messages of one step of an escalation, over however many channels.
public struct CallRecord: Sendable, Hashable {
  public let alert: ULID
  /// The incident it belongs to, or the alert itself.
  public internal(set) var cause: ULID
  /// When the first message landed.
  public let at: Instant
  /// When it was asked for: what messages of one call have in common.
  let asked: Instant
  /// Where its rule stands among the rules.
  let rule: Int
  public let isLow: Bool
  var answered = Instant.distantFuture

  /// When this person acknowledged the alert.
  public var answeredAt: Instant? { answered == .distantFuture ? nil : answered }
}

// MARK: - Snapshots

/// Records are kept in snapshots as lines of numbers: a tree of JSON would take seconds for a hundred thousand.
extension AlertRecord {
  var line: String {
    "\(id) \(firedAt.nanoseconds) \(condition) \(acknowledged.nanoseconds) \(resolved.nanoseconds) \(calls) "
      + "\(marks.rawValue)"
  }

  init?(line: Substring) {
    let parts = line.split(separator: " ")
    guard parts.count == 7, let id = ULID(parts[0]), let fired = Int64(parts[1]), let condition = UInt64(parts[2]),
      let acknowledged = Int64(parts[3]), let resolved = Int64(parts[4]), let calls = Int(parts[5]),
      let marks = UInt16(parts[6])
    else { return nil }
    self.init(id: id, firedAt: Instant(nanoseconds: fired), condition: condition, marks: Marks(rawValue: marks))
    self.acknowledged = Instant(nanoseconds: acknowledged)
    self.resolved = Instant(nanoseconds: resolved)
    self.calls = calls
  }
}

extension CallRecord {
  var line: String {
    "\(alert) \(cause) \(at.nanoseconds) \(asked.nanoseconds) \(rule) \(isLow ? 1 : 0) \(answered.nanoseconds)"
  }

  init?(line: Substring) {
    let parts = line.split(separator: " ")
    guard parts.count == 7, let alert = ULID(parts[0]), let cause = ULID(parts[1]), let at = Int64(parts[2]),
      let asked = Int64(parts[3]), let rule = Int(parts[4]), let low = Int(parts[5]), let answered = Int64(parts[6])
    else { return nil }
    self.init(
      alert: alert, cause: cause, at: Instant(nanoseconds: at), asked: Instant(nanoseconds: asked), rule: rule,
      isLow: low == 1, answered: Instant(nanoseconds: answered))
  }
}

/// A list of records that is coded as one text.
struct Lines<Record: Sendable>: Sendable {
  static func write(_ records: Chunks<Record>, _ line: (Record) -> String) -> String {
    var text = ""
    for record in records {
      text += line(record)
      text += "\n"
    }
    return text
  }

  static func read(_ text: String, _ record: (Substring) -> Record?) throws -> Chunks<Record> {
    var records = Chunks<Record>()
    for line in text.split(separator: "\n") {
      guard let read = record(line) else { throw BadRecord(line: String(line)) }
      records.append(read)
    }
    return records
  }
}

/// A snapshot does not hold what it should; the fold is rebuilt.
struct BadRecord: Error { let line: String }
