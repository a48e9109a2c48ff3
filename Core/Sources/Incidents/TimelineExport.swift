import Base
import Events
import Journal

/// A timeline as a document: times in UTC, in order of the events, each with a link to its event.
public enum TimelineExport {
  /// A heading and a list of entries; hidden ones are left out, corrected ones say so.
  ///
  /// - Parameter base: what links begin with: `https://mainstay.example.com`.
  public static func markdown(_ incident: Incident, _ entries: [TimelineEntry], isCut: Bool, base: String) -> String {
    var text = "# Timeline of incident \(incident.number): \(escaped(incident.title))\n\n"
    text += "\(incident.severity.rawValue), \(incident.phase.rawValue). Began \(stamp(incident.beganAt))"
    text += incident.resolvedAt.map { ", resolved \(stamp($0))" } ?? ""
    text += ". Times are in UTC.\n\n"
    for entry in entries where !entry.isHidden {
      text += "- [\(stamp(entry.at))](\(base)/journal?at=\(entry.sequence)) **\(entry.kind.rawValue)** "
      text += "\(escaped(entry.actor.text)): "
      text += entry.corrected.map { indented(escaped($0)) } ?? escaped(entry.text)
      if let amendment = entry.amendments.last(where: { $0.text != nil }) {
        text += " _(corrected by \(escaped(amendment.actor.text)), \(stamp(amendment.at)))_"
      } else if let body = entry.body {
        text += "\n\n" + quoted(body, isCode: entry.kind == .evidence) + "\n"
      }
      text += entry.graph.map { "\n\n" + table($0) } ?? ""
      text += "\n"
    }
    if isCut { text += "\n_The timeline goes on; the journal has the rest._\n" }
    return text
  }

  /// One entry as JSON.
  public static func json(_ entry: TimelineEntry, base: String) -> JSON {
    let amendments = entry.amendments.map { amendment in
      object([
        ("at", .string(stamp(amendment.at))), ("actor", .string(amendment.actor.text)),
        ("text", amendment.text.map { .string($0) }), ("hidden", .bool(amendment.hidden)),
        ("event", .string("\(base)/journal?at=\(amendment.sequence)")),
      ])
    }
    return object([
      ("sequence", .int(entry.sequence)), ("at", .string(entry.at.rfc3339)), ("kind", .string(entry.kind.rawValue)),
      ("type", .string(entry.type.text)), ("actor", .string(entry.actor.text)),
      ("subject", .string(entry.subject.text)), ("text", .string(entry.shown)),
      ("original", entry.corrected == nil ? nil : .string(entry.body ?? entry.text)),
      ("hidden", entry.isHidden ? .bool(true) : nil), ("link", entry.link.map { .string($0) }),
      ("graph", entry.graph.flatMap { try? JSON(encoding: $0) }),
      ("amendments", amendments.isEmpty ? nil : .array(amendments)),
      ("event", .string("\(base)/journal?at=\(entry.sequence)")),
    ])
  }

  /// The whole timeline as one document.
  public static func json(_ incident: Incident, _ entries: [TimelineEntry], isCut: Bool, base: String) -> JSON {
    object([
      ("incident", .string(incident.id.description)), ("number", .int(Int64(incident.number))),
      ("title", .string(incident.title)), ("severity", .string(incident.severity.rawValue)),
      ("beganAt", .string(incident.beganAt.rfc3339)),
      ("resolvedAt", incident.resolvedAt.map { .string($0.rfc3339) }), ("truncated", .bool(isCut)),
      ("entries", .array(entries.filter { !$0.isHidden }.map { json($0, base: base) })),
    ])
  }

  private static func object(_ members: [(String, JSON?)]) -> JSON {
    .object(JSONObject(members.compactMap { key, value in value.map { .init(key: key, value: $0) } }))
  }

  private static func stamp(_ instant: Instant) -> String { instant.floored(to: .seconds(1)).rfc3339 }

  // MARK: Markdown

  /// A text in which no sign means anything: one that people wrote cannot become a link, an image or a tag.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "<", ">", "#", "|", "!", "&", "~":
        result += "\\"
        result.unicodeScalars.append(scalar)
      case "\r": continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Further lines stay in the list's item.
  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
  }

  private static func quoted(_ text: String, isCode: Bool) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // An indented block ends nowhere but at its indentation, whatever it says.
    return lines.map { isCode ? "      \($0)" : "  > \(escaped(String($0)))" }.joined(separator: "\n")
  }

  private static func table(_ graph: IncidentGraphPinned) -> String {
    let names = graph.series.map { escaped($0.name) }
    var rows = ["| time | \(names.joined(separator: " | ")) |", "|---|" + names.map { _ in "---:|" }.joined()]
    var byTime: [Instant: [Int: Double]] = [:]
    for (index, series) in graph.series.enumerated() {
      for point in series.points { byTime[point.at, default: [:]][index] = point.value }
    }
    for time in byTime.keys.sorted() {
      let cells = graph.series.indices.map { index in
        byTime[time]?[index].map { "\(Double(Int64(max(-9e12, min(9e12, $0 * 1_000)).rounded())) / 1_000)" } ?? "–"
      }
      rows.append("| \(stamp(time)) | \(cells.joined(separator: " | ")) |")
    }
    return rows.map { "  \($0)" }.joined(separator: "\n") + "\n  (\(escaped(graph.unit)))\n"
  }
}
