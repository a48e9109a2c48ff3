import Alerts
import Base
import Engine
import Events
import Journal

func silencesPage(
  _ silences: [Silence], filter: String, next: String?, _ site: Site, _ context: PageContext,
  state stateOf: (Silence) -> Silence.State
) -> PageBody {
  let active = site.state.silences.all.filter { stateOf($0) == .active }.count
  let planned = site.catalog.silences
  return PageBody(
    title: "Silences",
    heading: active == 0
      ? "Nothing is silenced"
      : .text("\(Format.plural(active, "silence")) \(active == 1 ? "holds" : "hold") alerts back"),
    crumbs: [("Alerts", "/alerts")], place: .alerts,
    content: .group([
      filterTabs(
        [("current", "In force"), ("expired", "Expired"), ("all", "All")], chosen: filter, path: "/silences",
        name: "state"),
      card(nil, live: "silences") {
        if silences.isEmpty {
          empty("No silence here. Silence an alert from its page, or write one:", hint: "mainstay silence add --help")
        } else {
          silenceTable(silences, site, context, state: stateOf)
          more(next, path: "/silences?state=\(SafeURL.encode(filter))")
        }
      },
      planned.isEmpty
        ? .nothing
        : card("From the definitions") {
          table(.class("cards")) {
            heads(("Silence", false), ("When", false), ("Author", false))
            tbody {
              for silence in planned {
                tr(.id(silence.name)) {
                  th(.attr("scope", "row")) {
                    code(.class("wrap")) { silence.matchers }
                    div(.class("muted small")) { silence.reason }
                  }
                  cell("When") { silence.times }
                  cell("Author") { silence.author ?? silence.place ?? "–" }
                }
              }
            }
          }
        },
    ]),
    tools: context.may(.responder) ? a(.class("btn"), .href("/silences/new")) { "New silence" } : .nothing)
}

private func silenceTable(
  _ silences: [Silence], _ site: Site, _ context: PageContext, state stateOf: (Silence) -> Silence.State
) -> HTML {
  table(.class("cards")) {
    heads(("Silence", false), ("State", false), ("Holds back", true), ("Ends", true), ("By", false), ("", false))
    tbody {
      for silence in silences {
        let now = stateOf(silence)
        tr(.id(silence.id.description)) {
          th(.attr("scope", "row")) {
            code(.class("wrap")) { silence.matchers.map(\.description).joined(separator: ", ") }
            div(.class("muted small")) { silence.comment.isEmpty ? "no comment" : silence.comment }
          }
          cell("State") {
            state(now)
            if let rule = silence.recurrence { div(.class("muted small")) { recurrenceWords(rule) } }
          }
          cell("Holds back", right: true) { String(site.state.alerts.heldCount(under: silence.subject.text)) }
          cell("Ends", right: true) {
            if silence.recurrence != nil, now != .expired { "when it is ended" } else { ago(silence.end, context) }
          }
          cell("By") { silence.author }
          td {
            if now != .expired, context.may(.responder) {
              actionForm(
                "/silences/\(silence.id)/expire", context, label: "End it",
                confirm: "What still fires pages at once.")
            }
          }
        }
      }
    }
  }
}

private func recurrenceWords(_ rule: String) -> String {
  SilenceDraft.recurrences.first { $0.0 == rule }?.1 ?? rule
}

extension Silence.State: ShownState {
  public var word: String { rawValue }

  public var tone: Tone {
    switch self {
    case .pending: .quiet
    case .active: .suppressed
    case .expired: .quiet
    }
  }

  public var icon: Icon {
    switch self {
    case .pending: .dashed
    case .active: .mute
    case .expired: .check
    }
  }
}

/// What was typed so far, what it covers, and the button that saves it.
func newSilencePage(
  _ draft: SilenceDraft?, problem: String?, _ request: WebRequest, _ site: Site, _ context: PageContext
) -> PageBody {
  let preview = draft.map { site.state.alerts.preview($0.matchers, at: context.now) }
  func typed(_ name: String) -> String { request.query(name) ?? "" }
  return PageBody(
    title: "New silence",
    heading: draft == nil ? "Which alerts is nobody to be told about?" : "Silence these alerts?",
    lead: preview.map { .text($0.words(at: context.now)) } ?? .nothing,
    crumbs: [("Alerts", "/alerts"), ("Silences", "/silences")], place: .alerts,
    content: .group([
      problem.map { text in p(.class("problem"), .role("alert")) { text } } ?? .nothing,
      draft.map { draft in
        card("Save it") {
          p {
            code(.class("wrap")) { draft.text }
            " until "; clock(draft.end, context)
            draft.recurrence.map { HTML.text(", \(recurrenceWords($0)), in UTC") } ?? ""
          }
          form(.method("post"), .action("/silences"), .class("fields")) {
            csrfField(context)
            for (name, value) in [
              ("matchers", draft.text), ("duration", draft.duration), ("recurrence", draft.recurrence ?? ""),
            ] { input(.type("hidden"), .name(name), .value(value)) }
            div {
              label(.for("comment")) { "Why" }
              input(
                .id("comment"), .name("comment"), .value(draft.comment), .flag("required"),
                .attr("maxlength", "1000"))
            }
            div(.class("actions")) { button(.type("submit"), .class("primary big")) { "Silence" } }
          }
        }
      } ?? .nothing,
      card(draft == nil ? nil : "Change it") {
        form(.method("get"), .action("/silences/new"), .class("fields")) {
          div {
            label(.for("matchers")) { "Labels" }
            input(
              .id("matchers"), .name("matchers"), .value(typed("matchers")), .flag("required"),
              .attr("autocapitalize", "none"), .attr("spellcheck", "false"),
              .attr("placeholder", "service=\"search\", severity=~\"warning|info\""))
          }
          div {
            label(.for("duration")) { "For" }
            SilenceDraft.durations("duration", chosen: typed("duration").isEmpty ? "2h" : typed("duration"))
          }
          div {
            label(.for("recurrence")) { "How often" }
            select(.id("recurrence"), .name("recurrence")) {
              for (value, word) in SilenceDraft.recurrences {
                option(.value(value), .flag("selected", value == typed("recurrence"))) { word }
              }
            }
          }
          div(.class("actions")) { button(.type("submit")) { "Preview" } }
        }
      },
      (preview?.examples.isEmpty ?? true)
        ? .nothing
        : card("The newest that match") { alertTable(preview?.examples ?? [], context, nothing: "") },
    ]), isLive: false)
}
