import Base
import Definitions
import Events
import Journal

/// What an `ask` block asks a person: lines of `question:`, `type:` and `options:`, or else its text as the question.
public struct Question: Sendable, Hashable {
  public var text: String
  public var type: RunbookHeader.Input.Kind
  /// What a choice can be.
  public var options: [String]
  /// No answer is longer.
  public static let answerMax = 4_096

  public init(_ script: String) {
    text = ""
    type = .string
    options = []
    var rest: [Substring] = []
    for line in script.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.count == 2 ? Self.trimmed(parts[1]) : ""
      switch parts.first.map(Self.trimmed) {
      case "question" where parts.count == 2: text = value
      case "type" where parts.count == 2: type = RunbookHeader.Input.Kind(rawValue: value) ?? .string
      case "options" where parts.count == 2: options = value.split(separator: ",").map(Self.trimmed)
      default: rest.append(line)
      }
    }
    if text.isEmpty { text = rest.joined(separator: "\n") }
    if !options.isEmpty { type = .choice }
  }

  /// - Throws: a `Refusal` where the answer does not fit the question.
  public func check(_ answer: String) throws(Refusal) {
    guard answer.utf8.count <= Self.answerMax else {
      throw Refusal(.invalid, "the answer has \(answer.utf8.count) bytes; at most \(Self.answerMax) are taken")
    }
    let input = RunbookHeader.Input(name: "answer", type: type, options: options)
    if let problem = input.problem(with: answer) { throw Refusal(.invalid, "the answer \(problem)") }
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
  }
}
