import ArgumentParser
import Base
import Definitions
import Outbound
import Wire

/// The kill switch, health, and a check that needs no server.
extension RunbookVerb {
  static let automationPath = "/api/v1/automation"

  struct StopAutomation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stop-automation",
      abstract: "Stop all automation at once: nothing further is begun, what runs is killed.",
      discussion: """
        EXAMPLE
          mainstay runbook stop-automation --reason "it drains the wrong nodes"
        """)

    @Option(name: .long, help: "Why; everybody sees it.") var reason: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let body: JSON = ["reason": .string(reason)]
      let answer = try await server.connect { try await $0.api.post("\(automationPath)/stop", body) }
      if output.printed(answer) { return }
      print("all automation is stopped; go on with: mainstay runbook resume-automation")
    }
  }

  struct ResumeAutomation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "resume-automation", abstract: "Let automation go on; it takes an editor.",
      discussion: """
        EXAMPLE
          mainstay runbook resume-automation
        """)

    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let answer = try await server.connect { try await $0.api.post("\(automationPath)/resume", [:]) }
      if output.printed(answer) { return }
      print("automation goes on")
    }
  }

  struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Which runbooks fail or were never run, which steps always need a hand, and where one is missing.",
      discussion: """
        EXAMPLE
          mainstay runbook health

        Exits with 1 where a runbook fails or is missing, so that a pipeline notices before people do.
        """)

    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let health = try await server.connect { try await $0.api.get("/api/v1/runbook-health") }
      let problems = health["problems"]?.array ?? []
      if !output.printed(health) {
        print(Terminal.printable(health.text("summary") ?? ""))
        if !problems.isEmpty {
          var table = Table(("PROBLEM", .left), ("OF", .left), ("DETAIL", .left))
          for problem in problems {
            table.add(.init(problem.text("kind")), .init(problem.text("subject")), .init(problem.text("detail")))
          }
          print()
          table.show(empty: "")
        }
      }
      if health["healthy"]?.bool != true { throw ExitCode(1) }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check one runbook without a server, and show its steps in order.",
      discussion: """
        EXAMPLE
          mainstay runbook check runbooks/playback-errors.md

        Prints `file:line:col: message` for each finding and exits 1 if any is an error.
        """)

    @Argument(help: "The Markdown file.") var file: String
    @OptionGroup var output: FormatOptions

    func run() throws {
      let result = DefinitionsLoader().check(file)
      for diagnostic in result.diagnostics where output.format == .text {
        print(Terminal.printable(diagnostic.description))
      }
      try RunbookCheck(file: file, result: result).show(output)
    }
  }
}
