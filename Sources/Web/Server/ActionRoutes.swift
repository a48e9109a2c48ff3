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
    incidentActionRoutes + runbookActionRoutes + reviewActionRoutes + sloActionRoutes + escalationActionRoutes
      + fatigueActionRoutes + [
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
        form("/freezes/{name}/lift", .editor) { request in
          try await platform.ask(.liftFreeze(request.parameters["name"] ?? "", by: request.actor))
          return Self.local(request.field("back"))
        },
        Route("POST", "/preferences", .open, .form, bodyBytesMax: Self.formBytesMax) { request in
          let zone = request.field("zone")
          let isKnown = zone.isEmpty || zone == "UTC" || platform.zone(zone) != nil
          let age = zone.isEmpty ? "Max-Age=0" : "Max-Age=31536000"
          return WebResponse.redirect(Self.local(request.field("back")))
            .adding(
              "set-cookie", "mainstay_zone=\(isKnown ? SafeURL.encode(zone) : "UTC"); Path=/; SameSite=Lax; \(age)")
        },
        Route("POST", "/login", .open, .form, bodyBytesMax: Self.formBytesMax) { request in try await logIn(request) },
        Route("POST", "/logout", .role(.viewer), .form, bodyBytesMax: Self.formBytesMax) { request in
          if case .session(let id, let expires)? = request.identity?.way {
            try await platform.ask(.revokeSession(id, expires: expires, by: request.actor))
          }
          return WebResponse.redirect("/login")
            .adding("set-cookie", "\(Authenticator.sessionCookie)=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
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
      Intake.Request(
        body: request.body, headers: request.headers, actor: request.actor.text, role: request.identity?.role,
        query: request.query, parameters: request.parameters)
    }
    @Sendable func response(_ reply: Intake.Reply) -> WebResponse {
      WebResponse(status: reply.status, headers: reply.headers, body: .bytes(reply.body))
    }
    let need: Route.Need =
      switch intake.access {
      case .sender: .role(.sender)
      case .reader: .either(.viewer, .sender)
      case .viewer: .role(.viewer)
      case .responder: .role(.responder)
      case .own: .open
      }
    var route = Route(intake.method, path, need, .intake, bodyBytesMax: intake.bodyBytesMax) { request in
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
