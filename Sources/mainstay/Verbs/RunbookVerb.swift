import ArgumentParser
import Base
import Outbound

/// `mainstay runbook`.
struct RunbookVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runbook", abstract: "See runbooks, run them, approve their steps, stop all automation.",
    discussion: """
      EXAMPLE
        mainstay runbook list --service playback
        mainstay runbook run playback-errors --follow

      A run is named by its id, or by the last characters of it that no other run ends in.
      """,
    subcommands: [
      List.self, Show.self, Run.self, Runs.self, ShowRun.self, Approve.self, Answer.self, Next.self, Cancel.self,
      StopAutomation.self, ResumeAutomation.self, Health.self, Check.self,
    ])

  static let path = "/api/v1/runbooks"
  static let runsPath = "/api/v1/runs"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runbooks by name, with how their runs went.",
      discussion: """
        EXAMPLE
          mainstay runbook list --service playback
        """)

    @Option(name: .long, help: "Only those that fit this service.") var service: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("service", service)], limit: 10_000)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("NAME", .left), ("CLASS", .left), ("SERVICES", .left), ("STEPS", .right), ("LAST RUN", .left),
        ("SUCCESS", .right), ("TITLE", .left))
      for item in items {
        let health = item["health"] ?? .null
        table.add(
          .init(item.text("name")),
          .init((item.text("class") ?? "") + (item.text("state") == "draft" ? ", draft" : "")),
          .init(item["services"]?.array?.compactMap(\.string).joined(separator: ", ")),
          .init(item["stepCount"]?.int.map { String($0) }),
          .init(Words.time(health.time("lastRunAt"), now: Clock.now()) ?? "never"),
          .init(Words.percent(health.number("successShare"), digits: 0)), .init(item.text("title")))
      }
      table.show(empty: "no runbooks; write one as Markdown with front matter and fenced steps")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One runbook: its inputs, its steps in order, and how it went lately.",
      discussion: """
        EXAMPLE
          mainstay runbook show playback-errors
          mainstay runbook show playback-errors --markdown
        """)

    @Argument(help: "Its name.") var runbook: String
    @Flag(name: .long, help: "Print the file as it is written.") var markdown = false
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let name = runbook
      let item = try await server.connect { try await $0.api.get(Connection.path(path, name)) }
      if output.printed(item) { return }
      if markdown {
        for line in (item.text("markdown") ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
          print(Terminal.printable(line))
        }
        return
      }
      let health = item["health"] ?? .null
      Details.show([
        ("runbook", item.text("name")), ("title", item.text("title")), ("class", item.text("class")),
        ("state", item.text("state")), ("owner", item.text("owner")),
        ("services", item["services"]?.array?.compactMap(\.string).joined(separator: ", ")),
        ("defined in", item.text("place")),
        ("last run", Words.time(health.time("lastRunAt"), now: Clock.now(), wide: true) ?? "never"),
        ("success", Words.percent(health.number("successShare"), digits: 0)),
      ])
      RunbookVerb.show(inputs: item["inputs"]?.array ?? [])
      print()
      RunbookVerb.show(steps: item["steps"]?.array ?? [])
    }
  }

  static func show(inputs: [JSON]) {
    guard !inputs.isEmpty else { return }
    var table = Table(("INPUT", .left), ("TYPE", .left), ("NEEDED", .left), ("DEFAULT", .left), ("ABOUT", .left))
    for input in inputs {
      let options = input["options"]?.array?.compactMap(\.string) ?? []
      table.add(
        .init(input.text("name")), .init(input.text("type")),
        .init(input["required"]?.bool == true ? "yes" : "no"), .init(input.text("default")),
        .init(
          [input.text("description"), options.isEmpty ? nil : "one of " + options.joined(separator: ", ")]
            .compactMap { $0 }.joined(separator: "; ")))
    }
    print()
    table.show(empty: "")
  }

  /// Steps in the order in which they are performed, as defined or as they went.
  static func show(steps: [JSON]) {
    var table = Table(
      ("STEP", .right), ("NAME", .left), ("KIND", .left), ("RISK", .left), ("STATE", .left), ("TOOK", .left),
      ("DETAIL", .left))
    for step in steps {
      let length = step.time("startedAt").flatMap { start in step.time("finishedAt").map { Words.length($0 - start) } }
      let rules = [
        step.text("approve").map { "approval \($0)" }, step.text("timeout").map { "at most \($0)" },
        step.text("undo").map { "undone by \($0)" }, step["always"]?.bool == true ? "always" : nil,
      ].compactMap { $0 }
      table.add(
        .init(step["index"]?.int.map { String($0 + 1) }), .init(step.text("name")), .init(step.text("kind")),
        .init(step.text("risk")), .init(Words.state(step.text("state"))), .init(length),
        .init(step.text("detail") ?? rules.joined(separator: ", ")))
    }
    table.show(empty: "no steps: a page to read")
  }

  /// The whole id behind the end of one; whole ids are taken as they are.
  static func id(_ text: String, _ connection: Connection) async throws -> String {
    if text.count == 26 { return text }
    guard text.count >= 4 else { throw Failure("'\(text)' is too short for a run; give at least four characters") }
    let found = try await connection.items(runsPath, limit: 2_000).compactMap { $0.text("id") }
      .filter { $0.hasSuffix(text.uppercased()) }
    guard found.count < 2 else { throw Failure("\(found.count) runs end in \(text); give more of the id", code: 1) }
    guard let id = found.first else { throw Failure("no run ends in \(text)", code: 1) }
    return id
  }

  static func name(_ run: JSON) -> String {
    "run \(run.text("id") ?? "") of \(Terminal.printable(run.text("runbook") ?? ""))"
  }
}
