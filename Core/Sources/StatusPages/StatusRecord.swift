import Base
import Events

/// What a status page may need of one incident. It holds no title but the one for the public, no name of a person and
/// nothing that was written for those inside.
public struct StatusRecord: Codable, Sendable, Equatable {
  /// Something written for the public.
  public struct Update: Codable, Sendable, Equatable {
    /// Of its event: an amendment names it.
    public var sequence: Int64
    public var at: Instant
    public var phase: StatusPhase
    public var text: String
    /// What the incident is called from then on.
    public var title: String?
    /// When its text was last corrected.
    public var amendedAt: Instant?
    public var isHidden: Bool

    public init(
      sequence: Int64, at: Instant, phase: StatusPhase, text: String, title: String? = nil, amendedAt: Instant? = nil,
      isHidden: Bool = false
    ) {
      self.title = title
      self.sequence = sequence
      self.at = at
      self.phase = phase
      self.text = text
      self.amendedAt = amendedAt
      self.isHidden = isHidden
    }
  }

  /// From when on which severity held; `nil` once the effect on users was over.
  public struct Effect: Codable, Sendable, Equatable {
    public var at: Instant
    public var severity: IncidentSeverity?

    public init(at: Instant, severity: IncidentSeverity?) {
      self.at = at
      self.severity = severity
    }
  }

  public var number: Int
  public var openedAt: Instant
  public var services: [String]
  public var effects: [Effect]
  public var updates: [Update] = []
  public var phase = StatusPhase.investigating
  public var resolvedAt: Instant?
  /// Only named people may know of it.
  public var isPrivate: Bool
  /// The number of the one in which it goes on.
  public var mergedInto: Int?
  /// The numbers of those that go on in this one.
  public var merged: [Int] = []

  public init(number: Int, openedAt: Instant, services: [String], severity: IncidentSeverity, isPrivate: Bool = false) {
    self.number = number
    self.openedAt = openedAt
    self.services = services
    self.isPrivate = isPrivate
    effects = [Effect(at: openedAt, severity: severity)]
  }

  /// What may be read.
  public var shownUpdates: [Update] { updates.filter { !$0.isHidden } }

  /// The title that was written for the public last.
  public var title: String? { shownUpdates.last { $0.title != nil }?.title }

  /// Whether it ever had one of some severities.
  func had(_ severities: Set<IncidentSeverity>) -> Bool {
    effects.contains { $0.severity.map(severities.contains) ?? false }
  }

  /// The stretches in which users felt it, in order.
  ///
  /// - Parameter severities: those that the public hears of.
  func stretches(of severities: Set<IncidentSeverity>, until now: Instant) -> [(
    range: Range<Instant>, state: ComponentState
  )] {
    var found: [(range: Range<Instant>, state: ComponentState)] = []
    for (index, effect) in effects.enumerated() {
      let end = index + 1 < effects.count ? effects[index + 1].at : resolvedAt ?? now
      guard let severity = effect.severity, severities.contains(severity), effect.at < end else { continue }
      found.append((effect.at..<end, ComponentState(severity)))
    }
    return found
  }
}
