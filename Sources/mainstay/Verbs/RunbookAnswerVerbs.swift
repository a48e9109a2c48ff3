import ArgumentParser
import Base
import Outbound

/// What a run waits for from a person.
extension RunbookVerb {
  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approve the step that a run waits at; shows what is approved first.",
      discussion: """
        EXAMPLE
          mainstay runbook approve X2Y3Z4A
          mainstay runbook approve X2Y3Z4A --hash 5f1d0a77…

        The approval is bound to the script, its inputs, its environment, its target and the definitions. Without
        --hash this shows them and approves nothing; give the hash that it shows to approve exactly that.
        """)

    @Argument(help: "The run.") var run: String
    @Option(name: .long, help: "The hash of what is approved, or its first eight characters or more.") var hash: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (text, given) = (run, hash)
      try await server.connect { connection in
        let id = try await RunbookVerb.id(text, connection)
        let run = try await connection.api.get(Connection.path(runsPath, id))
        let waits = try RunbookVerb.waiting(run, for: "approval")
        guard let given else {
          if output.printed(waits) { return }
          return Self.show(waits, of: run)
        }
        let whole = waits.text("hash") ?? ""
        guard given.count >= 8, whole.hasPrefix(given.lowercased()) else {
          throw Failure("what waits for approval has the hash \(whole), not \(given); look at it again", code: 1)
        }
        let answer = try await connection.api.post(
          Connection.path(runsPath, id, "/steps/\(waits["index"]?.int ?? 0)/approve"), ["hash": .string(whole)])
        if output.printed(answer) { return }
        print("approved \(Terminal.printable(waits.text("step") ?? "")) in \(RunbookVerb.name(answer))")
      }
    }

    private static func show(_ waits: JSON, of run: JSON) {
      let approvals = waits["approvals"]?.array?.compactMap { $0.text("by") } ?? []
      Details.show([
        ("step", waits.text("step")), ("risk", waits.text("risk")), ("asked by", run.text("startedBy")),
        ("about", run.text("about")), ("needs", waits.text("approve")),
        ("has", approvals.isEmpty ? "nobody yet" : approvals.joined(separator: ", ")),
        ("expires", Words.time(waits.time("expires"), now: Clock.now(), wide: true)), ("hash", waits.text("hash")),
      ])
      print()
      for variable in run["inputs"]?.object?.members ?? [] {
        print("\(Terminal.printable(variable.key))=\(Terminal.printable(variable.value.string ?? ""))")
      }
      for (name, text) in [
        (nil, waits.text("script")), ("checked by", waits.text("check")), ("undone by", waits.text("undo")),
      ] {
        if let name, text != nil { print("\(name)") }
        for line in (text ?? "").split(separator: "\n") { print("    \(Terminal.printable(line))") }
      }
      print(
        "\napprove exactly this: mainstay runbook approve \(run.text("id") ?? "") --hash \(waits.text("hash") ?? "")")
    }
  }

  /// What a run waits for, where it is of that kind.
  static func waiting(_ run: JSON, for kind: String) throws -> JSON {
    if let waits = run["waitsFor"], waits.text("kind") == kind { return waits }
    let instead = run["waitsFor"]?.text("kind").map { "it waits for \($0 == "release" ? "the next step" : $0)" }
    throw Failure(
      "\(name(run)) waits for no \(kind): \(instead ?? "it is \(Words.state(run.text("state")) ?? "")")", code: 1)
  }

  /// Posts to the step that a run waits at.
  static func act(
    _ text: String, waitingFor kind: String, _ verb: String, _ body: JSON, on server: ServerOptions
  ) async throws -> JSON {
    try await server.connect { connection in
      let id = try await id(text, connection)
      let waits = try waiting(try await connection.api.get(Connection.path(runsPath, id)), for: kind)
      return try await connection.api.post(
        Connection.path(runsPath, id, "/steps/\(waits["index"]?.int ?? 0)/\(verb)"), body)
    }
  }

  struct Answer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer what a run asks.",
      discussion: """
        EXAMPLE
          mainstay runbook answer X2Y3Z4A yes
        """)

    @Argument(help: "The run.") var run: String
    @Argument(help: "The answer.") var answer: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await RunbookVerb.act(
        run, waitingFor: "answer", "answer", ["answer": .string(answer)], on: server)
      if output.printed(changed) { return }
      print("answered \(RunbookVerb.name(changed))")
    }
  }

  struct Next: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a run that goes step by step perform its next step.",
      discussion: """
        EXAMPLE
          mainstay runbook next X2Y3Z4A
        """)

    @Argument(help: "The run.") var run: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let changed = try await RunbookVerb.act(run, waitingFor: "release", "release", [:], on: server)
      if output.printed(changed) { return }
      print("the next step of \(RunbookVerb.name(changed)) goes on")
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop a run: what it did is undone where its steps say how.",
      discussion: """
        EXAMPLE
          mainstay runbook cancel X2Y3Z4A --reason "the wrong region"
        """)

    @Argument(help: "The run.") var run: String
    @Option(name: .long, help: "Why.") var reason: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (text, body) = (run, JSON.sparse([("reason", reason.map(JSON.string))]))
      let changed = try await server.connect { connection in
        let id = try await RunbookVerb.id(text, connection)
        return try await connection.api.post(Connection.path(runsPath, id, "/cancel"), body)
      }
      if output.printed(changed) { return }
      print("stopping \(RunbookVerb.name(changed))")
    }
  }
}
