import Base
import Engine
import Events
import Fatigue
import Journal

/// A change that is suggested, with its patch or why there is none.
struct OfferedAdvice: Sendable {
  var advice: Advice
  var patch: DefinitionPatch?
  var instead: String?
}

func noisePage(
  _ report: NoiseReport, advice: [String: Advice], days: Int, service: String?, _ context: PageContext
) -> PageBody {
  PageBody(
    title: "Noise", heading: .text(noiseAnswer(report, advice, days)),
    lead: service.map { .text("Only rules of \($0).") } ?? .nothing, place: .load,
    content: .group([
      fatigueTabs("/noise"),
      nav(.aria("label", "Range")) {
        ul(.class("tabs")) {
          for choice in [7, 30, 90, 365] {
            li {
              a(
                .href("/noise?days=\(choice)" + (service.map { "&service=\(SafeURL.encode($0))" } ?? "")),
                choice == days ? .aria("current", "true") : nil
              ) { "\(choice) days" }
            }
          }
        }
      },
      card(nil) { ruleTable(report, advice, context) },
      p(.class("muted small")) {
        "Fewer than \(Adviser.minimum) alerts that paged are no ground for advice, and fewer than "
        "\(Adviser.judgedMinimum) answers say nothing about whether a rule is worth it."
      },
    ]), isLive: false)
}

private func noiseAnswer(_ report: NoiseReport, _ advice: [String: Advice], _ days: Int) -> String {
  let paged = report.rules.reduce(0) { $0 + $1.paged }
  guard paged > 0 else { return "No alert paged anybody in \(days) days" }
  let spared = report.rules.reduce(0) { sum, rule in
    sum + (advice[rule.key].map { max(0, $0.replay.pagedBefore - $0.replay.pagedAfter) } ?? 0)
  }
  let rules = report.rules.filter { advice[$0.key] != nil }.count
  return rules == 0
    ? "\(Format.plural(paged, "alert")) paged in \(days) days; nothing stands out"
    : "\(Format.plural(paged, "alert")) paged in \(days) days; "
      + "\(Format.plural(rules, "rule")) could page \(Format.plural(spared, "time")) less"
}

private func ruleTable(_ report: NoiseReport, _ advice: [String: Advice], _ context: PageContext) -> HTML {
  if report.rules.isEmpty { return empty("No alert has fired. Alerts come from SLOs and from senders under /intake.") }
  return table(.class("cards")) {
    heads(
      ("Rule", false), ("Fired", true), ("Paged", true), ("No action", true), ("By itself", true), ("Again", true),
      ("At night", true), ("Actionable", true), ("Suggestion", false))
    tbody {
      for rule in report.rules.prefix(100) {
        tr {
          th(.attr("scope", "row")) {
            a(.class("wrap"), .href(rulePath(rule.key))) { rule.rule.title }
            div(.class("muted small wrap")) {
              rule.rule.service ?? rule.rule.integration ?? ""
              rule.isCut ? " · older ones are forgotten" : ""
            }
          }
          cell("Fired", right: true) { (rule.isCut ? "≥ " : "") + String(rule.fired) }
          cell("Paged", right: true) { String(rule.paged) }
          cell("Acknowledged without action", right: true) { String(rule.acknowledgedWithoutAction) }
          cell("Resolved by itself", right: true) { String(rule.resolvedItself) }
          cell("Again within 24 h", right: true) { String(rule.refired) }
          cell("At night", right: true) { rule.nightShare.map { Format.percent($0, digits: 0) } ?? "–" }
          cell("Actionable", right: true) {
            rule.judged == 0 ? "–" : "\(rule.judgedActionable) of \(rule.judged)"
          }
          cell("Suggestion") {
            if let found = advice[rule.key] { a(.href(rulePath(rule.key))) { found.change.words } } else { "–" }
          }
        }
      }
    }
  }
}

func rulePath(_ key: String) -> String { "/noise/rule?key=\(SafeURL.encode(key))" }

extension RuleChange {
  /// What to do, in a few words.
  var words: String {
    switch self {
    case .hold(let wait): "wait \(Format.length(wait))"
    case .ticket: "lower the urgency"
    case .group(let window): "group for \(Format.length(window))"
    case .remove: "page nobody"
    }
  }

  /// The change in addresses and for the command line: `hold:10m`, `ticket`.
  var code: String {
    switch self {
    case .hold(let wait): "hold:\(wait.text)"
    case .ticket: "ticket"
    case .group(let window): "group:\(window.text)"
    case .remove: "remove"
    }
  }

  init?(code: String) {
    let parts = code.split(separator: ":", maxSplits: 1)
    let length = parts.count == 2 ? Interval(text: String(parts[1])) : nil
    if let length, length < .seconds(1) || length > .days(1) { return nil }
    switch (parts.first ?? "", length) {
    case ("hold", let wait?): self = .hold(wait)
    case ("group", let window?): self = .group(window)
    case ("ticket", nil): self = .ticket
    case ("remove", nil): self = .remove
    default: return nil
    }
  }
}

extension Replay {
  /// What the change would have done, in a sentence.
  func words(_ change: RuleChange, days: Int) -> String {
    var text = "Over the last \(days) days it would have paged for \(pagedAfter) alerts instead of \(pagedBefore) "
    text += "(\(callsAfter) calls instead of \(callsBefore)). "
    switch change {
    case .group: text += "What joins a page is shown and acknowledged with it."
    case .ticket where !missed.isEmpty:
      text += "\(Format.plural(missed.count, "alert")) that somebody found worth it would have waited for the morning."
    default:
      text +=
        missed.isEmpty
        ? actionable == 0
          ? "Nobody has called one of them worth it."
          : "None of the \(actionable) that somebody found worth it would have been missed."
        : "It would have missed \(Format.plural(missed.count, "alert")) that somebody found worth it."
    }
    if delay > .zero, pagedAfter > 0 { text += " The others would have paged \(Format.length(delay)) later." }
    return text
  }
}

func rulePage(_ noise: RuleNoise, _ offered: [OfferedAdvice], days: Int, _ context: PageContext) -> PageBody {
  PageBody(
    title: noise.rule.title,
    heading: .text(
      "\(noise.rule.title) paged for \(Format.plural(noise.paged, "alert")) of \(noise.fired) in \(days) days"),
    lead: .text(noise.summary), crumbs: [("Noise", "/noise")], place: .load,
    content: .group([
      div(.class("tiles")) {
        tile(String(noise.calls), "calls of people")
        tile(String(noise.acknowledgedWithoutAction), "acknowledged without action")
        tile(String(noise.resolvedItself), "resolved by themselves")
        tile(String(noise.refired), "again within 24 hours")
        tile(noise.judged == 0 ? "–" : "\(noise.judgedActionable) of \(noise.judged)", "actionable")
        tile(noise.duration.median.map { Format.length($0) } ?? "–", "median length of \(noise.duration.count)")
      },
      card("What could be done") {
        if offered.isEmpty {
          p { noAdvice(noise) }
        } else {
          for item in offered { adviceSection(item, noise, days) }
        }
      },
    ]), isLive: false)
}

private func tile(_ figure: String, _ word: String) -> HTML {
  div(.class("tile")) {
    element("b", [], .text(figure))
    span { word }
  }
}

private func noAdvice(_ noise: RuleNoise) -> String {
  noise.paged < Adviser.minimum
    ? "Nothing is claimed: it paged for \(noise.paged) alerts, and fewer than \(Adviser.minimum) say too little."
    : "Nothing: no change that was tried on the past would have spared pages without missing what mattered."
}

private func adviceSection(_ item: OfferedAdvice, _ noise: RuleNoise, _ days: Int) -> HTML {
  section(.class("advice")) {
    h3 { item.advice.change.words.prefix(1).uppercased() + item.advice.change.words.dropFirst() }
    p { "Because \(item.advice.reason)." }
    p { item.advice.replay.words(item.advice.change, days: days) }
    if let patch = item.patch {
      details {
        summary { "The patch to \(patch.path)" }
        pre(.class("patch")) {
          code {
            for line in patch.text.split(separator: "\n", omittingEmptySubsequences: false) { patchLine(line) }
          }
        }
      }
      p(.class("small")) {
        let path = "/noise/patch?key=\(SafeURL.encode(noise.key))&change=\(SafeURL.encode(item.advice.change.code))"
        a(.href(path)) { "Download it" }
        " and run "
        code { "git apply" }
        " in the directory of the definitions."
      }
    } else if let instead = item.instead {
      p { instead }
    }
  }
}

private func patchLine(_ line: Substring) -> HTML {
  let isHead = line.hasPrefix("+++") || line.hasPrefix("---")
  let tone = isHead ? nil : line.hasPrefix("+") ? "add" : line.hasPrefix("-") ? "del" : nil
  return .group([tone.map { tone in span(.class(tone)) { String(line) } } ?? .text(String(line)), "\n"])
}
