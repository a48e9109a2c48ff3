import Base
import Definitions
import Engine
import Events
import Journal
import Procedures
import Runbooks
import Testing
import Trees

/// Helpers to write runbooks and to play their runner.
extension Story {
  typealias Block = (name: String, keys: [String: String], script: String)

  /// Reads a runbook as the definitions do.
  static func plan(
    _ blocks: [Block], name: String = "heal", _ frontMatter: String = #"{"service": "playback"}"#
  ) throws -> Plan {
    let position = Position(file: "\(name).md")
    let draft = RunbookDraft(
      frontMatter: try tree(frontMatter, file: "\(name).md"), heading: name,
      blocks: blocks.map { block in
        let language = block.keys["language"] ?? "sh"
        let own = block.keys.filter { $0.key != "language" }.sorted { $0.key < $1.key }
        return Runbook.Block(
          info: language, language: language,
          attributes: [.init(key: "name", value: block.name)] + own.map { .init(key: $0.key, value: $0.value) },
          content: block.script, position: position)
      }, source: SourceFile(path: "\(name).md", text: frontMatter))
    var assembly = Assembly()
    assembly.add(ParsedFile(source: draft.source, runbook: draft))
    let result = assembly.result(references: false)
    #expect(result.errors.map(\.description) == [])
    return Plan(try #require(result.snapshot?.runbooks.first))
  }

  static func step(_ name: String, _ keys: [String: String] = [:]) -> Block { (name, keys, "run \(name)\n") }

  mutating func use(_ plans: Plan...) { environment.runbooks = RunbookBook(plans: plans) }

  func run(_ id: ULID) throws -> RunbookRun { try #require(state.runbookRuns.runs[id]) }

  func states(_ id: ULID) throws -> [RunbookRun.StepState] { try run(id).steps.map(\.state) }

  /// Claims what there is to perform.
  mutating func claim() throws -> ClaimedStep {
    let work = try #require(state.runbookWork().first)
    return try ask(.claimStep(work.run, index: work.index, attempt: work.attempt, undo: work.undo))
  }

  /// Performs the next thing: `block` or `block!` for one that fails, and says which it was.
  mutating func perform(_ result: StepFinished.Result = .done, detail: String? = nil) throws -> String {
    let claimed = try claim()
    try finish(claimed, result, detail: detail)
    return claimed.work.block
  }

  mutating func finish(_ claimed: ClaimedStep, _ result: StepFinished.Result = .done, detail: String? = nil) throws {
    try ask(
      .finishStep(
        claimed.run, index: claimed.index, attempt: claimed.attempt, undo: claimed.undo, result: result,
        detail: detail, exit: result == .done ? 0 : 1))
  }

  mutating func start(
    _ name: String = "heal", inputs: [RunVariable] = [], about: Subject = "service/playback", mode: RunMode = .all,
    by actor: Actor = .user("ana")
  ) throws -> ULID {
    try ask(.startRunbook(name, inputs: inputs, about: about, mode: mode, by: actor))
  }

  mutating func approve(_ id: ULID, by actor: Actor) throws {
    let index = try #require(try run(id).current)
    let hash = try #require(state.approvalHash(of: id, index: index))
    try ask(.approveStep(id, index: index, hash: hash, by: actor))
  }
}
