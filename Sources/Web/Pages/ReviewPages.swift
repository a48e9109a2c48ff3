import Base
import Events
import Reviews

func reviewsPage(_ reviews: [Review], next: String?, _ context: PageContext) -> PageBody {
  let due = reviews.filter { $0.draft.due > context.now }.count
  let late = reviews.count - due
  let heading =
    reviews.isEmpty
    ? "No review waits for its owner"
    : late > 0
      ? "\(Format.plural(late, "review")) past the day to hold \(late == 1 ? "it" : "them")"
      : "\(Format.plural(due, "review")) to hold"
  return PageBody(
    title: "Reviews", heading: .text(heading), place: .reviews,
    content: card(nil, live: "reviews") {
      if reviews.isEmpty {
        empty("When an incident is resolved, a blameless review is drafted here from its timeline.")
      } else {
        table(.class("cards")) {
          heads(("Review", false), ("Severity", false), ("Service", false), ("Hold by", true))
          tbody {
            for review in reviews {
              tr {
                th(.attr("scope", "row")) {
                  a(.href("/reviews/\(review.id)")) { "#\(review.draft.number) \(review.draft.title)" }
                }
                cell("Severity") { span(.class("sev")) { review.draft.severity.rawValue } }
                cell("Service") { review.draft.service ?? "–" }
                cell("Hold by", right: true) { clock(review.draft.due, context) }
              }
            }
          }
        }
        more(next, path: "/reviews")
      }
    })
}

func reviewPage(_ review: Review, _ context: PageContext) -> PageBody {
  PageBody(
    title: "Review #\(review.draft.number)", heading: .text("Review of #\(review.draft.number) \(review.draft.title)"),
    lead: .group([
      state(ReviewCondition.drafted), " ", ago(review.draftedAt, context), "; hold it by ",
      clock(review.draft.due, context), ". ",
      a(.href("/incidents/\(review.draft.incident)")) { "The incident" }, " · ",
      a(.href("/reviews/\(review.id).md")) { "As Markdown" },
    ]),
    crumbs: [("Reviews", "/reviews")], place: .reviews,
    content: section(.class("card prose")) { Markdown.html(review.draft.markdown) }, isLive: false)
}
