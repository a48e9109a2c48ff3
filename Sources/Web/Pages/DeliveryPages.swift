import Base
import Engine
import Events
import Journal
import Outbox

func pageTable(_ pages: [Page], _ context: PageContext, showAlert: Bool) -> HTML {
  if pages.isEmpty { return empty("No page has been asked for.") }
  return table(.class("cards")) {
    heads(("To", false), ("State", false), ("Channel", false), ("Attempts", true), ("Asked for", true))
    tbody {
      for page in pages {
        tr {
          th(.attr("scope", "row")) {
            page.request.person
            if let word = kindWord(page.request.kind) { " "; span(.class("tag")) { word } }
            if page.request.urgency == .ticket { " "; span(.class("tag")) { "can wait" } }
            if showAlert { div(.class("small")) { subjectLink(page.subject.text, text: page.request.title) } }
            deliveryNote(page, context)
          }
          cell("State") {
            state(page.condition)
            if let due = page.due, page.status == .pending, due > context.now {
              div(.class("muted small")) {
                page.attempts.isEmpty ? "goes out " : "again "; ago(due, context)
              }
            }
          }
          cell("Channel") {
            page.request.channel.name
            div(.class("muted small")) { page.request.channel.kind.rawValue }
          }
          cell("Attempts", right: true) { String(page.attempts.count) }
          cell("Asked for", right: true) { ago(page.requestedAt, context) }
        }
      }
    }
  }
}

/// An alert's pages; those that were taken back before they went out are folded away.
func pagesOfAlert(_ pages: [Page], _ context: PageContext) -> HTML {
  let gone = pages.filter { $0.condition == .cancelled }
  guard gone.count > 1 else { return pageTable(pages, context, showAlert: false) }
  return .group([
    pageTable(pages.filter { $0.condition != .cancelled }, context, showAlert: false),
    details {
      summary { "\(gone.count) further were taken back before they went out" }
      pageTable(gone, context, showAlert: false)
    },
  ])
}

private func kindWord(_ kind: PageRequested.Kind) -> String? {
  switch kind {
  case .fired: nil
  case .resolved: "resolve notice"
  case .test: "test"
  case .notice: "notice"
  }
}

/// Why it has not arrived, and what each attempt brought.
private func deliveryNote(_ page: Page, _ context: PageContext) -> HTML {
  let problem = page.condition == .sent ? nil : page.note ?? page.attempts.last?.result
  return .group([
    problem.map { text in div(.class("muted small")) { text } } ?? .nothing,
    page.attempts.isEmpty
      ? .nothing
      : details(.class("small")) {
        summary { Format.plural(page.attempts.count, "attempt") }
        ol(.class("plain")) {
          for attempt in page.attempts {
            li {
              clock(attempt.at, context); ": "; attempt.result ?? "no answer yet"
            }
          }
        }
      },
  ])
}

func outboxPage(
  _ pages: [Page], filter: String, subject: String?, next: String?, _ site: Site, _ context: PageContext
) -> PageBody {
  let all = site.state.outbox.pages.sortedElements.map(\.value)
  let dead = all.filter { $0.condition == .dead }.count
  let waiting = all.filter { $0.condition.group == "waiting" }.count
  let heading =
    dead > 0
    ? "\(Format.plural(dead, "page")) could not be delivered"
    : waiting > 0 ? "\(Format.plural(waiting, "page")) on the way" : "Every page has been delivered"
  let rest = subject.map { "&subject=\(SafeURL.encode($0))" } ?? ""
  return PageBody(
    title: "Pages", heading: .text(heading),
    lead: dead > 0 ? "Reach these people another way, then repair the channel in their Contact." : .nothing,
    place: .outbox,
    content: .group([
      filterTabs(
        [("all", "All"), ("waiting", "On the way"), ("sent", "Sent"), ("dead", "Not delivered")], chosen: filter,
        path: "/pages", name: "state"),
      card(nil, live: "pages") {
        if let subject {
          p {
            "Of "; subjectLink(subject); " only. "; a(.href("/pages")) { "All pages" }
          }
        }
        pageTable(pages, context, showAlert: true)
        more(next, path: "/pages?state=\(SafeURL.encode(filter))\(rest)")
      },
      context.may(.responder) ? testCard(site, context) : .nothing,
    ]))
}

/// Tries out how somebody is reached before a night depends on it.
private func testCard(_ site: Site, _ context: PageContext) -> HTML {
  let people = site.catalog.people.filter(\.hasContact)
  if people.isEmpty && site.catalog.channels.isEmpty { return .nothing }
  return card("Try a channel") {
    form(.method("post"), .action("/pages/test")) {
      csrfField(context)
      div(.class("fields")) {
        div {
          label(.for("target")) { "Send a test message to" }
          select(.id("target"), .name("target")) {
            element(
              "optgroup", [.attr("label", "Every channel of")],
              .group(
                people.map { person in
                  option(
                    .value("user/\(person.name)"), person.name == context.reader?.name ? .flag("selected") : nil
                  ) { person.displayName ?? person.name }
                }))
            element(
              "optgroup", [.attr("label", "One channel")],
              .group(site.catalog.channels.map { name in option(.value("channel/\(name)")) { name } }))
          }
        }
        div(.class("actions")) { button(.type("submit")) { "Send the test" } }
      }
    }
  }
}
