import Base
import Events
import Journal
import Reviews

func reviewEditPage(
  _ reading: ReviewReading, _ section: ReviewSection, history: [(edit: Review.Edit, text: String)],
  _ context: PageContext
) -> PageBody {
  let review = reading.review
  return PageBody(
    title: section.heading, heading: .text("\(section.heading) of #\(review.draft.number)"),
    lead: "Markdown. Words that look for somebody to blame are shown when it is saved.",
    crumbs: [("Reviews", "/reviews"), ("#\(review.draft.number)", "/reviews/\(review.id)")], place: .reviews,
    content: .group([
      card(nil) { sectionForm(review, section, text: reading.text(section), label: "Text", context) },
      history.isEmpty
        ? .nothing
        : card("What was written before") {
          for item in history {
            details {
              summary {
                actorName(item.edit.by.text); ", "; ago(item.edit.at, context)
              }
              pre { item.text }
            }
          }
          details {
            summary { "As it was drafted" }
            pre { review.drafted(section) }
          }
        },
    ]), isLive: false)
}

/// Both texts, side by side; what is saved from here replaces the other's.
func reviewConflictPage(
  _ reading: ReviewReading, _ section: ReviewSection, mine: String, _ reason: String, _ context: PageContext
) -> PageBody {
  let review = reading.review
  return PageBody(
    title: "Two texts", heading: "Somebody else has written this section meanwhile",
    lead: .text("Nothing is lost: \(reason)."),
    crumbs: [("Reviews", "/reviews"), ("#\(review.draft.number)", "/reviews/\(review.id)")], place: .reviews,
    content: .group([
      card("What stands there now") { div(.class("sidebyside")) { pre(.id("theirs")) { reading.text(section) } } },
      card("Yours, not saved yet") {
        sectionForm(review, section, text: mine, label: "Your text, with theirs put in", context)
      },
    ]), isLive: false)
}

private func sectionForm(
  _ review: Review, _ section: ReviewSection, text: String, label name: String, _ context: PageContext
) -> HTML {
  form(.method("post"), .action("/reviews/\(review.id)/sections")) {
    csrfField(context)
    input(.type("hidden"), .name("section"), .value(section.rawValue))
    input(.type("hidden"), .name("base"), .value(String(review.base(of: section))))
    label(.for("text")) { name }
    textarea(.id("text"), .name("text"), .class("long"), .attr("maxlength", "32768")) { text }
    div(.class("actions")) {
      button(.type("submit"), .class("primary")) { "Save" }
      a(.href("/reviews/\(review.id)#\(section.rawValue)")) { "Leave it as it was" }
    }
  }
}
