import ArgumentParser
import Base
import Foundation
import Outbound

extension RunbookVerb {
  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a runbook, or say what a run would do.",
      discussion: """
        EXAMPLE
          mainstay runbook run playback-errors --dry-run
          mainstay runbook run scale-out --input COUNT=3 --about incident/01JD… --follow

        With --follow the output is shown as it comes, until the run ends or waits for a person; exits with 1 where it
        did not complete. A secret input is read from the environment: --input KEY alone takes $KEY.
        """)

    @Argument(help: "The runbook.") var runbook: String
    @Option(name: .long, help: .init("An input; may be repeated.", valueName: "key=value")) var input: [String] = []
    @Flag(name: .long, help: "Wait before each step until somebody says next.") var step = false
    @Flag(name: .long, help: "Show what would be performed, in which order and environment. Performs nothing.")
    var dryRun = false
    @Flag(name: .long, help: "Show the output as it comes.") var follow = false
    @Option(name: .long, help: "What it is about: alert/ID, incident/ID or service/NAME.") var about: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (name, inputs) = (runbook, try values())
      let body = JSON.sparse([
        ("inputs", inputs), ("mode", .string(step ? "stepwise" : "all")), ("about", about.map(JSON.string)),
      ])
      let verb = dryRun ? "/dry-run" : "/runs"
      try await server.connect { connection in
        let answer = try await connection.api.post(Connection.path(path, name, verb), body)
        if dryRun {
          if output.printed(answer) { return }
          return RunbookVerb.show(plan: answer)
        }
        if !follow {
          if output.printed(answer) { return }
          return print("started \(RunbookVerb.name(answer))")
        }
        Terminal.say("started \(RunbookVerb.name(answer))")
        let ended = try await Follower(connection: connection, id: answer.text("id") ?? "").follow()
        if ended.text("state") == "finished", ended.text("outcome") != "completed" { throw ExitCode(1) }
      }
    }

    private func values() throws -> JSON {
      var object = JSONObject()
      for pair in input {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2 {
          object[parts[0]] = .string(parts[1])
        } else if let value = ProcessInfo.processInfo.environment[pair] {
          object[pair] = .string(value)
        } else {
          throw Failure("--input \(pair): write KEY=VALUE, or set \(pair) in the environment")
        }
      }
      return .object(object)
    }
  }

  static func show(plan: JSON) {
    print("\(Terminal.printable(plan.text("title") ?? "")): nothing was performed")
    let environment = plan["environment"]?.object?.members ?? []
    if !environment.isEmpty {
      print("\nenvironment")
      for variable in environment {
        print("  \(Terminal.printable(variable.key))=\(Terminal.printable(variable.value.string ?? ""))")
      }
    }
    for step in plan["steps"]?.array ?? [] {
      let number = step["index"]?.int.map { String($0 + 1) } ?? ""
      let rules = [
        step.text("risk"), step.text("approve").map { "waits for approval by \($0)" },
        step.text("timeout").map { "at most \($0)" }, step.text("undo").map { "undone by \($0)" },
      ].compactMap { $0 }
      print("\n\(number). \(Terminal.printable(step.text("name") ?? "")) (\(rules.joined(separator: ", ")))")
      for line in (step.text("script") ?? "").split(separator: "\n") { print("     \(Terminal.printable(line))") }
    }
  }

  /// Shows a run as it goes on.
  struct Follower {
    let connection: Connection
    let id: String

    /// Returns when the run has ended or waits for a person.
    func follow() async throws -> JSON {
      var shown: Set<String> = []
      while true {
        let run = try await connection.api.get(Connection.path(runsPath, id))
        for step in run["steps"]?.array ?? [] { try await show(step, &shown) }
        let isOver = run.text("state") == "finished"
        if isOver || run["waitsFor"] != nil {
          RunbookVerb.sayState(of: run)
          return run
        }
        try await Task.sleep(nanoseconds: 500_000_000)
      }
    }

    private func show(_ step: JSON, _ shown: inout Set<String>) async throws {
      let (index, attempt) = (step["index"]?.int ?? 0, step["attempt"]?.int ?? 0)
      let undo = step.text("state")?.hasPrefix("und") == true
      let kept = step[undo ? "undoOutputAttempt" : "outputAttempt"]?.int
      guard step["performing"]?.bool == true || kept == attempt, shown.insert("\(index) \(attempt) \(undo)").inserted
      else { return }
      Terminal.say("-- \(Terminal.printable(step.text("name") ?? ""))\(undo ? ", undoing" : "")")
      let path = Connection.path(runsPath, id, "/steps/\(index)/output")
      let query = [("attempt", String(attempt)), ("undo", undo ? "1" : nil), ("follow", "1")]
      do {
        for try await line in try await connection.api.followLines(path, query: query) {
          Terminal.say(Terminal.printable(line))
        }
      } catch let error as APIError where error.status == 404 {
        // It printed nothing.
      }
    }
  }

  /// In which state a run is, and what it waits for.
  static func sayState(of run: JSON) {
    if let waits = run["waitsFor"], let kind = waits.text("kind") {
      let step = Terminal.printable(waits.text("step") ?? "")
      let command =
        switch kind {
        case "approval": "mainstay runbook approve \(run.text("id") ?? "")"
        case "answer": "mainstay runbook answer \(run.text("id") ?? "") VALUE"
        default: "mainstay runbook next \(run.text("id") ?? "")"
        }
      print("\(step) waits for \(kind == "release" ? "the next step to be let go" : "an \(kind)"): \(command)")
    } else {
      let reason = run.text("reason").map { ": \(Terminal.printable($0))" } ?? ""
      print("\(name(run)) \(Words.state(run.text("outcome") ?? run.text("state")) ?? "")\(reason)")
    }
  }

  struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs, newest first.",
      discussion: """
        EXAMPLE
          mainstay runbook runs --state waiting
          mainstay runbook runs --runbook playback-errors
        """)

    @Option(name: .long, help: "Only of this runbook.") var runbook: String?
    @Option(name: .long, help: "going, waiting or finished; all by default.") var state: String?
    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(runsPath, query: [("runbook", runbook), ("state", state)], limit: limit.count)
      }
      if output.printed(.list(items)) { return }
      var table = Table(
        ("ID", .left), ("RUNBOOK", .left), ("STATE", .left), ("WAITS FOR", .left), ("STARTED", .left), ("BY", .left))
      for item in items {
        let waits = item["waitsFor"].map { "\($0.text("kind") ?? "") of \($0.text("step") ?? "")" }
        table.add(
          .init(item.text("id")), .init(item.text("runbook")),
          .init(Words.state(item.text("outcome") ?? item.text("state"))), .init(waits ?? ""),
          .init(Words.time(item.time("startedAt"), now: Clock.now())), .init(item.text("startedBy")))
      }
      table.show(empty: "no runs")
    }
  }

  struct ShowRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show-run", abstract: "One run: its steps, and what it waits for.",
      discussion: """
        EXAMPLE
          mainstay runbook show-run 01JD3Y5Q6R7S8T9V0W1X2Y3Z4A
          mainstay runbook show-run X2Y3Z4A --follow
        """)

    @Argument(help: "Its id.") var run: String
    @Flag(name: .long, help: "Show the output of its steps as it comes.") var follow = false
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let text = run
      try await server.connect { connection in
        let id = try await RunbookVerb.id(text, connection)
        if follow {
          _ = try await Follower(connection: connection, id: id).follow()
          return
        }
        let run = try await connection.api.get(Connection.path(runsPath, id))
        if output.printed(run) { return }
        Details.show([
          ("run", run.text("id")), ("runbook", run.text("runbook")), ("about", run.text("about")),
          ("state", Words.state(run.text("outcome") ?? run.text("state"))), ("reason", run.text("reason")),
          ("started", Words.time(run.time("startedAt"), now: Clock.now(), wide: true)), ("by", run.text("startedBy")),
          ("definitions", run.text("commit")),
        ])
        print()
        RunbookVerb.show(steps: run["steps"]?.array ?? [])
        if run["waitsFor"] != nil { RunbookVerb.sayState(of: run) }
      }
    }
  }
}
