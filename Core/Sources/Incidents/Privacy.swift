import Base
import Events
import Journal

/// Somebody who asks to see something.
public struct Viewer: Hashable, Sendable {
  public var actor: Actor
  /// Nobody is kept out: the server has no users and tokens and listens to this machine alone, or it is Mainstay
  /// itself that reads.
  public var seesAll: Bool

  public init(_ actor: Actor, seesAll: Bool = false) {
    self.actor = actor
    self.seesAll = seesAll
  }

  /// Mainstay itself.
  public static let system = Viewer(.system("mainstay"), seesAll: true)
  /// Somebody of whom nothing is known.
  public static let nobody = Viewer(Actor("user/"))
}

extension Incident {
  /// Whether somebody may see it: everybody may see one that is not private; a private one is seen by its members, by
  /// those who hold a role in it and by who declared it.
  public func isVisible(to viewer: Viewer) -> Bool {
    guard let members, !viewer.seesAll else { return true }
    return Privacy.names(of: self, members).contains(viewer.actor.text)
  }
}

/// Who sees private incidents. It outlives what is kept of the incidents themselves, because the journal does too.
public struct Privacy: Codable, Sendable {
  /// More than these are refused; a private incident is rare.
  static let max = 10_000

  /// Who may see a private incident: actors.
  private var viewers = Sharded<ULID, [String]>()
  /// The private incident that a run is about.
  private var runs = Sharded<ULID, ULID>()
  private var recentRuns = Recent()
  /// Of runs about incidents that are not private, so many are known.
  static let runsKept = 50_000

  public var isFull: Bool { viewers.count >= Self.max }

  static func names(of incident: Incident, _ members: [String]) -> [String] {
    var names = [incident.openedBy.text]
    for person in members + incident.roles.map(\.person) where !names.contains("user/\(person)") {
      names.append("user/\(person)")
    }
    return names
  }

  mutating func apply(_ event: Event, _ incidents: Sharded<ULID, Incident>) throws {
    if let started = try event.payload(ProcedureStarted.self) {
      guard started.about.kind == "incident", let run = ULID(event.subject.id) else { return }
      runs[run] = ULID(started.about.id)
      if let old = recentRuns.keep(run, limit: Self.runsKept), runs[old].flatMap({ viewers[$0] }) == nil {
        runs[old] = nil
      }
      return
    }
    guard event.subject.kind == "incident", let id = ULID(event.subject.id), let incident = incidents[id] else {
      return
    }
    viewers[id] = incident.members.map { Self.names(of: incident, $0) }
  }

  /// Whether somebody may see what is about an incident, kept here or long gone.
  public func maySee(_ incident: ULID, _ viewer: Viewer) -> Bool {
    viewer.seesAll || viewers[incident]?.contains(viewer.actor.text) ?? true
  }

  /// The incident that a subject belongs to: `incident/ID`, its review, which has the same id, and runs about it.
  public func incident(of subject: Subject) -> ULID? {
    switch subject.kind {
    case "incident", "review": ULID(subject.id)
    case "procedure": ULID(subject.id).flatMap { runs[$0] }
    default: nil
    }
  }

  /// Whether somebody may see events on a subject.
  public func maySee(_ subject: Subject, _ viewer: Viewer) -> Bool {
    viewer.seesAll || incident(of: subject).map { maySee($0, viewer) } ?? true
  }
}
