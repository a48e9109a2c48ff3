import Base
import Engine
import Events
import Freeze

/// What a service's page says of freezes: those that hold, or the next one; nothing where none is near.
func freezeCard(_ service: ServiceEntry, _ site: Site, _ context: PageContext) -> HTML {
  let freezes = site.state.freezes
  let windows = site.catalog.freezes
  let holding = freezes.holding(for: service.name, among: windows, at: context.now)
  let next = holding.isEmpty ? freezes.next(for: service.name, among: windows, after: context.now) : nil
  // A live region stays on the page when it is empty, so that a freeze that begins has a place to appear in.
  return div(.data("live", "freezes")) {
    for window in holding {
      section(.class("card urgent"), .id("freeze-\(window.name)")) {
        h2 {
          "Changes are frozen until "; clock(window.end, context)
        }
        p { "Because: \(window.reason)" }
        lift(window, service, context, "Lift the freeze")
      }
    }
    if let next {
      card("Next freeze") {
        p {
          "Changes are frozen from "; clock(next.start, context); " to "; clock(next.end, context); "."
        }
        p { "Because: \(next.reason)" }
        lift(next, service, context, "Call it off")
      }
    }
  }
}

private func lift(_ window: FreezeWindow, _ service: ServiceEntry, _ context: PageContext, _ label: String) -> HTML {
  guard context.may(.editor) else { return .nothing }
  return actionForm(
    "/freezes/\(SafeURL.encode(window.name))/lift", context, label: label,
    confirm: "Changes to \(Format.list(window.services)) are allowed again at once.",
    fields: [("back", "/services/\(SafeURL.encode(service.name))")])
}
