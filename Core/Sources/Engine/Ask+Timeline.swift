import Base
import Events
import Incidents
import Journal

extension Ask where Reply == Void {
  /// Corrects or hides an entry of an incident's timeline; `Timelines.amend` says how.
  ///
  /// - Parameter entry: the sequence of an event that the incident's timeline shows.
  public static func amendTimeline(
    _ id: ULID, entry: Int64, text: String?, hidden: Bool, by actor: Actor
  ) -> Ask {
    Ask("timeline amend", by: actor) { state, _, emitter in
      let incident = try state.incident(id)
      let update = incident.updates.first { $0.sequence == entry }
      try state.timelines.amend(
        incident, entry: entry, text: text, hidden: hidden, isPublished: update?.audience == .external, by: actor,
        into: &emitter)
    }
  }

  /// Keeps a graph in an incident's timeline as it is now.
  public static func pinGraph(_ graph: IncidentGraphPinned, in id: ULID, by actor: Actor) -> Ask {
    Ask("graph pin", by: actor) { state, _, emitter in
      try state.timelines.pin(graph, in: try state.incident(id), into: &emitter)
    }
  }
}

extension State {
  fileprivate func incident(_ id: ULID) throws(Refusal) -> Incident {
    guard let incident = incidents.incidents[id] else { throw Refusal(.notFound, "no incident \(id)") }
    return incident
  }
}
