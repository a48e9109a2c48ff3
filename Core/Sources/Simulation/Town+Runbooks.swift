import Base
import Definitions
import Runbooks

/// The runbooks of the town: one that people start and approve, one that looks by itself, one that acts by itself.
extension Town {
  static func plans(random: inout SeededGenerator) -> [Plan] {
    let timeout = Interval.seconds(Int64.random(in: 30...120, using: &random))
    func block(_ name: String, _ change: (inout RunbookStepKeys) -> Void = { _ in }) -> Runbook.Block {
      var keys = RunbookStepKeys(kind: .shell)
      keys.interpreter = "sh"
      keys.timeout = timeout
      change(&keys)
      return Runbook.Block(
        info: "sh", language: "sh", attributes: [.init(key: "name", value: name)], content: "\(name)\n",
        position: Position(file: "town.md"), keys: keys)
    }
    func runbook(_ name: String, _ blocks: [Runbook.Block], _ change: (inout RunbookHeader) -> Void) -> Plan {
      var header = RunbookHeader()
      header.patience = .minutes(20)
      header.approvalExpires = .minutes(5)
      change(&header)
      let position = Position(file: "\(name).md")
      return Plan(
        Runbook(
          name: name, title: name, frontMatter: Node(.mapping([]), at: position), services: [], blocks: blocks,
          text: name, references: [], position: position, header: header))
    }
    let approvers = Int.random(in: 1...2, using: &random)
    let retries = Int.random(in: 0...2, using: &random)
    let heal = [
      block("which") { $0.kind = .ask },
      block("snapshot") {
        $0.isRepeatable = true
        $0.retries = 2
      },
      block("drain") {
        $0.check = "drained"
        $0.undo = "uncordon"
        $0.approvers = ("team", approvers)
      },
      block("drained"), block("uncordon"),
      block("shift") {
        $0.undo = "unshift"
        $0.retries = retries
      },
      block("unshift") { $0.isRepeatable = true }, block("confirm"), block("tidy") { $0.isAlways = true },
      block("report") {
        $0.isAlways = true
        $0.isRepeatable = true
      },
    ]
    return [
      runbook("heal", heal) { _ in },
      runbook("look", [block("see"), block("count")]) {
        $0.class = .diagnostic
        $0.invocations = [.init(matchers: [Self.severity("critical")], mode: .automatic)]
      },
      runbook("flip", [block("flip") { $0.undo = "flop" }, block("flop"), block("confirm")]) {
        $0.invocations = [
          .init(
            matchers: [Self.severity("error")], mode: .automatic, delay: .minutes(2), once: .window(.minutes(20)))
        ]
        $0.blastRadius = .init(services: [], runsPerHour: 2, concurrent: 1)
      },
    ]
  }

  private static func severity(_ value: String) -> LabelMatcher {
    LabelMatcher("severity", .equal(value))
  }
}
