import Base
import Testing

@testable import Runtime

/// Seeded nonsense in blocks and in the values that are filled into them: every text ends in something to perform or in
/// words, and no value becomes more than its place.
@Suite struct StepFuzzTests {
  private static let pieces = [
    "GET ", "POST ", "https://h:8/p/", "http://", "${A}", "${B}", "${", "}", "$$", "$", "# expect: ", "200", "2xx",
    "200-100",
    "999", ",", "\n", "\n\n", "\r\n", "X-Node: ", ":", "{\"a\": \"", "\"}", "content-type: application/json\n", "get ",
    "'",
    "\"", "\\", "\\\n", "|", ";", "--", "socket: /run/h\n", "address: h:9\n", "address: [::1]:0\n", "set ",
    "slo: shop\n",
    "window: 5m\n", "window: 1s\n", "every: 15s\n", "expect: burnRate < 1\n", "expect: ratio >= 99 %\n", "expect: x",
    "é", "😀",
    "\0", "\t", " ", "kubectl ",
  ]
  private static let values = [
    "x", "", "..", ".", "/", "?", "#", "@", "a b", "a\nb", "a\r\nX: 1", "\"", "\\", "'", "-", "--all", ";", "<<", "\0",
    "%2e",
    "é", "${A}", "${B}", "$", "}", String(repeating: "v", count: 300),
  ]

  private static func text(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...16, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  private static func variables(_ random: inout SeededGenerator) -> StepVariables {
    StepVariables([
      ("A", values.randomElement(using: &random) ?? ""), ("B", values.randomElement(using: &random) ?? ""),
    ])
  }

  @Test func everyBlockIsReadOrRefusedInWords() {
    var random = SeededGenerator(seed: 20_261_121)
    var read = 0
    for _ in 0..<8_000 {
      let (text, variables) = (Self.text(&random), Self.variables(&random))
      func tried(_ body: () throws -> Void) {
        do {
          try body()
          read += 1
        } catch {
          #expect(error is StepVariables.Problem && !"\(error)".isEmpty)
        }
      }
      tried {
        let request = try HTTPRequestText(text, variables)
        #expect(request.headers.allSatisfy { !$0.value.contains("\n") && !$0.value.contains("\r\n") })
        #expect(!request.expected.isEmpty)
      }
      tried {
        let commands = try ArgumentLines.commands(of: text, tool: "kubectl", variables: variables)
        #expect(commands.allSatisfy { $0.first == "kubectl" && $0.count > 1 })
      }
      tried {
        let commands = try HAProxyCommands(text, variables).commands
        #expect(commands.allSatisfy { !$0.contains(";") && !$0.contains("\n") })
      }
      tried { _ = try SLIExpectation(text, variables) }
    }
    #expect(read > 200, "the walk would find nothing if all were refused")
  }

  /// Whatever a value is, the host stays, the path has as many parts, and the header lines are those that were written.
  @Test func valuesStayInTheirPlace() throws {
    var random = SeededGenerator(seed: 9)
    let characters = Array("ab./?#@:%&=+ ;\\\"'\n\r\t\u{0}é😀-_~$\u{7B}\u{7D}")
    for _ in 0..<6_000 {
      let value = String(
        (0..<Int.random(in: 0...8, using: &random)).map { _ in characters.randomElement(using: &random) ?? "a" })
      let variables = StepVariables([("V", value)])
      if let request = try? HTTPRequestText(
        "POST https://edge.internal/v1/${V}/drain?q=${V}\nX: 1\n\n{\"r\": \"${V}\"}", variables)
      {
        #expect(request.url.hasPrefix("https://edge.internal/v1/") && request.headers.count == 1)
        #expect(request.url.split(separator: "/", omittingEmptySubsequences: false).count == 6, "\(request.url)")
        #expect(request.url.filter { $0 == "?" }.count == 1 && !request.url.contains("#"))
        #expect(try JSON(parsing: Array((request.body ?? "").utf8))["r"]?.string == value, "\(request.body ?? "")")
      } else {
        #expect([".", ".."].contains(value), "\(value.debugDescription)")
      }
      if let words = try? ArgumentLines.commands(of: "get node=${V} \"${V}\"", tool: "kubectl", variables: variables) {
        #expect(words == [["kubectl", "get", "node=\(value)", value]])
      }
    }
  }
}
