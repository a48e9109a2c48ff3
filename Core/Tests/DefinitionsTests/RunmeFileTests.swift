import Base
import Definitions
import Testing
import Trees

/// Files that were written for runme, without a thought of this platform.
@Suite struct RunmeFileTests {
  private typealias Block = (language: String, attributes: [(String, String)], content: String)

  private func read(
    _ blocks: [Block], matter: String = "{}", path: String = "r.md"
  ) throws -> (runbook: Runbook?, problems: [String]) {
    let draft = RunbookDraft(
      frontMatter: try tree(matter, file: path), heading: "R",
      blocks: blocks.enumerated().map { index, block in
        Runbook.Block(
          info: block.attributes.map { "\($0.0)=\($0.1)" }.joined(separator: " "), language: block.language,
          attributes: block.attributes.map { .init(key: $0.0, value: $0.1) }, content: block.content,
          position: Position(file: path, line: 10 + index, column: 1))
      }, source: SourceFile(path: path, text: matter))
    var assembly = Assembly()
    assembly.add(ParsedFile(source: draft.source, runbook: draft))
    let result = assembly.result(references: false)
    return (result.snapshot?.runbooks.first, result.diagnostics.map(\.description))
  }

  private func steps(_ runbook: Runbook?) -> [String] {
    (runbook?.blocks ?? []).filter { $0.keys != nil }.compactMap(\.name)
  }

  private func named(_ name: String, _ keys: (String, String)...) -> Block { ("sh", [("name", name)] + keys, "true\n") }

  @Test func aNameThatIsThereGetsANumberAndAWarning() throws {
    let (runbook, problems) = try read([named("check"), named("check"), named("check-3"), named("check")])
    #expect(steps(runbook) == ["check", "check-2", "check-3", "check-4"])
    #expect(
      problems == [
        "r.md:11:1: warning: block `check` is named twice, first at r.md:10:1; this one is called `check-2`",
        "r.md:13:1: warning: block `check` is named twice, first at r.md:10:1; this one is called `check-4`",
      ])
  }

  @Test func whereKeysOfOursReferToNamesTwoOfOneAreAnError() throws {
    let (runbook, problems) = try read([named("a"), named("a"), named("b", ("x-needs", "a"))])
    #expect(runbook == nil)
    #expect(problems == ["r.md:11:1: block `a` is named twice, first at r.md:10:1; give each block a name of its own"])
  }

  @Test func withoutAnyNameBlocksAreCalledAfterTheirFirstCommand() throws {
    let blocks: [Block] = [
      ("sh", [], "# first\n$ npm ci --no-audit\n"), ("bash", [("id", "01HF")], "export TOKEN=abc\n"),
      ("json", [], "{}"), ("sh", [("name", "")], "npm ci\n"), ("sh", [], "\n"), ("http", [], "GET http://a/"),
    ]
    let (runbook, problems) = try read(blocks)
    #expect(steps(runbook) == ["npm-ci", "export-token", "npm-ci-2", "step"])
    #expect(problems == [])
    // One name, and runme runs no others.
    #expect(steps(try read(blocks + [named("only")]).runbook) == ["only"])
    // Written for this platform: what has no name is only shown.
    #expect(steps(try read(blocks, matter: #"{"service": "shop"}"#).runbook) == [])
  }

  @Test func directoriesAreSeenFromTheFile() throws {
    func directory(_ own: String?, front: String?, path: String) throws -> String? {
      let matter = front.map { #"{"cwd": "\#($0)"}"# } ?? "{}"
      let blocks = [named("a", ("cwd", own ?? ""))]
      return try read(blocks, matter: matter, path: path).runbook?.blocks.first?.keys?.cwd
    }
    #expect(try directory(nil, front: nil, path: "runbooks/a.md") == nil)
    #expect(try directory(nil, front: "..", path: "runbooks/a.md") == ".")
    #expect(try directory("tools", front: "../", path: "runbooks/deep/a.md") == "runbooks/tools")
    #expect(try directory("./x/../y", front: nil, path: "a.md") == "y")
    #expect(try directory("/tmp", front: "..", path: "runbooks/a.md") == "/tmp")
    #expect(try directory("x", front: "/srv/../opt", path: "runbooks/a.md") == "/opt/x")
    #expect(try directory("../../..", front: nil, path: "runbooks/a.md") == "../..")
    #expect(
      try read([named("a", ("cwd", "../.."))], path: "runbooks/a.md").problems == [
        "runbooks/a.md:10:1: warning: `cwd` leads out of the definitions, to \"..\", where no step may run"
      ])
  }

  @Test func attributesAreReadAsRunmeReadsThem() throws {
    let (runbook, problems) = try read([
      named("a", ("excludeFromRunAll", "1"), ("interpreter", "")), named("b", ("excludeFromRunAll", "no")),
      named("one,two"), named("c", ("background", "true")),
    ])
    #expect(runbook?["a"]?.keys?.isExcludedFromAll == true && runbook?["a"]?.keys?.interpreter == "sh")
    #expect(runbook?["b"]?.keys?.isExcludedFromAll == false)
    #expect(
      problems == [
        "r.md:13:1: warning: block `c` would run in the background; here it has to end before the next step begins"
      ])
  }

  @Test func aReadmeIsCalledAsItsFolder() throws {
    #expect(try read([named("a")], path: "runbooks/kafka/README.md").runbook?.name == "kafka")
    #expect(try read([named("a")], path: "runbooks/README.md").runbook?.name == "README")
    #expect(try read([named("a")], matter: #"{"shell": "bash"}"#, path: "x/README.md").runbook?.name == "x")
    #expect(try read([named("a")], matter: #"{"service": "shop"}"#, path: "x/README.md").runbook?.name == "README")
  }
}
