import Base
import Incidents
import Journal
import Outbox
import Procedures
import Reviews
import Runbooks

extension State {
  /// The state as somebody may see it: without the private incidents that they do not belong to, and without what
  /// follows from those: reviews, runs, messages. Everything that shows state to people reads this; nothing decides on
  /// it.
  public func seen(by viewer: Viewer) -> State {
    let hidden = incidents.privacy.hidden(from: viewer)
    if hidden.isEmpty { return self }
    var state = self
    if !Canary.omits(.privateIncidents) { state.incidents.hide(hidden) }
    for id in hidden {
      state.reviews.hide(id)
      state.outbox.hide(Subject("incident", id))
      state.outbox.hide(Subject("review", id))
      state.actions.hide(review: id)
      for thing in incidents.privacy.belongings(of: id) {
        state.procedures.hide(thing)
        state.runbookRuns.hide(thing)
        state.outbox.hide(Subject("procedure", thing))
      }
    }
    return state
  }
}
