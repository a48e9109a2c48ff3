import Base
import Events
import Fatigue
import Journal

func handoversPage(
  _ handovers: [Handover], planned: [Handovers.Planned], next: String?, _ context: PageContext
) -> PageBody {
  let heading =
    planned.first.map { plan in
      "The next hand-over is of \(plan.schedule), \(context.zone.brief(plan.at, near: context.now))"
    } ?? "No hand-over is to come"
  return PageBody(
    title: "Hand-overs", heading: .text(heading), place: .load,
    content: .group([
      fatigueTabs("/handovers"),
      card(nil, live: "handovers") {
        if handovers.isEmpty {
          empty("When somebody else comes on call, a note is drafted here from what happened in the shift.")
        } else {
          table(.class("cards")) {
            heads(("Schedule", false), ("From", false), ("To", false), ("Notes", true), ("When", true))
            tbody {
              for handover in handovers {
                tr {
                  th(.attr("scope", "row")) { a(.href("/handovers/\(handover.id)")) { handover.draft.schedule } }
                  cell("From") { handover.draft.from ?? "nobody" }
                  cell("To") { handover.draft.to }
                  cell("Notes", right: true) { String(handover.notes.count) }
                  cell("When", right: true) { clock(handover.draft.change, context) }
                }
              }
            }
          }
          more(next, path: "/handovers")
        }
      },
    ]))
}

func handoverPage(_ handover: Handover, notes: [Int64: String], _ context: PageContext) -> PageBody {
  let draft = handover.draft
  // The page has its own heading: the note's is left out.
  let body = draft.markdown.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().joined(separator: "\n")
  return PageBody(
    title: "Hand-over of \(draft.schedule)",
    heading: .text(
      draft.from.map { "\($0) handed \(draft.schedule) over to \(draft.to)" }
        ?? "\(draft.to) came on call in \(draft.schedule)"),
    lead: .group([
      clock(draft.change, context), "; the shift ends ", clock(draft.end, context), ". ",
      a(.href("/handovers/\(handover.id).md")) { "As Markdown" },
    ]),
    crumbs: [("Hand-overs", "/handovers")], place: .load,
    content: .group([
      card("What people add", live: "notes") {
        if handover.notes.isEmpty { p(.class("muted")) { "Nobody has added anything." } }
        ul(.class("plain")) {
          for note in handover.notes {
            li {
              div(.class("muted small")) {
                actorName(note.by.text); ", "; ago(note.at, context)
              }
              p { notes[note.sequence] ?? Erasable.erasedText }
            }
          }
        }
        if context.may(.responder) { handoverNoteForm(handover, context) }
      },
      section(.class("card prose")) { Markdown.html(body) },
    ]))
}

private func handoverNoteForm(_ handover: Handover, _ context: PageContext) -> HTML {
  form(.method("post"), .action("/handovers/\(handover.id)/notes")) {
    csrfField(context)
    label(.for("text")) { "What should \(handover.draft.to) know?" }
    textarea(.id("text"), .name("text"), .flag("required"), .attr("maxlength", "8192"))
    div(.class("actions")) { button(.type("submit"), .class("primary")) { "Add" } }
  }
}
