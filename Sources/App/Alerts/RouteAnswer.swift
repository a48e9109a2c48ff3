import Base
import Journal
import Web

/// What would become of an event, for a verb that needs no server.
public struct RouteAnswer: Sendable {
  /// Why it cannot be said.
  public struct Failure: Error, Sendable {
    public var text: String
  }

  private let explanation: RouteExplanation

  public static func explain(
    _ event: [UInt8], integration: String?, definitions: String, now: Instant
  ) throws(Failure) -> [RouteAnswer] {
    do {
      return try RouteExplainer.explain(event, integration: integration, definitions: definitions, now: now).map {
        RouteAnswer(explanation: $0)
      }
    } catch {
      throw Failure(text: (error as? Refusal)?.message ?? "\(error)")
    }
  }

  public var json: JSON { (try? JSON(encoding: explanation)) ?? .null }

  /// Lines for a person.
  public var text: String {
    let facts: [(String, String)] = [
      ("read as", "\(explanation.form), \(explanation.status)"), ("route", explanation.route ?? "none"),
      ("service", explanation.service ?? "none"), ("owner", explanation.owner ?? "nobody"),
      ("severity", "\(explanation.severity), \(explanation.urgency)"), ("key", explanation.key),
      ("policy", explanation.policy ?? "none"),
      ("paged now", explanation.people.isEmpty ? "nobody" : explanation.people.joined(separator: ", ")),
    ]
    let width = facts.map(\.0.count).max() ?? 0
    return
      ([explanation.summary]
      + facts.map { "  \($0.0)\(String(repeating: " ", count: width - $0.0.count + 2))\($0.1)" }
      + explanation.why.enumerated().map { "  \($0.offset + 1). \($0.element)" }).joined(separator: "\n") + "\n"
  }
}
