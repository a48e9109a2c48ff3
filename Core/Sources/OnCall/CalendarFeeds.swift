import Base
import Events
import Journal

/// Which links of calendar feeds are still good. Each schedule and each person has one link at a time, made of a
/// generation that its signature covers; revoking it begins the next generation, and links of earlier ones end.
public struct CalendarFeeds: Fold, Codable {
  public static let name = "calendarFeeds"
  public static let version = 1

  /// By subject, `schedule/NAME` or `user/NAME`; 0 where there is none.
  private var generations = Sharded<String, Int>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard let revoked = try event.payload(CalendarFeedRevoked.self) else { return }
    generations[event.subject.text] = revoked.generation + 1
  }

  /// The generation whose link is good.
  public func generation(of subject: Subject) -> Int { generations[subject.text] ?? 0 }

  /// Ends the link of a feed; the next one is another.
  public func revoke(_ subject: Subject, into emitter: inout Emitter) {
    emitter.emit(CalendarFeedRevoked(generation: generation(of: subject)), on: subject)
  }
}
