import App
import ArgumentParser
import Base
import Foundation

/// `mainstay route`.
struct RouteVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "route", abstract: "Which route an event takes, and why.",
    discussion: """
      EXAMPLE
        mainstay route explain event.json --definitions definitions
      """,
    subcommands: [Explain.self])

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What would become of an event; nothing is fired and no server is needed.",
      discussion: """
        The event is the JSON that a system sends: alerts as Prometheus posts them, an event of PagerDuty's API, a
        webhook of Alertmanager or Grafana. A mapped webhook is read for the Integration that maps it.

        EXAMPLE
          mainstay route explain event.json --definitions definitions
          mainstay route explain check.json --integration checks --definitions definitions --format json
        """)

    @Argument(help: .init("The event; - reads standard input.", valueName: "file")) var event: String
    @Option(name: .long, help: .init("The directory of definitions.", valueName: "dir")) var definitions: String
    @Option(name: .long, help: .init("As if it came by this Integration.", valueName: "name")) var integration: String?
    @OptionGroup var output: FormatOptions

    func run() async throws {
      let bytes: [UInt8]
      if event == "-" {
        bytes = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
      } else {
        guard let found = FileManager.default.contents(atPath: event) else {
          throw Failure("\(event) cannot be read; name a file with the event's JSON")
        }
        bytes = [UInt8](found)
      }
      let answers: [RouteAnswer]
      do {
        answers = try RouteAnswer.explain(bytes, integration: integration, definitions: definitions, now: Clock.now())
      } catch {
        throw Failure(error.text, code: 1)
      }
      if output.printed(["items": .array(answers.map(\.json))]) { return }
      for answer in answers { print(answer.text) }
    }
  }
}
