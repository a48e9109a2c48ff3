import Alerts
import Base
import Engine
import Events
import Fatigue

/// Yes or no: was there something for a person to do?
func judgeForms(_ alert: ULID, _ context: PageContext, back: String) -> HTML {
  span(.class("judge")) {
    for (label, value) in [("Yes", "yes"), ("No", "no")] {
      actionForm(
        "/alerts/\(alert)/judge", context, label: label, fields: [("actionable", value), ("back", back)])
    }
  }
}

/// What an alert's page asks and knows of whether it was worth anybody's time.
func judgement(_ alert: Alert, _ site: Site, _ context: PageContext) -> HTML {
  guard !alert.isOpen, let record = site.state.alertBook.record(alert.id) else { return .nothing }
  return card("Was there something to do?", live: "judgement") {
    switch record.actionable {
    case true?: p { "Somebody said yes." }
    case false?:
      p {
        "Somebody said no. Rules that nobody finds worth it show on "; a(.href("/noise")) { "Noise" }; "."
      }
    case nil: p(.class("muted")) { "Nobody has said. The answer makes this rule quieter, or keeps it as it is." }
    }
    if context.may(.responder) { judgeForms(alert.id, context, back: "/alerts/\(alert.id)") }
  }
}

/// Resolving asks at once whether there was something to do.
func resolveForm(_ alert: Alert, _ context: PageContext) -> HTML {
  form(
    .method("post"), .action("/alerts/\(alert.id)/resolve"), .class("resolve"),
    .data("confirm", "Resolve this alert? Those who were paged are told that it is over.")
  ) {
    csrfField(context)
    div {
      label(.for("actionable")) { "Was there something to do?" }
      select(.id("actionable"), .name("actionable")) {
        option(.value("")) { "No answer" }
        option(.value("yes")) { "Yes" }
        option(.value("no")) { "No" }
      }
    }
    button(.type("submit"), .class(alert.status == .firing ? "" : "primary")) { "Resolve" }
  }
}
