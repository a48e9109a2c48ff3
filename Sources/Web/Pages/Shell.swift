import Base
import Events

/// The places in the navigation.
enum Place: String, CaseIterable {
  case overview, alerts, incidents, runbooks, slos, onCall, load, reviews, figures, journal, outbox, telemetry
  case integrations, definitions

  var path: String {
    switch self {
    case .overview: "/"
    case .onCall: "/oncall"
    case .outbox: "/pages"
    default: "/" + rawValue
    }
  }

  var word: String {
    switch self {
    case .overview: "Overview"
    case .slos: "SLOs"
    case .alerts: "Alerts"
    case .incidents: "Incidents"
    case .runbooks: "Runbooks"
    case .onCall: "On call"
    case .load: "Load"
    case .reviews: "Reviews"
    case .figures: "Figures"
    case .journal: "Journal"
    case .outbox: "Pages"
    case .telemetry: "Telemetry"
    case .integrations: "Intake"
    case .definitions: "Definitions"
    }
  }

  /// The key after `g`.
  var key: String {
    switch self {
    case .overview: "o"
    case .slos: "s"
    case .alerts: "a"
    case .incidents: "i"
    case .runbooks: "b"
    case .onCall: "c"
    case .load: "l"
    case .reviews: "r"
    case .figures: "f"
    case .journal: "j"
    case .outbox: "p"
    case .telemetry: "t"
    case .integrations: "n"
    case .definitions: "d"
    }
  }
}

/// A page's content between header and footer.
struct PageBody {
  /// The title in the browser's tab.
  var title: String
  /// The heading: the answer in words.
  var heading: HTML
  var lead: HTML = .nothing
  /// Where the page belongs, as links.
  var crumbs: [(text: String, href: String)] = []
  var place: Place?
  var content: HTML
  /// Whether it updates itself.
  var isLive = true
  /// What stands beside the heading.
  var tools: HTML = .nothing
  var layout = Layout.page
  /// Seconds after which a browser without JavaScript reads the page again.
  var refresh: Int?

  enum Layout {
    case page
    /// The whole screen, without navigation, seen from across a room.
    case wall
  }
}

/// The page as a whole document.
func document(_ page: PageBody, _ context: PageContext) -> HTML {
  .group([
    .markup("<!doctype html>"),
    html(
      .attr("lang", "en"), .data("now", context.now.rfc3339),
      page.isLive ? .data("sequence", String(context.sequence)) : nil,
      page.layout == .wall ? .data("refresh", "10") : nil
    ) {
      head {
        meta(.attr("charset", "utf-8"))
        title { "\(page.title) · Mainstay" }
        meta(.name("viewport"), .attr("content", "width=device-width, initial-scale=1"))
        meta(.name("color-scheme"), .attr("content", "light dark"))
        link(.attr("rel", "stylesheet"), .href(context.assets.style))
        link(.attr("rel", "icon"), .href("/assets/icon.svg"), .type("image/svg+xml"))
        element("script", [.src(context.assets.script), .flag("defer")], .nothing)
        if let seconds = page.refresh {
          element("noscript", [], meta(.attr("http-equiv", "refresh"), .attr("content", String(seconds))))
        }
      }
      body(page.layout == .wall ? .class("wall") : nil) {
        a(.class("skip"), .href("#main")) { "Skip to content" }
        if page.layout == .page { topBar(page, context) }
        noticeList(context)
        automationBanner(context)
        main(.id("main"), .attr("tabindex", "-1")) {
          header(page.isLive ? .data("live", "heading") : nil) {
            if !page.crumbs.isEmpty {
              nav(.class("crumbs"), .aria("label", "Breadcrumb")) {
                for crumb in page.crumbs { a(.href(crumb.href)) { crumb.text }; " / " }
              }
            }
            div(.class("row apart")) {
              h1 { page.heading }
              page.tools
            }
            if !page.lead.isEmpty { div(.class("lead")) { page.lead } }
          }
          page.content
        }
        if page.layout == .page {
          pageFooter(context)
          shortcutHelp
        }
        div(.id("lost"), .role("status"), .flag("hidden"))
      }
    },
  ])
}

private func topBar(_ page: PageBody, _ context: PageContext) -> HTML {
  header(.class("top")) {
    div {
      a(.class("brand"), .href("/")) {
        HTML.markup(
          """
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2v20M12 3 3 20M12 3l9 17M7.5 12h9"/></svg>
          """)
        "Mainstay"
      }
      if let reader = context.reader {
        nav(.aria("label", "Main")) {
          ul {
            for place in Place.allCases {
              li {
                a(
                  .href(place.path), .data("key", place.key),
                  page.place == place ? .aria("current", "page") : nil
                ) {
                  place.word
                  count(at: place, context)
                }
              }
            }
          }
        }
        div(.class("who")) {
          if reader.canLogOut {
            form(.method("post"), .action("/logout")) {
              csrfField(context)
              span(.class("muted")) {
                reader.name; " · "
              }
              button(.class("plain"), .type("submit")) { "Log out" }
            }
          } else {
            span(.class("muted"), .title("No users or tokens exist, so only this machine is let in")) { "local" }
          }
        }
      }
    }
  }
}

private func count(at place: Place, _ context: PageContext) -> HTML {
  let (number, word) =
    switch place {
    case .alerts: (context.firingAlerts, "firing")
    case .incidents: (context.openIncidents, "open")
    case .runbooks: (context.waitingRuns, "waiting for you")
    default: (0, "")
    }
  if number == 0 { return .nothing }
  return span(.class("count")) {
    String(number)
    span(.class("visually-hidden")) { " \(word)" }
  }
}

private func noticeLine(_ notice: Notice) -> HTML {
  li(notice.isError ? .class("error") : nil) {
    (notice.isError ? Icon.stop : .triangle).svg
    span {
      notice.text
      if let href = notice.href { " "; a(.href(href)) { "See what to do" } }
    }
  }
}

private func noticeList(_ context: PageContext) -> HTML {
  if context.notices.isEmpty { return .nothing }
  return ul(.class("notices"), .aria("label", "Notices")) {
    // On a telephone more than two would be all that one sees.
    let notices = context.notices.filter(\.isError) + context.notices.filter { !$0.isError }
    for notice in notices.prefix(2) { noticeLine(notice) }
    if notices.count > 2 {
      li(.class("folded")) {
        details {
          summary { notices.count == 3 ? "One more notice" : "\(notices.count - 2) more notices" }
          ul(.class("notices")) { for notice in notices.dropFirst(2) { noticeLine(notice) } }
        }
      }
    }
  }
}

private func pageFooter(_ context: PageContext) -> HTML {
  footer {
    div {
      span { "Mainstay \(context.version)" }
      form(.method("post"), .action("/preferences")) {
        csrfField(context)
        input(.type("hidden"), .name("back"), .value(context.path))
        input(.type("hidden"), .name("zone"), .value(context.zone.name == "UTC" ? "" : "UTC"))
        "Times are \(context.zone.name). "
        button(.class("plain"), .type("submit")) { context.zone.name == "UTC" ? "Use my zone" : "Use UTC" }
      }
      a(.href("/api/v1/openapi.json")) { "API" }
      span {
        HTML.element(.init(name: "kbd", attributes: [], children: ["?"], isVoid: false)); " shortcuts"
      }
    }
  }
}

private var shortcutHelp: HTML {
  element(
    "dialog", [.id("shortcuts"), .aria("labelledby", "shortcuts-h")],
    .group([
      h2(.id("shortcuts-h")) { "Keyboard shortcuts" },
      dl(.class("facts")) {
        for place in Place.allCases {
          dt {
            element("kbd", [], "g"); " "; element("kbd", [], .text(place.key))
          }
          dd { place.word }
        }
        dt { element("kbd", [], "k") }
        dd { "Go to Acknowledge" }
        dt { element("kbd", [], "?") }
        dd { "This list" }
      },
      form(.method("dialog"), .class("actions")) { button { "Close" } },
    ]))
}

func csrfField(_ context: PageContext) -> HTML {
  input(.type("hidden"), .name("csrf"), .value(context.csrf))
}
