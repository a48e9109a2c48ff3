import Base
import Definitions
import Events

/// A change of a rule as a change of the definitions.
public struct DefinitionPatch: Sendable {
  /// Relative to the definitions directory.
  public var path: String
  /// `nil` where the file is new.
  public var old: String?
  public var new: String

  /// For `git apply` in the definitions directory.
  public var text: String { UnifiedDiff.patch(path: path, old: old, new: new) }

  /// What a patch could not be written for, in a sentence that says what to do instead.
  public struct Impossible: Error, Sendable {
    public let reason: String
    public init(reason: String) { self.reason = reason }
  }

  /// - Parameters:
  ///   - policy: the escalation policy that pages for the rule now.
  ///   - reason: written above a new definition.
  public static func make(
    _ change: RuleChange, of rule: AlertRule, policy: String?, reason: String, in snapshot: Snapshot
  ) throws(Impossible) -> DefinitionPatch {
    if case .group(let window) = change { return try group(rule, window, snapshot) }
    switch rule.kind {
    case .slo: return try objective(change, rule, snapshot)
    case .titled where rule.integration == nil:
      throw Impossible(reason: "Its alerts are fired by hand or by a script, which no Route changes: change it there.")
    case .named, .titled: return try route(change, rule, policy, reason, snapshot)
    }
  }

  // MARK: SLOs

  private static func objective(
    _ change: RuleChange, _ rule: AlertRule, _ snapshot: Snapshot
  ) throws(Impossible) -> DefinitionPatch {
    // Members of an SLO with several objectives carry a number behind its name.
    let slo = snapshot.all(SLOSpec.self).first { rule.name == $0.name || rule.name.hasPrefix("\($0.name).") }
    guard let slo, let document = snapshot.document(slo.ref) else {
      throw Impossible(reason: "There is no SLO \(rule.name) in the definitions any more.")
    }
    let (key, value): (String, String)
    switch change {
    case .hold(let wait): (key, value) = ("mainstay.dev/page-after", wait.text)
    case .ticket: (key, value) = ("mainstay.dev/alerts", "ticket")
    case .remove, .group: (key, value) = ("mainstay.dev/alerts", "none")
    }
    return try edit(document, ["metadata", "annotations", key], value, snapshot)
  }

  // MARK: Tiers

  private static func group(
    _ rule: AlertRule, _ window: Interval, _ snapshot: Snapshot
  ) throws(Impossible) -> DefinitionPatch {
    let component = snapshot.all(ComponentSpec.self).first { $0.ref.shortName == rule.service }
    let level = component?.metadata.annotation(ServiceAnnotations.tier).flatMap { Int($0) }
    guard let tier = snapshot.all(TierSpec.self).first(where: { $0.spec.level == level && level != nil }),
      let document = snapshot.document(tier.ref)
    else {
      throw Impossible(reason: "\(rule.service ?? "The alert") is of no Tier that could wait; give its service one.")
    }
    return try edit(document, ["spec", "groupWait"], window.text, snapshot)
  }

  private static func edit(
    _ document: Document, _ path: [String], _ value: String, _ snapshot: Snapshot
  ) throws(Impossible) -> DefinitionPatch {
    let place = document.position
    guard let file = snapshot.files.first(where: { $0.path == place.file }) else {
      throw Impossible(reason: "\(place.file) is not at hand; set \(path.joined(separator: ".")) to \(value) there.")
    }
    // Keys and values of JSON would have to be quoted.
    var edit = file.path.hasSuffix(".json") ? nil : DefinitionEdit(file.text)
    guard edit?.set(path, to: value, in: document.node) == true, let edit else {
      throw Impossible(
        reason: "\(place) is written in a way that no patch can be made for; set \(path.joined(separator: ".")) to "
          + "\(value) there.")
    }
    return DefinitionPatch(path: file.path, old: file.text, new: edit.text)
  }

  // MARK: Routes

  private static func route(
    _ change: RuleChange, _ rule: AlertRule, _ policy: String?, _ reason: String, _ snapshot: Snapshot
  ) throws(Impossible) -> DefinitionPatch {
    let urgency: String
    switch change {
    case .ticket: urgency = "ticket"
    case .remove: urgency = "record"
    case .hold(let wait):
      throw Impossible(
        reason:
          "The rule is the sender's: let its condition hold for \(wait.text) there (in Prometheus `for: \(wait.text)`)."
      )
    case .group: throw Impossible(reason: "Grouping is a matter of the service's Tier.")
    }
    var name = "quieter-" + slug(String(rule.name.prefix(40)))
    if let service = rule.service { name += "-" + slug(service) }
    name = String(name.prefix(60))
    let folder = snapshot.routes.first.map { $0.position.file.split(separator: "/").dropLast().joined(separator: "/") }
    let path = (folder.map { $0.isEmpty ? "" : "\($0)/" } ?? "oncall/") + "route-\(name).yaml"
    guard !snapshot.files.contains(where: { $0.path == path }) else {
      throw Impossible(reason: "\(path) is there already; change it by hand.")
    }
    let about = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
    var text = "# \(about)\napiVersion: mainstay.dev/v1\nkind: Route\nmetadata:\n  name: \(name)\nspec:\n  order: 0\n"
    text += "  match:\n" + match(rule, snapshot)
    if let service = rule.service, snapshot.all(ComponentSpec.self).contains(where: { $0.ref.shortName == service }) {
      text += "    services: [\(service)]\n"
    }
    if let policy { text += "  policy: \(policy)\n" }
    text += "  set:\n    urgency: \(urgency)\n"
    return DefinitionPatch(path: path, old: nil, new: text)
  }

  /// What tells the rule's alerts from all others: the label `alertname`, or their integration and title.
  private static func match(_ rule: AlertRule, _ snapshot: Snapshot) -> String {
    if rule.kind == .named { return "    labels:\n      alertname: \(quoted(rule.name))\n" }
    let integration = rule.integration?.drop { $0 != "/" }.dropFirst() ?? ""
    let isKnown = snapshot.all(IntegrationSpec.self).contains { $0.ref.shortName == integration }
    let matcher = "summary=~\(quoted(pattern(ofTitle: rule.name)))"
    return (isKnown ? "    integrations: [\(integration)]\n" : "") + "    matchers: [\(quoted(matcher))]\n"
  }

  /// A regular expression for the summaries that have a rule's title: `#` stands for any number, `/` also for `|`, and
  /// a long title for whatever goes on behind it.
  static func pattern(ofTitle title: String) -> String {
    var pattern = ""
    for character in title {
      switch character {
      case "#": pattern += "[0-9#]+"
      case "/": pattern += "[/|]"
      case "\\", ".", "+", "*", "?", "(", ")", "[", "]", "{", "}", "^", "$": pattern += "\\\(character)"
      case " ": pattern += " "
      default: pattern += character.isWhitespace ? "\\s+" : String(character)
      }
    }
    return title.count < 50 ? pattern : pattern + "(?s:.*)"
  }

  /// YAML's double quotes are JSON's.
  private static func quoted(_ text: String) -> String { JSON.string(text).text }

  private static func slug(_ text: String) -> String {
    var slug = ""
    for byte in text.lowercased().utf8 {
      let isPlain = (97...122).contains(byte) || (48...57).contains(byte)
      if isPlain { slug.unicodeScalars.append(Unicode.Scalar(byte)) } else if slug.last != "-" { slug.append("-") }
    }
    return slug.split(separator: "-").joined(separator: "-")
  }
}
