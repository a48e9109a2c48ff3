import Base
import Events

func definitionsPage(_ site: Site, _ status: ServerStatus, _ context: PageContext) -> PageBody {
  let errors = site.catalog.diagnostics.filter(\.isError)
  let heading =
    site.catalog.isDegraded
    ? "The newest definitions have \(Format.plural(errors.count, "error")); older ones are in force"
    : "\(Format.plural(site.catalog.documents, "definition")) in force"
  return PageBody(
    title: "Definitions", heading: .text(heading),
    lead: .group([
      .text("Snapshot "), code { String(site.catalog.hash.prefix(12)) }, ", loaded ",
      ago(site.catalog.loadedAt, context), ".",
    ]),
    place: .definitions,
    content: div(.data("live", "definitions")) {
      card("Diagnostics") {
        if site.catalog.diagnostics.isEmpty {
          empty("No errors and no warnings. Check a change before it is merged:", hint: "mainstay validate DIR")
        } else {
          ul(.class("plain")) {
            for entry in site.catalog.diagnostics {
              li {
                state((entry.isError ? Health.exhausted : .atRisk).named(entry.isError ? "error" : "warning"))
                " "
                code { "\(entry.file):\(entry.line):\(entry.column)" }
                div { entry.message }
              }
            }
          }
        }
      }
      card("This server") {
        ul(.class("plain")) {
          for check in status.checks {
            li(.class("row")) {
              state((check.isGood ? Health.healthy : .exhausted).named(check.isGood ? "good" : "not good"))
              strong { check.name }
              span(.class("muted")) { check.detail }
            }
          }
        }
        p(.class("muted small")) {
          "Running since "; clock(status.startedAt, context); ". "; a(.href("/metrics")) { "Metrics" }
        }
      }
    })
}

func loginPage(back: String, problem: String?, _ context: PageContext) -> PageBody {
  PageBody(
    title: "Log in", heading: "Log in",
    content: div(.class("card narrow")) {
      if let problem { p(.class("problem"), .role("alert")) { problem } }
      form(.method("post"), .action("/login")) {
        csrfField(context)
        input(.type("hidden"), .name("back"), .value(back))
        label(.for("user")) { "User" }
        input(
          .id("user"), .name("user"), .attr("autocomplete", "username"), .attr("autocapitalize", "none"),
          .flag("autofocus"))
        label(.for("password")) { "Password" }
        input(.id("password"), .name("password"), .type("password"), .attr("autocomplete", "current-password"))
        details {
          summary { "Use a token instead" }
          label(.for("token")) { "Token" }
          input(.id("token"), .name("token"), .type("password"), .attr("autocomplete", "off"))
        }
        div(.class("actions")) { button(.type("submit"), .class("primary big")) { "Log in" } }
      }
    }, isLive: false)
}

/// A page for what went wrong: the thing, the place, the remedy.
func problemPage(_ title: String, _ detail: String, remedy: String, _ context: PageContext) -> PageBody {
  PageBody(
    title: title, heading: .text(title), lead: .text(detail),
    content: section(.class("card")) {
      p { remedy }
      div(.class("actions")) { a(.class("btn"), .href("/")) { "Go to the overview" } }
    }, isLive: false)
}
