import Base

extension StatusSite {
  /// The page for programs; docs/status-pages.md describes its members.
  func json(_ stamp: StatusPageStamp) -> String {
    let document: JSON = [
      "page": Self.object([
        ("name", .string(title)), ("url", .string(url)), ("asOf", Self.time(stamp.instant)),
        ("recordedSince", Self.time(since)),
      ]),
      "status": ["state": .string(state.rawValue), "description": .string(headline)],
      "components": .array(components.map { Self.component($0) }),
      "incidents": .array(incidents.map { incident($0) }),
      "maintenance": .array(
        maintenance.map { window in
          Self.object([
            ("components", .array(window.components.map { .string($0) })), ("from", Self.time(window.from)),
            ("to", Self.time(window.to)), ("announcement", window.announcement.map { .string($0) }),
          ])
        }),
    ]
    return document.prettyText + "\n"
  }

  private static func component(_ component: Component) -> JSON {
    let days = component.days.compactMap { day -> JSON? in
      guard let worst = day.worst, worst > .maintenance else { return nil }
      return [
        "date": .string(day.date.description), "worst": .string(worst.rawValue),
        "downSeconds": .int(Int64(day.down.seconds)),
      ]
    }
    return object([
      ("name", .string(component.name)), ("description", component.description.map { .string($0) }),
      ("state", .string(component.state.rawValue)), ("uptime", component.uptime.map { .double($0) }),
      (
        "attainment",
        component.attainment.map {
          [
            "share": .double($0.share), "target": .double($0.target),
            "windowSeconds": .int(Int64($0.window.seconds)),
          ]
        }
      ), ("troubledDays", .array(days)),
    ])
  }

  private func incident(_ incident: Incident) -> JSON {
    Self.object([
      ("number", .int(Int64(incident.number))), ("title", .string(incident.title)),
      ("url", .string("\(url)/incidents/\(incident.number).html")), ("impact", .string(incident.worst.rawValue)),
      ("phase", .string(incident.phase.rawValue)), ("components", .array(incident.components.map { .string($0) })),
      ("startedAt", Self.time(incident.startedAt)), ("resolvedAt", incident.resolvedAt.map(Self.time)),
      ("mergedInto", incident.mergedInto.map { .int(Int64($0)) }),
      (
        "updates",
        .array(
          incident.updates.map { update in
            Self.object([
              ("at", Self.time(update.at)), ("phase", .string(update.phase.rawValue)),
              ("text", .string(update.text)), ("correctedAt", update.amendedAt.map(Self.time)),
            ])
          })
      ),
    ])
  }

  private static func time(_ instant: Instant) -> JSON { .string(StatusWords.stamp(instant)) }

  private static func object(_ members: [(String, JSON?)]) -> JSON {
    .object(JSONObject(members.compactMap { key, value in value.map { .init(key: key, value: $0) } }))
  }
}
