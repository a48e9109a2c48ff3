import Access
import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall

extension Desk {
  /// What forms do. Each sends one command and goes back to the page that shows its effect.
  var actionRoutes: [Route] {
    sloActionRoutes + fatigueActionRoutes + [
      form("/alerts/{id}/acknowledge") { request in
        _ = try await platform.ask(.acknowledgeAlert(try request.id(), via: "page", by: request.actor))
        return "/alerts/\(try request.id())"
      },
      form("/alerts/{id}/resolve") { request in
        let reason = request.field("reason")
        try await platform.ask(
          .resolveAlert(
            try request.id(), reason: reason.isEmpty ? "resolved by \(request.actor.text)" : reason,
            actionable: try answer(request.field("actionable")), by: request.actor))
        return "/alerts/\(try request.id())"
      },
      form("/incidents") { request in
        let alert = request.field("alert")
        let service = request.field("service")
        let id = try await platform.ask(
          .openIncident(
            title: request.field("title"), service: service.isEmpty ? nil : service,
            severity: try severity(request.field("severity")), alerts: ULID(alert).map { [$0] } ?? [],
            by: request.actor))
        return "/incidents/\(id)"
      },
      form("/incidents/{id}/acknowledge") { request in
        _ = try await platform.ask(.acknowledgeIncident(try request.id(), by: request.actor))
        return "/incidents/\(try request.id())"
      },
      form("/incidents/{id}/resolve") { request in
        try await platform.ask(
          .resolveIncident(try request.id(), reason: "resolved by \(request.actor.text)", by: request.actor))
        return "/incidents/\(try request.id())"
      },
      form("/incidents/{id}/notes") { request in
        try await platform.ask(.noteIncident(try request.id(), text: request.field("text"), by: request.actor))
        return "/incidents/\(try request.id())"
      },
      form("/incidents/{id}/roles") { request in
        try await platform.ask(
          .assignRole(
            try request.id(), role: request.field("role"), to: request.field("person"), by: request.actor))
        return "/incidents/\(try request.id())"
      },
      form("/incidents/{id}/severity") { request in
        try await platform.ask(
          .setSeverity(try request.id(), to: try severity(request.field("severity")), by: request.actor))
        return "/incidents/\(try request.id())"
      },
      form("/oncall/{schedule}/overrides") { request in
        let schedule = request.parameters["schedule"] ?? ""
        _ = try await platform.ask(
          .createOverride(
            schedule: schedule, user: request.field("user"), start: try wallTime(request.field("start"), request),
            end: try wallTime(request.field("end"), request), by: request.actor))
        return "/oncall#\(SafeURL.encode(schedule))"
      },
      form("/oncall/{schedule}/overrides/{id}/cancel") { request in
        try await platform.ask(
          .cancelOverride(try request.id(), of: request.parameters["schedule"] ?? "", by: request.actor))
        return "/oncall"
      },
      form("/freezes/{name}/lift", .editor) { request in
        try await platform.ask(.liftFreeze(request.parameters["name"] ?? "", by: request.actor))
        return Self.local(request.field("back"))
      },
      Route("POST", "/preferences", .open, .form, bodyBytesMax: Self.formBytesMax) { request in
        let zone = request.field("zone")
        let isKnown = zone.isEmpty || zone == "UTC" || platform.zone(zone) != nil
        let age = zone.isEmpty ? "Max-Age=0" : "Max-Age=31536000"
        return WebResponse.redirect(Self.local(request.field("back")))
          .adding("set-cookie", "mainstay_zone=\(isKnown ? SafeURL.encode(zone) : "UTC"); Path=/; SameSite=Lax; \(age)")
      },
      Route("POST", "/login", .open, .form, bodyBytesMax: Self.formBytesMax) { request in try await logIn(request) },
      Route("POST", "/logout", .role(.viewer), .form, bodyBytesMax: Self.formBytesMax) { request in
        if case .session(let id, let expires)? = request.identity?.way {
          try await platform.ask(.revokeSession(id, expires: expires, by: request.actor))
        }
        return WebResponse.redirect("/login")
          .adding("set-cookie", "\(Authenticator.sessionCookie)=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
      },
      // No form token: the signature in the path is the proof, and mail programs have no cookie of ours.
      Route("POST", "/a/{token}", .open, .page, bodyBytesMax: Self.formBytesMax) { request in
        let (alert, person) = try link(request)
        if alert.status == .firing {
          _ = try await platform.ask(.acknowledgeAlert(alert.id, via: "link", by: .user(person)))
        }
        return .redirect("/a/\(request.parameters["token"] ?? "")")
      },
    ]
  }

  func form(
    _ path: String, _ need: Role = .responder, _ act: @escaping @Sendable (WebRequest) async throws -> String
  ) -> Route {
    Route("POST", path, .role(need), .form, bodyBytesMax: Self.formBytesMax) { request in
      .redirect(try await act(request))
    }
  }

  func severity(_ text: String) throws -> IncidentSeverity {
    guard let severity = IncidentSeverity(rawValue: text) else {
      throw Problem.invalid("'\(text.prefix(40))' is no severity.", "Use SEV-1, SEV-2, SEV-3 or SEV-4.")
    }
    return severity
  }

  /// The alert that a link's token stands for, as long as it is valid.
  func link(_ request: WebRequest) throws -> (alert: Alert, person: String) {
    guard
      let (id, person) = AcknowledgeLink.open(
        request.parameters["token"] ?? "", at: request.now, secret: platform.secret)
    else {
      throw Problem(
        410, "This link is no longer valid", "It has expired, or a part of it is missing.",
        "Open the alert in Mainstay.")
    }
    guard let alert = platform.committed().state.alerts.alerts[id] else {
      throw Problem.notFound("such alert any more")
    }
    return (alert, person)
  }

  /// `2026-11-21T03:00` on the wall clock of the form's zone. A time that does not exist is moved on by the gap.
  func wallTime(_ text: String, _ request: WebRequest) throws -> Instant {
    let zone = platform.zone(request.field("zone")) ?? .utc
    let full = text.utf8.count == 16 ? text + ":00Z" : text + "Z"
    guard let wall = Instant(rfc3339: full) else {
      throw Problem.invalid("'\(text.prefix(40))' is no date and time.", "Write it as 2026-11-21T03:00.")
    }
    let first = wall - .seconds(Int64(zone.offset(wall).seconds))
    return wall - .seconds(Int64(zone.offset(first).seconds))
  }

  private func logIn(_ request: WebRequest) async throws -> WebResponse {
    let access = platform.committed().state.access
    let (name, token) = (request.field("user"), request.field("token"))
    let expires = request.now + configuration.sessionLength
    var claim: (kind: String, name: String)?
    if !token.isEmpty {
      if let found = access.token(hash: BearerToken.hash(token)), found.isValid(at: request.now), found.role != .sender
      {
        claim = ("token", found.id.description)
      }
    } else {
      let user = access.user(named: name)
      // A user that does not exist takes as long as a wrong password.
      let stored = user?.passwordHash ?? "scrypt$16384$8$1$00000000000000000000000000000000$00"
      if PasswordHash.verify(request.field("password"), against: stored), user != nil { claim = ("user", name) }
    }
    let back = Self.local(request.field("back"))
    guard let claim else {
      var response = page(
        loginPage(
          back: back,
          problem: token.isEmpty ? "That user and password do not match." : "That token is not known or not valid.",
          context(request)), request)
      response.status = 401
      return response
    }
    let cookie = authenticator.makeSession(kind: claim.kind, name: claim.name, expires: expires)
    return WebResponse.redirect(back).adding(
      "set-cookie",
      "\(Authenticator.sessionCookie)=\(cookie); Path=/; HttpOnly; SameSite=Lax; "
        + "Max-Age=\(Int(configuration.sessionLength.seconds))\(request.isSecure ? "; Secure" : "")")
  }

  var intakeRoutes: [Route] { platform.intakes.map { intakeRoute($0, at: $0.path) } }

  /// The routes of one intake as its senders ask for them without a prefix.
  func nativeRoutes(of name: String) -> [Route] {
    platform.intakes.filter { $0.name == name }.map { intakeRoute($0, at: $0.nativePath) }
  }

  private func intakeRoute(_ intake: Intake, at path: String) -> Route {
    @Sendable func values(_ request: WebRequest) -> Intake.Request {
      Intake.Request(body: request.body, headers: request.headers, actor: request.actor.text)
    }
    @Sendable func response(_ reply: Intake.Reply) -> WebResponse {
      WebResponse(status: reply.status, headers: reply.headers, body: .bytes(reply.body))
    }
    var route = Route(intake.method, path, .role(.sender), .intake, bodyBytesMax: intake.bodyBytesMax) { request in
      response(await intake.handle(values(request)))
    }
    if let refuse = intake.refuse {
      route.refuse = { request, problem in
        var told = response(refuse(values(request), .init(status: problem.status, message: problem.detail)))
        told.headers += problem.headers
        return told
      }
    }
    return route
  }
}
