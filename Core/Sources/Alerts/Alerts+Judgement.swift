import Base
import Events
import Journal

extension Alerts {
  /// Ends an alert, with the answer of who ended it to whether there was anything to do.
  public func resolve(
    _ id: ULID, reason: String, actionable: Bool?, into emitter: inout Emitter
  ) throws(Refusal) {
    guard let alert = alerts[id] else { throw Refusal(.notFound, "no alert \(id)") }
    guard alert.isOpen else { throw Refusal(.conflict, "alert \(id) is resolved already: \(alert.resolution ?? "")") }
    emitter.emit(AlertResolved(reason: reason, actionable: actionable), on: alert.subject)
  }
}
