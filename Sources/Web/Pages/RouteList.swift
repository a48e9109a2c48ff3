import Alerts
import Base
import Definitions
import Events

/// A `Route` of the definitions.
public struct RouteEntry: Sendable {
  public var route: AlertRoute
  /// Where it is written, `file:line`.
  public var place: String

  public init(route: AlertRoute, place: String) {
    self.route = route
    self.place = place
  }

  /// What has to hold, each in a few words; none where it takes everything.
  var conditions: [String] {
    let match = route.match
    func list(_ name: String, _ values: [String]) -> String? {
      values.isEmpty ? nil : "\(name) \(values.joined(separator: " or "))"
    }
    return [
      list("by", match.integrations), list("service", match.services), list("owned by", match.owners),
      list("tier", match.tiers.map(String.init)), list("severity", match.severities.map(\.rawValue)),
    ].compactMap(\.self) + match.labels.map { "\($0.name)=\"\($0.value)\"" } + match.matchers.map { "\($0)" }
  }

  /// What it changes of an alert, each in a few words.
  var changes: [String] {
    let set = route.set
    return [
      set.service.map { "service \($0)" }, set.severity.map { "severity \($0)" },
      set.urgency.map { "urgency \($0.rawValue)" }, set.key.map { "key \($0)" },
      set.autoResolve.map { "resolves after \($0.text)" },
    ].compactMap(\.self) + set.labels.map { "label \($0.name)=\"\($0.template)\"" }
  }
}

/// All routes, so that one sees which come first.
func routeList(_ routes: [RouteEntry]) -> HTML {
  card("\(Format.plural(routes.count, "route")), in the order in which they are tried") {
    if routes.isEmpty {
      empty("No Route is defined: alerts go by the policy that their service names.", hint: "kind: Route")
    } else {
      table(.class("cards")) {
        heads(("Route", false), ("Takes", false), ("Changes", false), ("Pages", false))
        tbody {
          for entry in routes {
            tr {
              th(.attr("scope", "row")) {
                entry.route.name
                div(.class("muted small")) { entry.place }
              }
              cell("Takes") { lines(entry.conditions, nothing: "everything") }
              cell("Changes") { lines(entry.changes, nothing: "nothing") }
              cell("Pages") { policy(of: entry.route) }
            }
          }
        }
      }
    }
  }
}

private func policy(of route: AlertRoute) -> HTML {
  if let policy = route.set.policy { return .text("\(policy), whatever the service names") }
  return .text(route.policy ?? "as the service names, or a later route")
}

private func lines(_ words: [String], nothing: String) -> HTML {
  words.isEmpty ? span(.class("muted")) { nothing } : .group(words.map { word in div { word } })
}
