import Base
import Events
import Journal
import Ledger

/// A stretch of time that somebody took out of error budgets.
public struct Exclusion: Codable, Sendable, Hashable {
  public let id: ULID
  /// `slo/NAME` or `service/NAME`.
  public let subject: Subject
  public let from: Instant
  public let to: Instant
  public let reason: String
  public let author: Actor
  public let addedAt: Instant

  public var range: Range<Instant> { from..<to }
}

/// The exclusions that are in force.
public struct Exclusions: Fold, Codable {
  public static let name = "exclusions"
  public static let version = 1
  /// The longest one.
  public static let longest = Interval.days(31)
  /// How many an SLO or a service may have.
  public static let most = 200
  /// How long one is kept after its end, so that pages of closed months can show it.
  static let kept = Interval.days(400)

  private var byID = Sharded<ULID, Exclusion>()
  private var bySubject = Sharded<String, [ULID]>()
  /// The sequence of the event that last changed them: what was worked out from them is right until it moves.
  public private(set) var revision: Int64 = 0

  public init() {}

  public mutating func apply(_ event: Event) throws {
    if let added = try event.payload(ExclusionAdded.self) {
      forget(subject: event.subject, before: event.time - Self.kept)
      byID[added.exclusion] = Exclusion(
        id: added.exclusion, subject: event.subject, from: added.from, to: added.to, reason: added.reason,
        author: event.actor, addedAt: event.time)
      bySubject[event.subject.text, default: []].append(added.exclusion)
      revision = event.sequence
    } else if let removed = try event.payload(ExclusionRemoved.self) {
      remove(removed.exclusion)
      revision = event.sequence
    }
  }

  private mutating func forget(subject: Subject, before time: Instant) {
    for id in bySubject[subject.text] ?? [] {
      if let exclusion = byID[id], exclusion.to < time { remove(id) }
    }
  }

  private mutating func remove(_ id: ULID) {
    guard let exclusion = byID.removeValue(forKey: id) else { return }
    bySubject[exclusion.subject.text]?.removeAll { $0 == id }
    if bySubject[exclusion.subject.text]?.isEmpty == true { bySubject[exclusion.subject.text] = nil }
  }

  public var isEmpty: Bool { byID.isEmpty }

  public subscript(id: ULID) -> Exclusion? { byID[id] }

  /// Those of an SLO and of its service, by their start.
  public func of(slo: String, service: String) -> [Exclusion] {
    let ids = (bySubject[Subject("slo", slo).text] ?? []) + (bySubject[Subject("service", service).text] ?? [])
    return ids.compactMap { byID[$0] }.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
  }
}

// MARK: - Commands

extension Exclusions {
  /// Takes a stretch of the past out of the budgets of an SLO or a service. Ones that overlap are allowed: the time
  /// that they share is left out once, and stays out until the last of them is removed.
  ///
  /// - Parameter subject: `slo/NAME` or `service/NAME`.
  public func add(
    _ subject: Subject, from: Instant, to: Instant, reason: String, into emitter: inout Emitter
  ) throws(Refusal) -> ULID {
    guard from < to else { throw Refusal(.invalid, "an exclusion ends after it begins; \(to.rfc3339) is not after it") }
    guard to - from <= Self.longest else {
      throw Refusal(.invalid, "an exclusion lasts 31 days at most; add several, each with its reason")
    }
    guard to <= emitter.now else {
      throw Refusal(
        .invalid, "an exclusion is of what has happened, and \(to.rfc3339) is to come; plan it as a Maintenance")
    }
    guard from >= emitter.now - LedgerLimits.longestPeriod else {
      throw Refusal(.invalid, "an exclusion begins within the last 90 days; budgets reach back no further")
    }
    guard !reason.isEmpty, reason.utf8.count <= 1_000 else {
      throw Refusal(.invalid, "an exclusion has a reason of 1 to 1,000 bytes; say what happened and who agreed")
    }
    let own = (bySubject[subject.text] ?? []).compactMap { byID[$0] }
    if let around = own.first(where: { $0.from <= from && to <= $0.to }) {
      throw Refusal(.conflict, "exclusion \(around.id) by \(around.author.text) leaves that time out already")
    }
    guard own.count < Self.most else {
      throw Refusal(.conflict, "\(subject.text) has \(Self.most) exclusions; remove some that are no longer needed")
    }
    let id = emitter.newID()
    emitter.emit(ExclusionAdded(exclusion: id, from: from, to: to, reason: reason), on: subject)
    return id
  }

  /// Counts again what an exclusion left out.
  public func remove(_ id: ULID, into emitter: inout Emitter) throws(Refusal) {
    guard let exclusion = byID[id] else { throw Refusal(.notFound, "no exclusion \(id)") }
    emitter.emit(ExclusionRemoved(exclusion: id), on: exclusion.subject)
  }
}

extension Sequence<Range<Instant>> {
  /// The same times in order and without overlaps.
  public func merged() -> [Range<Instant>] {
    var result: [Range<Instant>] = []
    for range in filter({ !$0.isEmpty }).sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) })
    {
      if let last = result.last, range.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}
