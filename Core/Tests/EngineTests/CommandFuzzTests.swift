import Base
import Definitions
import Events
import Incidents
import Journal
import Runbooks
import Testing

/// Seeded nonsense where people and other programs write: chats, and the blocks that ask.
@Suite struct CommandFuzzTests {
  private static let pieces = [
    "declare", "open", "private", "PRIVATE", "SEV-2", "sev2", "SEV-9", "sev99999999999999999999", "playback:", "nope:",
    ":",
    "list", "show", "ack", "update", "resolve", "12", "#12", "-1", "0", "99999999999999999999", " ", "  ", "\t", "\n",
    "\u{A0}", "é", "e\u{301}", "😀", "\0", "\u{202E}", "<!channel>", "no video", "question:", "type:", "options:",
    "a,b,,",
    "boolean", "integer", "choice", "duration",
  ]

  private static func text(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...14, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined(
      separator: Bool.random(using: &random) ? " " : "")
  }

  @Test func whatIsTypedIsACommandOrRefusedInWords() {
    var random = SeededGenerator(seed: 20_261_121)
    var understood = 0
    for _ in 0..<6_000 {
      let text = Self.text(&random)
      do throws(Refusal) {
        let command = try SlashCommand(parsing: text, services: ["playback"])
        understood += 1
        switch command {
        case .show(let number), .acknowledge(let number), .update(let number, _), .resolve(let number, _):
          #expect(number > 0)
        case .declare(_, let service, let title, _):
          #expect(!title.isEmpty && (service == nil || service == "playback"))
        case .list: break
        }
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
    #expect(understood > 100, "the walk would find nothing if nothing were understood")
  }

  @Test func anyBlockAsksSomethingAndTakesOrRefusesAnyAnswer() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<4_000 {
      let question = Question(Self.text(&random))
      let answer = Self.text(&random)
      do throws(Refusal) {
        try question.check(answer)
        if question.type == .choice { #expect(question.options.contains(answer)) }
        if question.type == .boolean { #expect(["true", "false"].contains(answer)) }
        if question.type == .integer { #expect(Int(answer) != nil) }
      } catch {
        #expect(error.message.hasPrefix("the answer"))
      }
    }
    #expect(throws: Refusal.self) { try Question("x").check(String(repeating: "a", count: Question.answerMax + 1)) }
  }

  /// A title of the largest body that a chat may send.
  @Test func aLongCommandIsReadOnce() throws {
    let long = String(repeating: "word ", count: 13_000)
    let command = try SlashCommand(parsing: "declare SEV-1 \(long)", services: ["playback"])
    #expect(
      command
        == .declare(severity: .sev1, service: nil, title: String(long.dropLast()), isPrivate: false))
    let spaces = String(repeating: " ", count: 60_000)
    #expect(try SlashCommand(parsing: "show\(spaces)7\(spaces)", services: []) == .show(7))
  }
}
