import ArgumentParser
import Base
import Outbound

/// `mainstay incident timeline`.
struct IncidentTimelineVerb: AsyncParsableCommand {
  enum Form: String, ExpressibleByArgument, CaseIterable { case text, md, json }

  static let configuration = CommandConfiguration(
    commandName: "timeline", abstract: "Everything the journal knows of an incident, oldest first.",
    discussion: """
      EXAMPLE
        mainstay incident timeline 12 --format md > incident-12.md
      """)

  @Argument(help: "Its number or id.") var incident: String
  @Option(name: .long, help: "text, md or json.") var format: Form = .text
  @OptionGroup var server: ServerOptions

  func run() async throws {
    let reference = incident
    let (form, path) = (format, IncidentVerb.path)
    let text: String = try await server.connect { connection in
      let id = try await IncidentVerb.id(reference, connection)
      if form == .md { return try await connection.api.getText(Connection.path(path, id, "/timeline.md")) }
      let document = try await connection.api.get(Connection.path(path, id, "/timeline.json"))
      if form == .json { return document.prettyText + "\n" }
      let table = Self.table(document)
      return table.joined(separator: "\n") + "\n"
    }
    print(text, terminator: "")
  }

  private static func table(_ document: JSON) -> [String] {
    var table = Table(("TIME", .left), ("KIND", .left), ("ACTOR", .left), ("WHAT", .left))
    for entry in document["entries"]?.array ?? [] {
      table.add(
        .init(entry.time("at").map(Words.stamp)), .init(entry.text("kind")), .init(entry.text("actor")),
        .init(entry.text("text")))
    }
    return table.lines(width: Terminal.isInteractive ? Terminal.width : nil, colour: Terminal.hasColour)
  }
}
