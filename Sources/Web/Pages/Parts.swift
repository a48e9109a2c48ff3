import Base
import Events

/// A state as word and icon in its colour.
func state(_ shown: some ShownState) -> HTML {
  span(.class("state \(shown.tone.rawValue)")) {
    shown.icon.svg
    shown.word
  }
}

/// A time as distance from now; the absolute time and zone on hover and in the markup.
func ago(_ instant: Instant, _ context: PageContext) -> HTML {
  time(
    .attr("datetime", instant.rfc3339), .title(context.zone.full(instant)), .data("relative", "")
  ) { Format.relative(instant, to: context.now) }
}

/// A time on the clock.
func clock(_ instant: Instant, _ context: PageContext) -> HTML {
  time(.attr("datetime", instant.rfc3339), .title(context.zone.full(instant))) {
    context.zone.brief(instant, near: context.now)
  }
}

/// The end of a range, which is most often now.
func until(_ instant: Instant, _ context: PageContext) -> HTML {
  instant > context.now - .minutes(1) && instant <= context.now ? "now" : clock(instant, context)
}

func card(_ heading: String?, live: String? = nil, urgent: Bool = false, @HTMLBuilder content: () -> HTML) -> HTML {
  section(.class(urgent ? "card urgent" : "card"), live.map { .data("live", $0) }) {
    if let heading { h2 { heading } }
    content()
  }
}

/// What stands where there is nothing: the next step as a command or a file to write.
func empty(_ text: String, hint: String? = nil) -> HTML {
  div(.class("empty")) {
    p { text }
    if let hint { p { code { hint } } }
  }
}

/// A cell that carries its column's name, for cards on a phone.
func cell(_ label: String, right: Bool = false, @HTMLBuilder content: () -> HTML) -> HTML {
  td(.attr("data-label", label), right ? .class("r") : nil, content: content)
}

func heads(_ names: (text: String, right: Bool)...) -> HTML {
  thead {
    tr { for name in names { th(.attr("scope", "col"), name.right ? .class("r") : nil) { name.text } } }
  }
}

/// The link to what a subject names: `alert/01J…` has a page of its own.
func subjectLink(_ subject: String, text: String? = nil) -> HTML {
  let parts = subject.split(separator: "/", maxSplits: 1)
  guard parts.count == 2 else { return .text(text ?? subject) }
  let id = SafeURL.encode(parts[1])
  let path: String? =
    switch parts[0] {
    case "service": "/services/\(id)"
    case "slo": "/slos/\(id)"
    case "alert": "/alerts/\(id)"
    case "incident": "/incidents/\(id)"
    case "review": "/reviews/\(id)"
    case "procedure": "/runs/\(id)"
    case "runbook": "/runbooks/\(id)"
    case "action": "/actions/\(id)"
    case "handover": "/handovers/\(id)"
    case "schedule": "/schedules/\(id)"
    case "user": "/people/\(id)"
    case "definitions": "/definitions"
    default: nil
    }
  guard let path else { return .text(text ?? subject) }
  return a(.href(path)) { text ?? subject }
}

/// Links that choose the time range, keeping the rest of the address.
func rangeTabs(_ context: PageContext, path: String) -> HTML {
  nav(.aria("label", "Time range")) {
    ul(.class("tabs")) {
      for range in TimeRange.allCases {
        li {
          a(
            .href("\(path)?range=\(range.rawValue)"), range == context.range ? .aria("current", "true") : nil
          ) { range.words }
        }
      }
    }
  }
}

/// A form of one button.
func actionForm(
  _ path: String, _ context: PageContext, label: String, style: String = "", confirm: String? = nil,
  shortcut: String? = nil, fields: [(String, String)] = []
) -> HTML {
  form(
    .method("post"), .action(path), style.contains("big") ? .class("wide") : nil, confirm.map { .data("confirm", $0) }
  ) {
    csrfField(context)
    for field in fields { input(.type("hidden"), .name(field.0), .value(field.1)) }
    button(.type("submit"), .class(style), shortcut.map { .data("shortcut", $0) }) { label }
  }
}

/// The name of an actor as people say it: `ana`, `slo (automatic)`.
func actorName(_ actor: String) -> String {
  let parts = actor.split(separator: "/", maxSplits: 1)
  guard parts.count == 2 else { return actor }
  switch parts[0] {
  case "user": return String(parts[1])
  case "system": return "Mainstay"
  default: return actor
  }
}
