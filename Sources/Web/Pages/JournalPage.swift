import Base
import Events
import Journal

/// What a reader filters the journal by; kept in the address.
struct JournalFilter: Sendable {
  var type = ""
  var subject = ""
  var since = ""

  /// The address of the journal with this filter.
  func path(_ extra: (String, String)? = nil) -> String {
    let pairs =
      [("type", type), ("subject", subject), ("since", since)].filter { !$0.1.isEmpty } + (extra.map { [$0] } ?? [])
    return "/journal" + (pairs.isEmpty ? "" : "?")
      + pairs.map { "\($0.0)=\(SafeURL.encode($0.1))" }.joined(separator: "&")
  }
}

func journalPage(
  _ events: [Event], filter: JournalFilter, next: Int64?, problem: String? = nil, _ context: PageContext
) -> PageBody {
  let about = filter.subject.isEmpty ? "" : " about \(filter.subject)"
  return PageBody(
    title: "Journal",
    heading: .text(events.isEmpty ? "Nothing has happened\(about)" : "What happened\(about), newest first"),
    place: .journal,
    content: .group([
      problem.map { text in p(.class("problem"), .role("alert")) { text } } ?? .nothing,
      card(nil) { filterForm(filter, context) },
      card(nil, live: "events") {
        if events.isEmpty {
          empty("No event matches.")
        } else {
          eventTable(events, filter, context)
          if let next { p { a(.class("btn"), .href(filter.path(("before", String(next))))) { "Older" } } }
        }
      },
    ]))
}

private func filterForm(_ filter: JournalFilter, _ context: PageContext) -> HTML {
  form(.method("get"), .action("/journal"), .class("fields")) {
    div {
      label(.for("type")) {
        "Type"; span(.class("muted")) { " alert.fired or alert.*" }
      }
      input(.id("type"), .name("type"), .value(filter.type))
    }
    div {
      label(.for("subject")) {
        "Subject"; span(.class("muted")) { " service/checkout" }
      }
      input(.id("subject"), .name("subject"), .value(filter.subject))
    }
    div {
      label(.for("since")) {
        "Since"; span(.class("muted")) { " 2h, 3d or a time" }
      }
      input(.id("since"), .name("since"), .value(filter.since))
    }
    div(.class("actions")) {
      button(.type("submit"), .class("primary")) { "Filter" }
      a(.class("btn"), .href("/journal")) { "Clear" }
    }
  }
}

func eventTable(_ events: [Event], _ filter: JournalFilter, _ context: PageContext) -> HTML {
  table(.class("cards")) {
    heads(("When", false), ("What", false), ("Subject", false), ("By", false))
    tbody {
      for event in events {
        tr(.id("e\(event.sequence)")) {
          cell("When") {
            time(.attr("datetime", event.time.rfc3339), .title(context.zone.full(event.time)), .class("num")) {
              let second = ClockParts.two(context.zone.parts(event.time).second)
              "\(context.zone.brief(event.time, near: context.now)):\(second)"
            }
          }
          td {
            details {
              summary {
                span {
                  strong { event.type.text }
                  " "
                  span(.class("muted")) { gist(event.data) }
                }
              }
              dl(.class("facts small")) {
                dt { "Sequence" }
                dd { String(event.sequence) }
                dt { "Id" }
                dd { code { event.id.description } }
                if let cause = event.cause {
                  dt { "Cause" }
                  dd { a(.href("/journal?cause=\(cause)")) { code { cause.description } } }
                }
              }
              pre { code { String(event.data.prettyText.prefix(4_000)) } }
            }
          }
          cell("Subject") {
            a(.href("/journal?subject=\(SafeURL.encode(event.subject.text))"), .title(event.subject.text)) {
              short(event.subject.text)
            }
          }
          cell("By") { event.actor.text }
        }
      }
    }
  }
}

/// `alert/…4F2`: the kind and enough of the id to tell it from its neighbours. Long names are cut as well: they
/// would make the table wider than the page.
private func short(_ subject: String) -> String {
  let parts = subject.split(separator: "/", maxSplits: 1)
  guard parts.count == 2 else { return String(subject.prefix(60)) }
  if ULID(parts[1]) == nil { return parts[1].count > 40 ? "\(parts[0])/\(parts[1].prefix(12))…" : subject }
  return "\(parts[0])/…\(parts[1].suffix(6))"
}

/// The one line of an event's data that says most.
private func gist(_ data: JSON) -> String {
  if let summary = data["signal"]?["summary"]?.string { return summary }
  for key in [
    "title", "summary", "reason", "first", "text", "person", "name", "user", "service", "result", "via", "policy",
  ] {
    if let text = data[key]?.string, !text.isEmpty { return String(text.prefix(160)) }
  }
  return ""
}
