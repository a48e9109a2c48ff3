import Base
import Definitions
import Testing
import Trees

/// What is said about runbooks that cannot be right, and what is read of those that can.
@Suite struct RunbookReaderTests {
  private typealias Block = (info: String, attributes: [(String, String)])

  private func read(_ matter: String, _ blocks: [Block]) throws -> (runbook: Runbook?, errors: [String]) {
    let draft = RunbookDraft(
      frontMatter: try tree(matter, file: "r.md"), heading: "R",
      blocks: blocks.enumerated().map { index, block in
        Runbook.Block(
          info: block.info, language: block.info,
          attributes: block.attributes.map { .init(key: $0.0, value: $0.1) }, content: "true\n",
          position: Position(file: "r.md", line: 10 + index, column: 1))
      }, source: SourceFile(path: "r.md", text: matter))
    var assembly = Assembly()
    assembly.add(ParsedFile(source: draft.source, runbook: draft))
    let result = assembly.result(references: false)
    return (result.snapshot?.runbooks.first, result.errors.map(\.description))
  }

  private func problem(_ blocks: Block..., matter: String = "{}") throws -> String {
    let errors = try read(matter, blocks).errors
    #expect(errors.count == 1, "\(errors)")
    return errors.first ?? ""
  }

  private func step(_ name: String, _ keys: (String, String)...) -> Block { ("sh", [("name", name)] + keys) }

  @Test func mistakesOfStepsNameTheirPlaceAndRemedy() throws {
    #expect(try problem(step("a", ("x-neds", "b"))) == "r.md:10:1: unknown key x-neds; did you mean `x-needs`?")
    #expect(
      try problem(step("a", ("x-needs", "b")), step("b", ("x-needs", "c")), step("c", ("x-needs", "a")))
        == "r.md:10:1: x-needs goes round in a circle: a → b → c → a")
    #expect(try problem(step("a", ("x-needs", "a"))).contains("x-needs goes round in a circle: a"))
    #expect(
      try problem(step("a", ("x-undo", "b")), step("b", ("x-undo", "c")), step("c"))
        == "r.md:11:1: `b` is an undo and has an undo itself; what fails to be undone needs a person")
    #expect(
      try problem(step("a", ("x-undo", "b")), step("b", ("x-approve", "sre"))).contains("has to run when its step"))
    #expect(
      try problem(step("a", ("x-check", "b")), step("b", ("x-approve", "sre:1")))
        == "r.md:11:1: `b` is a check and needs approval: a check only looks")
    #expect(
      try problem(step("a", ("x-check", "b")), step("b", ("x-risk", "destructive"))).contains("a check only looks"))
    #expect(try problem(step("a", ("x-check", "a"))).contains("its own check"))
    #expect(
      try problem(step("a", ("x-undo", "b")), step("b"), step("c", ("x-needs", "b")))
        == "r.md:12:1: x-needs names `b`, which is the undo of `a` and no step of its own")
    #expect(try problem(step("a", ("x-always", "true"), ("x-approve", "sre"))).contains("runs whatever happened"))
    #expect(try problem(step("a", ("x-risk", "destructiv"))).contains("did you mean `destructive`?"))
    for (key, value) in [
      ("x-timeout", "never"), ("x-timeout", "0s"), ("x-timeout", "25h"), ("x-retry", "-1"), ("x-retry", "many"),
      ("x-approve", ":2"), ("x-approve", "sre:0"), ("x-approve", "sre:2:3"), ("x-always", "yes"), ("x-repeat", "maybe"),
      ("x-secrets", "A B"), ("x-secrets", "LD_PRELOAD"),
    ] {
      #expect(try problem(step("a", (key, value))).hasPrefix("r.md:10:1: \(key) \"\(value)\""))
    }
    #expect(try problem(("yaml", [("name", "a"), ("x-risk", "reversible")])).contains("only shown"))
    #expect(try problem(("sh", [("x-risk", "reversible")])).contains("has no name"))
    #expect(try problem(step("a", ("x-needs", "b")), ("yaml", [("name", "b")])).contains("only shown"))
    #expect(try problem(step("a,b", ("x-timeout", "1m"))).contains("without a comma"))
    #expect(
      try problem(step("a", ("x-risk", "destructive")), matter: #"{"class": "diagnostic"}"#).contains("only looks"))
  }

  @Test func mistakesOfTheFrontMatterNameTheirRemedy() throws {
    for (matter, words) in [
      (#"{"class": "remedation"}"#, "did you mean `remediation`?"),
      (#"{"state": "live"}"#, "not one of draft, active"),
      (#"{"inputs": [{"name": "PATH"}]}"#, "cannot be a variable"),
      (#"{"inputs": [{"name": "LD_PRELOAD"}]}"#, "cannot be a variable"),
      (#"{"inputs": [{"name": "a-b"}]}"#, "cannot be a variable"),
      (#"{"inputs": [{"name": "A"}, {"name": "A"}]}"#, "names `A` twice"),
      (#"{"inputs": [{"name": "A", "type": "integer", "default": "x"}]}"#, "not a whole number"),
      (#"{"inputs": [{"name": "A", "type": "choice"}]}"#, "without options"),
      (#"{"inputs": [{"name": "A", "pattern": "("}]}"#, "inputs.0.pattern"),
      (#"{"inputs": [{"name": "A", "secret": true, "default": "hunter2"}]}"#, "name of a secret"),
      (#"{"invoke": [{"mode": "offer"}]}"#, "would fit every alert"),
      (#"{"invoke": [{"slo": "a", "mode": "automatic"}]}"#, "blastRadius"),
      (#"{"invoke": [{"slo": "a", "once": "sometimes"}]}"#, "neither `incident`"),
      (#"{"invoke": [{"matchers": ["a=~("]}]}"#, "invoke.0.matchers"),
      (#"{"blastRadius": {"runsPerHour": 0}}"#, "is not within 1…1000"),
      (#"{"sandbox": {"network": "internet"}}"#, "not one of none, host"),
      (#"{"sandbox": {"write": ["../etc"]}}"#, "absolute path"),
      (#"{"sandbox": {"memory": "lots"}}"#, "512Mi"),
      (#"{"approvalExpires": "2d"}"#, "from 1m to 24h"), (#"{"patience": "8d"}"#, "from 1m to 7d"),
    ] {
      let errors = try read(matter, []).errors
      #expect(errors.count == 1 && errors[0].hasPrefix("r.md:") && errors[0].contains(words), "\(matter): \(errors)")
    }
  }

  @Test func everythingIsRead() throws {
    let matter = #"""
      {"class": "diagnostic", "state": "draft", "shell": "bash", "cwd": "..", "approvalExpires": "30m",
       "inputs": [{"name": "NODE", "type": "choice", "options": ["a", "b"], "default": "a", "required": true}],
       "invoke": [{"slo": "availability", "mode": "automatic", "delay": "2m", "once": "1h"}],
       "sandbox": {"network": "host", "write": ["/var/tmp/x"], "memory": "512Mi", "cpuTime": "30s", "processes": 20}}
      """#
    let (runbook, errors) = try read(
      matter,
      [
        step("a", ("x-timeout", "2m"), ("x-retry", "3"), ("x-secrets", "KUBE, TOKEN"), ("x-repeat", "safe")),
        ("http", [("name", "b"), ("x-needs", "a"), ("x-always", "false")]), ("text", [("name", "c")]),
      ])
    #expect(errors == [])
    let header = try #require(runbook?.header)
    #expect(header.class == .diagnostic && header.state == .draft && header.approvalExpires == .minutes(30))
    #expect(header.invocations.first?.once == .window(.hours(1)) && header.invocations.first?.delay == .minutes(2))
    #expect(header.sandbox.memory == 512 << 20 && header.sandbox.network == .host && header.sandbox.processes == 20)
    let keys = runbook?.blocks.map(\.keys)
    #expect(keys?[0]?.interpreter == "bash" && keys?[0]?.cwd == ".." && keys?[0]?.retries == 3)
    #expect(keys?[0]?.secrets == ["KUBE", "TOKEN"] && keys?[0]?.isRepeatable == true)
    #expect(keys?[1]?.kind == .http && keys?[1]?.needs == ["a"] && keys?[2] == .some(nil))
  }
}
