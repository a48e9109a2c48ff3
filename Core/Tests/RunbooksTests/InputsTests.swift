import Base
import Definitions
import Events
import Journal
import Runbooks
import Testing

@Suite struct InputsTests {
  private typealias Input = RunbookHeader.Input

  private func check(_ value: String, _ input: Input) -> String? {
    do {
      let variables = try Inputs.check([.init(name: input.name, value: value)], against: [input]) { $0 == "playback" }
      #expect(variables == [.init(name: input.name, value: value)])
      return nil
    } catch {
      return error.message
    }
  }

  @Test func whatAShellWouldReadIsOnlyAValue() {
    for value in ["$(rm -rf /)", "a; b", "`x`", "two\nlines\n", "'\"\\", "../../etc/passwd", "💥", ""] {
      #expect(check(value, Input(name: "A")) == nil)
    }
  }

  @Test func sizesAreBounded() {
    let long = String(repeating: "x", count: 1 << 20)
    #expect(check(long, Input(name: "A")) == "input A has 1048576 bytes; at most 65536 fit into a variable")
    #expect(check("a\0b", Input(name: "A"))?.contains("zero byte") == true)
    let five = (0..<5).map { Input(name: "A\($0)") }
    let values = five.map { RunVariable(name: $0.name, value: String(long.prefix(60_000))) }
    #expect(throws: Refusal.self) { try Inputs.check(values, against: five) }
  }

  @Test func typesAreHeld() throws {
    for (type, good, bad) in [
      (Input.Kind.integer, "-3", "3.5"), (.number, "0.5", "nan"), (.number, "1e3", "0x10"), (.boolean, "true", "yes"),
      (.duration, "1h30m", "soon"), (.service, "playback", "nowhere"),
    ] {
      #expect(check(good, Input(name: "A", type: type)) == nil)
      #expect(check(bad, Input(name: "A", type: type))?.hasPrefix("input A ") == true, "\(type) \(bad)")
    }
    #expect(check("c", Input(name: "A", type: .choice, options: ["a", "b"])) == "input A \"c\" is not one of a, b")
    let pattern = try Pattern("n[0-9]+")
    let node = Input(name: "A", pattern: pattern, patternText: pattern.text)
    #expect(check("n12", node) == nil)
    #expect(check("n12; rm", node)?.contains("does not match") == true)
    #expect(check("hunter 2", Input(name: "A", isSecret: true))?.contains("not the secret") == true)
  }

  @Test func missingUnknownAndDefaults() throws {
    let inputs = [Input(name: "A", isRequired: true), Input(name: "B", defaultValue: "b"), Input(name: "C")]
    func refusal(_ values: [RunVariable]) -> String? {
      do {
        _ = try Inputs.check(values, against: inputs)
        return nil
      } catch { return error.message }
    }
    #expect(refusal([]) == "input A is missing; give it a value")
    #expect(refusal([.init(name: "Z", value: "")]) == "the runbook has no input Z; it has A, B, C")
    #expect(refusal([.init(name: "A", value: ""), .init(name: "A", value: "")]) == "input A is given twice")
    let all = try Inputs.check([.init(name: "A", value: "1")], against: inputs)
    #expect(all == [.init(name: "A", value: "1"), .init(name: "B", value: "b")])
    #expect(Inputs.answerVariable("how-many ✓") == "ANSWER_HOW_MANY__")
  }
}
