import Alerts
import Base
import Engine
import Events
import Journal
import Outbox

extension Desk {
  /// The page of what went out, and what links in messages lead to.
  var escalationPageRoutes: [Route] {
    [
      view("/pages") { request, site, context in
        let filter = request.query("state") ?? "all"
        let subject = request.query("subject")
        let all = site.state.outbox.pages.sortedElements.map(\.value).reversed().filter { page in
          (filter == "all" || filter == page.condition.group) && (subject == nil || subject == page.subject.text)
        }
        let (pages, next) = try slice(Array(all), request) { $0.id.description }
        return outboxPage(pages, filter: filter, subject: subject, next: next, site, context)
      },
      Route("GET", "/a/{token}", .open, .page) { request in
        let (alert, person) = try link(request)
        return page(
          answerPage(
            alert, person: person, token: request.parameters["token"] ?? "",
            resolvesFirst: request.query("do") == "resolve", context(request)),
          request)
      },
    ]
  }

  var escalationActionRoutes: [Route] {
    [
      // No form token: the signature in the path is the proof, and mail programs have no cookie of ours.
      Route("POST", "/a/{token}", .open, .page, bodyBytesMax: Self.formBytesMax) { request in
        let (alert, person) = try link(request)
        try await answer(alert, person, request)
        return .redirect("/a/\(request.parameters["token"] ?? "")")
      },
      form("/alerts/{id}/escalate") { request in
        let to = request.field("to")
        _ = try await platform.ask(.escalateAlert(try request.id(), to: to, by: request.actor))
        return "/alerts/\(try request.id())"
      },
      form("/pages/test") { request in
        let target = request.field("target")
        _ = try await platform.ask(.testChannels(target, by: request.actor))
        return "/pages?subject=\(SafeURL.encode(target))"
      },
    ]
  }

  /// Does what the link's page was asked for. The same again changes nothing, and what somebody else did meanwhile
  /// stands.
  private func answer(_ alert: Alert, _ person: String, _ request: WebRequest) async throws {
    let actor = Actor.user(person)
    do {
      // The buttons of the page say what they do; without one the link's own address does.
      let said = request.field("action")
      switch said.isEmpty ? request.query("do") ?? "acknowledge" : said {
      case "acknowledge":
        guard alert.status == .firing else { return }
        _ = try await platform.ask(.acknowledgeAlert(alert.id, via: "link", by: actor))
      case "resolve":
        guard alert.isOpen else { return }
        let actionable = ["yes": true, "no": false][request.field("actionable")]
        try await platform.ask(
          .resolveAlert(alert.id, reason: "resolved by \(actor.text)", actionable: actionable, by: actor))
      default: throw Problem.invalid("A link acknowledges or resolves.", "Use action=acknowledge or action=resolve.")
      }
    } catch let refusal as Refusal where refusal.kind == .conflict {
      // Over meanwhile: the page says so.
    }
  }

  /// The alert that a link's token stands for, as long as it is valid.
  private func link(_ request: WebRequest) throws -> (alert: Alert, person: String) {
    switch AcknowledgeLink.open(request.parameters["token"] ?? "", at: request.now, secret: platform.secret) {
    case .good(let id, let person):
      guard let alert = platform.committed().state.alerts.alerts[id] else {
        throw Problem.notFound("such alert any more")
      }
      return (alert, person)
    case .expired(let when):
      throw Problem(
        410, "This link is no longer valid", "It expired at \(when.rfc3339).", "Open the alert in Mainstay.")
    case .forged:
      throw Problem(
        403, "This link is not ours", "Its signature is not this server's; a part of it may be missing.",
        "Copy the whole link from the message, or open the alert in Mainstay.")
    }
  }

  // MARK: API

  var escalationRoutes: [Route] {
    [
      act(
        "/api/v1/alerts/{id}/escalate",
        .post(
          "escalateAlert", "Give an alert to user/NAME, team/NAME or policy/NAME, who are paged now", "Alerts",
          body: [("to", "string", true)])
      ) { request, body in
        let id = try request.id()
        _ = try await platform.ask(.escalateAlert(id, to: body["to"]?.string ?? "", by: request.actor))
        let state = platform.committed().state
        guard let alert = state.alerts.alerts[id] else { throw Problem.notFound("alert \(id)") }
        return Resource.alert(alert, in: state)
      },
      act(
        "/api/v1/pages/test",
        .post(
          "testChannels", "Send a test message to user/NAME, over every channel of theirs, or to channel/NAME", "Pages",
          body: [("target", "string", true)], status: 201)
      ) { request, body in
        let ids = try await platform.ask(.testChannels(body["target"]?.string ?? "", by: request.actor))
        let pages = platform.committed().state.outbox.pages
        return list(ids.compactMap { pages[$0] }.map(Resource.page), nil)
      },
      read("/api/v1/pages/{id}", .get("getPage", "One message and its attempts", "Pages")) { request in
        guard let page = platform.committed().state.outbox.pages[try request.id()] else {
          throw Problem.notFound("such page any more")
        }
        return Resource.page(page)
      },
    ]
  }
}

extension PageCondition {
  /// The tab it is shown under.
  var group: String {
    switch self {
    case .requested, .sending, .retrying: "waiting"
    case .sent: "sent"
    case .dead: "dead"
    case .cancelled: "cancelled"
    }
  }
}
