import Base
import Engine
import Events
import Journal
import Reviews

func actionsPage(_ site: Site, owner: String?, showsClosed: Bool, _ context: PageContext) -> PageBody {
  let open = site.state.actions.open.filter { owner == nil || $0.owner == owner }
  let overdue = open.filter { $0.isOverdue(at: context.now) }.count
  let shown =
    showsClosed
    ? site.state.actions.all.filter { !$0.isOpen && (owner == nil || $0.owner == owner) } : open
  let heading =
    overdue > 0
    ? "\(Format.plural(overdue, "action item")) overdue"
    : open.isEmpty ? "No action item is open" : "\(Format.plural(open.count, "action item")) open, none overdue"
  return PageBody(
    title: "Action items", heading: .text(heading), crumbs: [("Reviews", "/reviews")], place: .reviews,
    content: .group([
      nav(.aria("label", "Which")) {
        ul(.class("tabs")) {
          li { a(.href("/actions"), showsClosed || owner != nil ? nil : .aria("current", "true")) { "Open" } }
          li { a(.href("/actions?state=closed"), showsClosed ? .aria("current", "true") : nil) { "Closed" } }
          if let owner {
            li { a(.href("/actions?owner=\(SafeURL.encode(owner))"), .aria("current", "true")) { owner } }
          }
        }
      },
      card(nil, live: "actions") {
        if shown.isEmpty {
          empty("Action items are written on the page of a review, each with an owner and a day.")
        } else {
          actionTable(Array(shown.prefix(500)), site, context)
          if shown.count > 500 { p(.class("muted")) { "\(shown.count - 500) more; filter by owner to see them." } }
        }
      },
    ]))
}

private func actionTable(_ actions: [ReviewAction], _ site: Site, _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(
      ("Action", false), ("Kind", false), ("Owner", false), ("Review", false), ("Issue", false), ("Due", true),
      ("", false))
    tbody {
      for action in actions {
        tr {
          th(.attr("scope", "row")) { a(.href("/actions/\(action.id)")) { "A\(action.number) \(action.title)" } }
          cell("Kind") { action.kind.rawValue }
          cell("Owner") { a(.href("/actions?owner=\(SafeURL.encode(action.owner))")) { action.owner } }
          cell("Review") {
            a(.href("/reviews/\(action.review)")) {
              site.state.reviews[action.review].map { "#\($0.draft.number)" } ?? "review"
            }
          }
          cell("Issue") { issueCell(action, site, context) }
          cell("Due", right: true) { due(action, context) }
          cell("") { stateForm(action, context, back: context.path) }
        }
      }
    }
  }
}

private func due(_ action: ReviewAction, _ context: PageContext) -> HTML {
  if let closed = action.closedAt { return .group(["closed ", ago(closed, context)]) }
  let day = HTML.text(String(action.due.rfc3339.prefix(10)))
  guard action.isOverdue(at: context.now) else { return day }
  return .group([
    span(.class("state exhausted")) {
      Icon.stop.svg; "overdue"
    }, " ", day,
  ])
}

private func stateForm(_ action: ReviewAction, _ context: PageContext, back: String) -> HTML {
  guard context.may(.responder) else { return .nothing }
  return actionForm(
    "/actions/\(action.id)/\(action.isOpen ? "close" : "reopen")", context, label: action.isOpen ? "Close" : "Reopen",
    fields: [("back", back)])
}

private func issueCell(_ action: ReviewAction, _ site: Site, _ context: PageContext) -> HTML {
  if let issue = action.issue { return a(.href(issue.url)) { "\(issue.target) #\(issue.number)" } }
  if let export = action.export {
    return .text(
      export.next == nil ? "\(export.target): \(export.reason ?? "given up")" : "on its way to \(export.target)")
  }
  return "–"
}

func reviewActionsCard(_ reading: ReviewReading, _ site: Site, _ context: PageContext) -> HTML {
  section(.class("card"), .id("actions")) {
    h2 { "Action items" }
    if reading.actions.isEmpty {
      p(.class("muted")) { "None yet. What would prevent it, find it sooner, or make it small?" }
    } else {
      actionTable(reading.actions, site, context)
    }
    if context.may(.responder) {
      form(.method("post"), .action("/reviews/\(reading.review.id)/actions"), .class("addaction noprint")) {
        csrfField(context)
        actionFields(nil, site, context)
        button(.type("submit"), .class("primary")) { "Add action item" }
      }
    }
  }
}

private func actionFields(_ action: ReviewAction?, _ site: Site, _ context: PageContext) -> HTML {
  .group([
    div(.class("wide")) {
      label(.for("title")) { "What is done" }
      input(
        .type("text"), .id("title"), .name("title"), .flag("required"), .attr("maxlength", "512"),
        .value(action?.title ?? ""))
    },
    div {
      label(.for("kind")) { "Kind" }
      select(.id("kind"), .name("kind")) {
        for kind in ActionKind.allCases {
          option(.value(kind.rawValue), .flag("selected", kind == action?.kind)) { kind.rawValue }
        }
      }
    },
    div {
      label(.for("owner")) { "Owner" }
      select(.id("owner"), .name("owner"), .flag("required")) {
        for person in site.catalog.people {
          option(.value(person.name), .flag("selected", person.name == (action?.owner ?? context.reader?.name))) {
            person.displayName ?? person.name
          }
        }
      }
    },
    div {
      label(.for("due")) { "Due" }
      input(
        .type("date"), .id("due"), .name("due"), .flag("required"),
        .value(String((action?.due ?? context.now + .days(14)).rfc3339.prefix(10))))
    },
  ])
}

func actionPage(_ action: ReviewAction, _ site: Site, _ context: PageContext) -> PageBody {
  let review = site.state.reviews[action.review]
  return PageBody(
    title: "Action item A\(action.number)", heading: .text("A\(action.number) \(action.title)"),
    lead: .group([
      .text("To \(action.kind.rawValue), with "),
      a(.href("/actions?owner=\(SafeURL.encode(action.owner))")) { action.owner },
      ", due ", due(action, context), ". From ",
      a(.href("/reviews/\(action.review)")) {
        review.map { "the review of #\($0.draft.number) \($0.draft.title)" } ?? "a review"
      }, ".",
    ]),
    crumbs: [("Reviews", "/reviews"), ("Action items", "/actions")], place: .reviews,
    content: .group([
      card(nil, live: "action") {
        p {
          "Issue: "; issueCell(action, site, context)
        }
        if let by = action.closedBy { p { "Closed by \(actorName(by.text)) (\(action.closedVia ?? ""))." } }
        div(.class("row")) {
          stateForm(action, context, back: context.path)
          if context.may(.responder), action.isOpen, action.issue == nil, action.export?.next == nil {
            actionForm(
              "/actions/\(action.id)/export", context, label: "Make an issue of it", fields: [("back", context.path)])
          }
        }
      },
      context.may(.responder)
        ? card("Change it") {
          form(.method("post"), .action("/actions/\(action.id)"), .class("addaction")) {
            csrfField(context)
            actionFields(action, site, context)
            button(.type("submit")) { "Save" }
          }
        } : .nothing,
    ]), isLive: false)
}
