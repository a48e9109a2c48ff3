import Base
import Journal
import OnCall

extension Ask where Reply == Void {
  /// Ends the link of a calendar feed, of `schedule/NAME` or `user/NAME`; the next one is another.
  public static func revokeCalendarFeed(of subject: Subject, by actor: Actor) -> Ask {
    Ask("feed revoke", by: actor) { state, _, emitter in state.calendarFeeds.revoke(subject, into: &emitter) }
  }
}
