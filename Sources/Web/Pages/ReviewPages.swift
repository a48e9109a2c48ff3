import Base
import Engine
import Events
import Journal
import Reviews

/// A cause with the other reviews that have it, oldest first.
struct RepeatedCause: Sendable {
  var cause: String
  var reviews: [Review]
}

/// A review with all that its page shows.
struct ReviewView: Sendable {
  var reading: ReviewReading
  var findings: [(section: ReviewSection, findings: [Lexicon.Finding])]
  var questions: [Coaching.Question]
  var repeated: [RepeatedCause]
  var similar: [(review: Review, share: Double)]

  var named: [String] {
    var seen: Set<String> = []
    return findings.flatMap(\.findings).compactMap(\.person).filter { seen.insert($0).inserted }
  }
}

extension Review {
  var condition: ReviewCondition { status == .published ? .published : .drafted }
}

private func searchForm(_ query: String) -> HTML {
  form(.method("get"), .action("/reviews"), .class("row noprint")) {
    label(.for("q"), .class("visually-hidden")) { "Search reviews" }
    input(.type("search"), .id("q"), .name("q"), .value(query), .attr("placeholder", "Words, causes, services"))
    button(.type("submit")) { "Search" }
    a(.href("/actions")) { "Action items" }
  }
}

func reviewsPage(_ reviews: [Review], next: String?, _ site: Site, _ context: PageContext) -> PageBody {
  let waiting = reviews.filter { $0.status == .drafted }
  let late = waiting.filter { $0.draft.due <= context.now }.count
  let heading =
    waiting.isEmpty
    ? "No review waits for its owner"
    : late > 0
      ? "\(Format.plural(late, "review")) past the day to hold \(late == 1 ? "it" : "them")"
      : "\(Format.plural(waiting.count, "review")) to hold"
  return PageBody(
    title: "Reviews", heading: .text(heading), place: .reviews,
    content: .group([
      searchForm(""),
      card(nil, live: "reviews") {
        if reviews.isEmpty {
          empty("When an incident is resolved, a blameless review is drafted here from its timeline.")
        } else {
          table(.class("cards")) {
            heads(
              ("Review", false), ("State", false), ("Severity", false), ("Service", false), ("Causes", false),
              ("Hold by", true))
            tbody { for review in reviews { reviewRow(review, context) } }
          }
          more(next, path: "/reviews")
        }
      },
      causesCard(site),
    ]))
}

private func reviewRow(_ review: Review, _ context: PageContext) -> HTML {
  tr {
    th(.attr("scope", "row")) {
      a(.href("/reviews/\(review.id)")) { "#\(review.draft.number) \(review.draft.title)" }
    }
    cell("State") { state(review.condition) }
    cell("Severity") { span(.class("sev")) { review.draft.severity.rawValue } }
    cell("Service") { review.draft.service ?? "–" }
    cell("Causes") { review.causes.isEmpty ? "–" : review.causes.joined(separator: ", ") }
    cell("Hold by", right: true) { clock(review.scheduledAt ?? review.draft.due, context) }
  }
}

private func causesCard(_ site: Site) -> HTML {
  let often = site.state.reviews.causes.filter { $0.reviews.count > 1 }.prefix(10)
  if often.isEmpty { return .nothing }
  return card("Causes that came back") {
    ul(.class("plain")) {
      for item in often {
        li {
          a(.href("/reviews?q=\(SafeURL.encode(item.cause))")) { item.cause }
          ": "; Format.plural(item.reviews.count, "incident")
        }
      }
    }
  }
}

func reviewSearchPage(
  _ query: String, _ found: [(hit: ReviewIndex.Hit, review: Review)], _ context: PageContext
) -> PageBody {
  PageBody(
    title: "Search reviews",
    heading: .text(
      found.isEmpty ? "No review has these words" : "\(Format.plural(found.count, "review")) with “\(query)”"),
    crumbs: [("Reviews", "/reviews")], place: .reviews,
    content: .group([
      searchForm(query),
      card(nil) {
        if found.isEmpty { empty("Every word has to stand in the title, the text, the causes or the service.") }
        for item in found {
          article {
            h3 { a(.href("/reviews/\(item.review.id)")) { "#\(item.review.draft.number) \(item.review.draft.title)" } }
            p(.class("muted small")) {
              state(item.review.condition); " "; clock(item.review.draftedAt, context)
              " · found in \(item.hit.fields.joined(separator: ", "))"
            }
            p { item.hit.excerpt }
          }
        }
      },
    ]), isLive: false)
}

// MARK: One review

func reviewPage(_ view: ReviewView, _ site: Site, _ context: PageContext) -> PageBody {
  let review = view.reading.review
  return PageBody(
    title: "Review #\(review.draft.number)", heading: .text("Review of #\(review.draft.number) \(review.draft.title)"),
    lead: reviewLead(review, context), crumbs: [("Reviews", "/reviews")], place: .reviews,
    content: .group([
      publishCard(view, context), coachingCard(view), sectionsCard(view, context), causeCard(view, context),
      reviewActionsCard(view.reading, site, context), timelineCard(review),
    ]), isLive: false)
}

private func reviewLead(_ review: Review, _ context: PageContext) -> HTML {
  let publisher = review.publishedBy.map { " by \(actorName($0.text))" } ?? ""
  return .group([
    state(review.condition), " ", span(.class("sev")) { review.draft.severity.rawValue }, " ",
    span(.class("noprint")) {
      if let published = review.publishedAt {
        "published "; ago(published, context); publisher
      } else {
        "drafted "; ago(review.draftedAt, context)
        review.scheduledAt == nil ? "; hold it by " : "; held "
        clock(review.scheduledAt ?? review.draft.due, context)
      }
    },
    // A screen's "5 minutes ago" says nothing on paper.
    span(.class("onpaper")) {
      if let published = review.publishedAt {
        "published \(context.zone.full(published))\(publisher)"
      } else {
        "not published; printed \(context.zone.full(context.now))"
      }
    },
    review.override == nil ? .nothing : .text(", though it names people as causes"), ". ",
    span(.class("noprint")) {
      a(.href("/incidents/\(review.draft.incident)")) { "The incident" }; " · "
      a(.href("/reviews/\(review.id).md")) { "As Markdown" }
    },
  ])
}

private func publishCard(_ view: ReviewView, _ context: PageContext) -> HTML {
  let review = view.reading.review
  if !context.may(.responder) { return .nothing }
  if review.status == .published {
    return div(.class("noprint")) {
      actionForm("/reviews/\(review.id)/reopen", context, label: "Reopen to edit", style: "plain")
    }
  }
  let count = view.findings.map(\.findings.count).reduce(0, +)
  return section(.class("card noprint")) {
    h2 { "Publish" }
    if count > 0 {
      p {
        "\(Format.plural(count, "place")) in the text \(count == 1 ? "looks" : "look") for somebody to blame."
      }
    }
    form(.method("post"), .action("/reviews/\(review.id)/publish"), .id("publish")) {
      csrfField(context)
      if !view.named.isEmpty {
        p {
          strong { "\(view.named.joined(separator: ", ")) stands as a cause. " }
          "Write what let it happen instead. To publish it as it is, say why:"
        }
        label(.for("override")) { "Reason" }
        input(.type("text"), .id("override"), .name("override"), .attr("maxlength", "1024"))
      }
      div(.class("actions")) { button(.type("submit"), .class("primary")) { "Publish" } }
    }
    details {
      summary { "Say when it is held" }
      form(.method("post"), .action("/reviews/\(review.id)/schedule"), .class("row")) {
        csrfField(context)
        label(.for("at")) { "Day" }
        input(.type("date"), .id("at"), .name("at"), .flag("required"))
        button(.type("submit")) { "Save" }
      }
    }
  }
}

private func coachingCard(_ view: ReviewView) -> HTML {
  if view.questions.isEmpty || view.reading.review.status == .published { return .nothing }
  return section(.class("card coach"), .id("coaching")) {
    h2 { "Questions that the figures ask" }
    ul {
      for question in view.questions {
        li {
          question.text; small { question.figures }
        }
      }
    }
  }
}

private func sectionsCard(_ view: ReviewView, _ context: PageContext) -> HTML {
  let review = view.reading.review
  return section(.class("card prose")) {
    p(.class("muted small")) {
      "This review is blameless: it asks how the system made the outcome likely, not who was at fault."
    }
    for part in ReviewSection.allCases {
      section(.class("review-part"), .id(part.rawValue)) {
        div(.class("row apart")) {
          h2 { part.heading }
          if review.status == .drafted, context.may(.responder) {
            a(
              .class("noprint"), .href("/reviews/\(review.id)/edit?section=\(part.rawValue)"),
              .aria("label", "Edit \(part.heading)")
            ) {
              "Edit"
            }
          }
        }
        Markdown.html(view.reading.text(part), headingsFrom: 3)
        if let edit = review.lastEdit(of: part) {
          p(.class("muted small noprint")) {
            "Written by "; actorName(edit.by.text); ", "; ago(edit.at, context)
          }
        }
        for finding in view.findings.first(where: { $0.section == part })?.findings ?? [] { blame(finding) }
      }
    }
  }
}

func blame(_ finding: Lexicon.Finding) -> HTML {
  div(.class(finding.person == nil ? "blame" : "blame person"), .role("note")) {
    p {
      strong { "“\(finding.excerpt)”" }; " (line \(finding.line)) \(finding.why)."
    }
    p { "Kinder: \(finding.kinder)." }
  }
}

private func causeCard(_ view: ReviewView, _ context: PageContext) -> HTML {
  let review = view.reading.review
  return section(.class("card"), .id("causes")) {
    h2 { "Causes" }
    if review.causes.isEmpty { p(.class("muted")) { "None is linked yet. Most incidents have several." } }
    div(.class("causes")) {
      for cause in review.causes {
        span(.class("state")) { cause }
        if context.may(.responder) {
          actionForm(
            "/reviews/\(review.id)/causes/remove", context, label: "Remove \(cause)", style: "plain",
            fields: [("cause", cause)])
        }
      }
    }
    for item in view.repeated {
      p(item.reviews.count >= 2 ? .class("blame person") : nil) {
        if item.reviews.count >= 2 {
          strong { "Incident \(item.reviews.count + 1) with the cause \(item.cause). " }
        } else {
          "\(item.cause) came before: "
        }
        links(item.reviews)
      }
    }
    if !view.similar.isEmpty {
      p {
        "Reads like "; links(view.similar.map(\.review)); "."
      }
    }
    if context.may(.responder) {
      form(.method("post"), .action("/reviews/\(review.id)/causes"), .class("row")) {
        csrfField(context)
        label(.for("cause")) { "Cause" }
        input(
          .type("text"), .id("cause"), .name("cause"), .attr("list", "kinds"), .flag("required"),
          .attr("maxlength", "81"), .attr("placeholder", "expiry/certificate"))
        element("datalist", [.id("kinds")], .group(CauseTag.kinds.map { kind in option(.value(kind)) { kind } }))
        button(.type("submit")) { "Link cause" }
      }
    }
  }
}

private func links(_ reviews: [Review]) -> HTML {
  .group(
    reviews.suffix(10).enumerated().map { index, review in
      .group([
        index > 0 ? ", " : "",
        a(.href("/reviews/\(review.id)")) { "#\(review.draft.number) \(review.draft.title)" },
      ])
    })
}

private func timelineCard(_ review: Review) -> HTML {
  section(.class("card prose"), .id("timeline")) {
    h2 { "Timeline" }
    p(.class("noprint")) { a(.href("/incidents/\(review.draft.incident)")) { "With notes, on the incident's page" } }
    Markdown.html(review.draft.timeline)
  }
}
