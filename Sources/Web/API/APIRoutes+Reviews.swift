import Base
import Engine
import Events
import Journal
import Reviews

extension Desk {
  var reviewRoutes: [Route] { reviewReadRoutes + reviewWriteRoutes + actionItemRoutes }

  private var reviewReadRoutes: [Route] {
    [
      read(
        "/api/v1/reviews",
        .list(
          "listReviews", "Reviews, newest first, or the best first of a search", "Reviews", query: [("q", "Words.")])
      ) { request in
        let state = platform.committed().state
        var all = state.reviews.all
        if let query = request.query("q") {
          all = try await library.index(platform, state).search(query) { state.reviews[$0] != nil }
            .compactMap { state.reviews[$0.id] }
        }
        let (page, next) = try slice(all, request) { $0.id.description }
        return list(page.map { Resource.review($0) }, next)
      },
      read("/api/v1/reviews/{id}", .get("getReview", "One review with its Markdown", "Reviews")) { request in
        try await review(request)
      },
    ]
  }

  private func review(_ request: WebRequest) async throws -> JSON {
    let reading = try await reading(request)
    return try Resource.review(try await reviewView(reading, site))
  }

  private var reviewWriteRoutes: [Route] {
    [
      act(
        "/api/v1/reviews/check",
        .post(
          "checkText", "What blames in a text, where, why, and a kinder wording", "Reviews",
          body: [("text", "string", true), ("causes", "boolean", false)]), .viewer
      ) { _, body in
        let found = Lexicon.check(
          body["text"]?.string ?? "", people: people, inCauses: body["causes"]?.bool ?? false)
        return Resource.object([("items", .array(found.map(Resource.finding)))])
      },
      act(
        "/api/v1/reviews/{id}/sections/{section}",
        .post(
          "editReview", "Write a section anew; base is the sequence of the text it replaces, 0 for the draft's",
          "Reviews", body: [("text", "string", true), ("base", "integer", true)])
      ) { request, body in
        try await platform.ask(
          .editReview(
            try request.id(), try section(request.parameters["section"] ?? ""), text: body["text"]?.string ?? "",
            base: body["base"]?.int ?? 0, by: request.actor))
        return try await review(request)
      },
      act(
        "/api/v1/reviews/{id}/publish",
        .post(
          "publishReview", "Publish a review; one that names a person as a cause needs a reason", "Reviews",
          body: [("reason", "string", false)])
      ) { request, body in
        try await platform.ask(
          .publishReview(try await reading(request), override: body["reason"]?.string, by: request.actor))
        return try await review(request)
      },
      act("/api/v1/reviews/{id}/reopen", .post("reopenReview", "Edit a published review again", "Reviews")) {
        request, _ in
        try await platform.ask(.reopenReview(try request.id(), by: request.actor))
        return try await review(request)
      },
      act(
        "/api/v1/reviews/{id}/causes",
        .post("linkCause", "Give the incident a cause", "Reviews", body: [("cause", "string", true)])
      ) { request, body in
        try await platform.ask(.linkCause(body["cause"]?.string ?? "", to: try request.id(), by: request.actor))
        return try await review(request)
      },
    ]
  }

  private var actionItemRoutes: [Route] {
    [
      read(
        "/api/v1/actions",
        .list(
          "listActions", "Action items: open ones, first due first; or closed ones, newest first", "Reviews",
          query: [("state", "open (the default) or closed."), ("owner", "Only of this person.")])
      ) { request in
        let actions = platform.committed().state.actions
        let all = request.query("state") == "closed" ? actions.all.filter { !$0.isOpen } : actions.open
        let owner = request.query("owner")
        let (page, next) = try slice(all.filter { owner == nil || $0.owner == owner }, request) { $0.id.description }
        return list(page.map { Resource.action($0, at: request.now) }, next)
      },
      act(
        "/api/v1/reviews/{id}/actions",
        .post(
          "createAction", "Add an action item to a review", "Reviews",
          body: [
            ("title", "string", true), ("kind", "string", true), ("owner", "string", true), ("due", "string", true),
          ], status: 201)
      ) { request, body in
        let id = try await platform.ask(
          .createAction(try fields { body[$0]?.string ?? "" }, of: try request.id(), by: request.actor))
        return try action(id, request)
      },
      act("/api/v1/actions/{id}/close", .post("closeAction", "Close an action item", "Reviews")) { request, _ in
        let via = request.headers["user-agent"]?.hasPrefix("mainstay/") == true ? "cli" : "api"
        try await platform.ask(.closeAction(try request.id(), via: via, by: request.actor))
        return try action(try request.id(), request)
      },
      act("/api/v1/actions/{id}/reopen", .post("reopenAction", "Open an action item again", "Reviews")) { request, _ in
        try await platform.ask(.reopenAction(try request.id(), via: "api", by: request.actor))
        return try action(try request.id(), request)
      },
      act(
        "/api/v1/actions/{id}/export",
        .post("exportAction", "Make an issue of an action item", "Reviews", body: [("tracker", "string", false)])
      ) { request, body in
        try await platform.ask(.exportAction(try request.id(), to: body["tracker"]?.string, by: request.actor))
        return try action(try request.id(), request)
      },
    ]
  }

  private func action(_ id: ULID, _ request: WebRequest) throws -> JSON {
    guard let action = platform.committed().state.actions[id] else { throw Problem.notFound("such action item") }
    return Resource.action(action, at: request.now)
  }
}

extension Resource {
  static func review(_ review: Review) -> JSON {
    object([
      ("id", .string(review.id.description)), ("incident", .string(review.draft.incident.description)),
      ("number", .int(Int64(review.draft.number))), ("title", .string(review.draft.title)),
      ("state", .string(review.status.rawValue)), ("service", text(review.draft.service)),
      ("severity", .string(review.draft.severity.rawValue)), ("draftedAt", time(review.draftedAt)),
      ("due", time(review.draft.due)), ("scheduledAt", time(review.scheduledAt)),
      ("publishedAt", time(review.publishedAt)), ("causes", .array(review.causes.map(JSON.string))),
    ])
  }

  static func review(_ view: ReviewView) throws -> JSON {
    guard case .object(var whole) = review(view.reading.review) else { return .null }
    let sections = ReviewSection.allCases.map { section in
      object([
        ("section", .string(section.rawValue)), ("text", .string(view.reading.text(section))),
        ("base", .int(view.reading.review.base(of: section))),
      ])
    }
    whole["sections"] = .array(sections)
    whole["facts"] = try JSON(encoding: view.reading.review.draft.facts)
    whole["findings"] = .array(
      view.findings.flatMap { part in
        part.findings.map { item -> JSON in
          guard case .object(var found) = finding(item) else { return .null }
          found["section"] = .string(part.section.rawValue)
          return .object(found)
        }
      })
    whole["questions"] = .array(
      view.questions.map {
        object([("gap", .string($0.gap.rawValue)), ("text", .string($0.text)), ("figures", .string($0.figures))])
      })
    whole["similar"] = .array(view.similar.map { .string($0.review.id.description) })
    whole["markdown"] = .string(view.reading.markdown)
    return .object(whole)
  }

  static func finding(_ finding: Lexicon.Finding) -> JSON {
    object([
      ("rule", .string(finding.rule)), ("excerpt", .string(finding.excerpt)), ("line", .int(Int64(finding.line))),
      ("column", .int(Int64(finding.column))), ("why", .string(finding.why)), ("kinder", .string(finding.kinder)),
      ("person", text(finding.person)),
    ])
  }

  static func action(_ action: ReviewAction, at now: Instant) -> JSON {
    object([
      ("id", .string(action.id.description)), ("number", .int(Int64(action.number))),
      ("review", .string(action.review.description)), ("title", .string(action.title)),
      ("kind", .string(action.kind.rawValue)), ("owner", .string(action.owner)), ("due", time(action.due)),
      ("state", .string(action.isOpen ? "open" : "closed")), ("overdue", .bool(action.isOverdue(at: now))),
      ("closedAt", time(action.closedAt)), ("closedBy", text(action.closedBy?.text)),
      ("closedVia", text(action.closedVia)), ("tracker", text(action.issue?.target ?? action.export?.target)),
      ("issue", text(action.issue?.url)), ("exportProblem", text(action.export?.reason)),
    ])
  }
}
