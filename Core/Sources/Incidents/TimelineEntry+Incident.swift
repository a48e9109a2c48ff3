import Base
import Events
import Journal

// The incident's own events.
extension TimelineEntry {
  static let incidentReaders: [Reader] = [
    Reader(IncidentOpened.self) { opened, _ in
      Line(.incident, "incident opened as \(opened.severity.rawValue): \(opened.severityReason)")
    },
    Reader(IncidentJoined.self) { joined, _ in
      Line(.incident, "a further alert belongs to it\(joined.service.map { ", of \($0)" } ?? "")")
    },
    Reader(IncidentAcknowledged.self) { _, _ in Line(.incident, "incident acknowledged") },
    Reader(IncidentSeverityChanged.self) { changed, _ in
      Line(.incident, "severity is now \(changed.severity.rawValue)\(changed.reason.map { ": \($0)" } ?? "")")
    },
    Reader(IncidentMitigated.self) { mitigated, _ in Line(.incident, "mitigated: \(mitigated.reason)") },
    Reader(IncidentResolved.self) { resolved, _ in Line(.incident, "incident resolved: \(resolved.reason)") },
    Reader(IncidentReopened.self) { reopened, _ in Line(.incident, "incident reopened: \(reopened.reason)") },
    Reader(IncidentLinked.self) { link, _ in Line(.incident, "linked \(link.subject.text): \(link.reason)") },
    Reader(IncidentUnlinked.self) { link, _ in Line(.incident, "unlinked \(link.subject.text)") },
    Reader(IncidentMerged.self) { _, _ in Line(.incident, "merged into another incident") },
    Reader(IncidentSplit.self) { split, _ in
      Line(.incident, "split off with \(split.alerts.count) \(split.alerts.count == 1 ? "alert" : "alerts")")
    },
    Reader(IncidentMadePrivate.self) { _, _ in Line(.incident, "made private") },
    Reader(IncidentMadePublic.self) { _, _ in Line(.incident, "made public") },
    Reader(IncidentGraphPinned.self) { graph, _ in
      var line = Line(.evidence, "pinned a graph: \(graph.title)")
      line.graph = graph
      return line
    },
    Reader(IncidentOutputPinned.self) { output, _ in
      var line = Line(.evidence, "step \(output.step) of runbook \(output.runbook) printed", body: output.excerpt)
      line.link = "run/\(output.run)"
      return line
    },
  ]

  static let peopleReaders: [Reader] = [
    Reader(resolved: IncidentNoted.type) { event in
      Line(.note, "wrote a note", body: event.data["text"]?.string ?? Erasable.erasedText)
    },
    Reader(resolved: IncidentUpdated.type) { event in
      let phase = event.data["phase"]?.string.map { ", \($0)" } ?? ""
      return Line(
        .update, "\(event.data["audience"]?.string ?? "internal") update\(phase)",
        body: event.data["message"]?.string ?? event.data["text"]?.string)
    },
    Reader(IncidentUpdateDue.self) { due, _ in
      let who = due.person.map { "\($0) is reminded" } ?? "nobody has a role that would be reminded"
      return Line(.update, "\(due.audience.rawValue) update was due at \(due.due.rfc3339): \(who)")
    },
    Reader(IncidentRoleAssigned.self) { role, _ in Line(.role, "\(role.person) is \(role.role)") },
    Reader(IncidentRoleHandedOver.self) { role, _ in
      Line(.role, "\(role.role) passes from \(role.from) to \(role.to)")
    },
  ]
}
