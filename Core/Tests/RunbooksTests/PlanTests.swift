import Base
import Definitions
import Events
import Journal
import Runbooks
import Testing
import Trees

@Suite struct PlanTests {
  private func plan(_ blocks: [(String, [String: String], String)], matter: String = "{}") throws -> Plan {
    let draft = RunbookDraft(
      frontMatter: try tree(matter, file: "r.md"), heading: "R",
      blocks: blocks.map { name, keys, script in
        Runbook.Block(
          info: "sh", language: keys["language"] ?? "sh",
          attributes: [.init(key: "name", value: name)]
            + keys.filter { $0.key != "language" }.sorted { $0.key < $1.key }.map {
              .init(key: $0.key, value: $0.value)
            },
          content: script, position: Position(file: "r.md"))
      }, source: SourceFile(path: "r.md", text: matter))
    var assembly = Assembly()
    assembly.add(ParsedFile(source: draft.source, runbook: draft))
    let result = assembly.result(references: false)
    #expect(result.errors.map(\.description) == [])
    return Plan(try #require(result.snapshot?.runbooks.first))
  }

  @Test func promptsAreLeftOutOfScripts() throws {
    let plan = try plan([("a", [:], "$ npm test\necho \"$ 5\"\n$HOME/x\n"), ("b", ["language": "python"], "$ x\n")])
    #expect(plan.steps.map(\.work.script) == ["npm test\necho \"$ 5\"\n$HOME/x\n", "$ x\n"])
  }

  @Test func aRunOfAllLeavesOutWhatRunmeWould() throws {
    let plan = try plan([
      ("a", ["excludeFromRunAll": "true"], ""), ("b", ["excludeFromRunAll": "true"], ""), ("c", ["x-needs": "b"], ""),
      ("d", ["excludeFromRunAll": "true", "x-risk": "destructive"], ""),
    ])
    #expect(plan.steps(in: .stepwise).map(\.name) == ["a", "b", "c", "d"])
    #expect(plan.steps(in: .all).map(\.name) == ["b", "c", "d"])
  }

  @Test func checksAndUndosAreNoStepsAndTheEndIsLast() throws {
    let plan = try plan([
      ("tidy", ["x-always": "true"], ""), ("a", ["x-check": "so", "x-undo": "un"], ""), ("so", ["x-timeout": "1m"], ""),
      ("un", [:], "undo it"),
    ])
    #expect(plan.steps.map(\.name) == ["a", "tidy"])
    let program = try plan.program(mode: .all, tier: 1, secrets: [.init(variable: "T", secret: "deploy-token")])
    let rules = try #require(program.steps[0].rules)
    #expect(rules.checkTimeout == .minutes(1) && rules.checkInterval == .seconds(5))
    let undo = try #require(rules.undo).decode(StepWork.self)
    #expect(undo.script == "undo it" && undo.secrets == [.init(variable: "T", secret: "deploy-token")])
  }

  @Test func aBindingTellsEveryPartFromEveryOther() {
    let one = [RunVariable(name: "A", value: "1")]
    func hash(
      _ parameters: [JSON] = ["x"], _ environment: [RunVariable]? = nil, target: [String] = ["t"], commit: String = "c"
    ) -> String {
      ApprovalBinding.hash(
        parameters: parameters, environment: environment ?? one, target: target, commit: commit)
    }
    let all = [
      hash(), hash(["y"]), hash(["x", .null]), hash(["x"], []), hash(["x"], [.init(name: "A", value: "2")]),
      hash(["x"], [.init(name: "A1", value: "")]), hash(target: ["t", "u"]), hash(target: ["tu"]), hash(commit: "d"),
      hash(target: [], commit: "tc"),
    ]
    #expect(Set(all).count == all.count)
    #expect(hash() == all[0] && all[0].count == 64)
  }

  @Test func questionsAreRead() throws {
    let question = Question("question: Which zone?\noptions: a, b\n")
    #expect(question.text == "Which zone?" && question.type == .choice && question.options == ["a", "b"])
    #expect(throws: Refusal.self) { try question.check("c") }
    try question.check("b")
    #expect(Question("Is the cable in?\nLook twice.").text == "Is the cable in?\nLook twice.")
    #expect(throws: Refusal.self) { try Question("x").check(String(repeating: "x", count: 5_000)) }
  }
}
