import Base
import Engine
import Events
import Journal
import Reviews

/// Reviews and their action items.
extension Desk {
  var reviewPageRoutes: [Route] {
    [
      view("/reviews") { request, site, context in
        let query = request.query("q") ?? ""
        if !query.isEmpty {
          let hits = try await library.index(platform, site.state).search(query) { site.state.reviews[$0] != nil }
          let found = hits.compactMap { hit in site.state.reviews[hit.id].map { (hit, $0) } }
          return reviewSearchPage(query, found, context)
        }
        let (reviews, next) = try slice(site.state.reviews.all, request) { $0.id.description }
        return reviewsPage(reviews, next: next, site, context)
      },
      // Before the page of a review: its path ends in the same segment.
      Route("GET", "/reviews/{id}.md", .role(.viewer), .page) { request in
        .text(try await reading(request).markdown, type: "text/markdown; charset=utf-8")
      },
      view("/reviews/{id}") { request, site, context in
        let reading = try await reading(request)
        return reviewPage(try await reviewView(reading, site), site, context)
      },
      view("/reviews/{id}/edit") { request, _, context in
        let reading = try await reading(request)
        let section = try section(request.query("section") ?? "")
        return reviewEditPage(reading, section, history: try await history(reading.review, section), context)
      },
      view("/actions") { request, site, context in
        actionsPage(
          site, owner: request.query("owner"), showsClosed: request.query("state") == "closed", context)
      },
      view("/actions/{id}") { request, site, context in
        guard let action = site.state.actions[try request.id()] else { throw Problem.notFound("such action item") }
        return actionPage(action, site, context)
      },
    ]
  }

  func reading(_ request: WebRequest) async throws -> ReviewReading {
    let state = platform.committed().state
    guard let review = state.reviews[try request.id()] else { throw Problem.notFound("such review") }
    return try await library.read(review, platform, state)
  }

  var people: LexiconPeople {
    LexiconPeople(platform.catalog().people.map { PersonName(name: $0.name, display: $0.displayName) })
  }

  /// A review with all that its page shows.
  func reviewView(_ reading: ReviewReading, _ site: Site) async throws -> ReviewView {
    let review = reading.review
    let state = site.state
    let repeated = review.causes.compactMap { cause -> RepeatedCause? in
      let others = state.reviews.others(with: cause, as: review)
      return others.isEmpty ? nil : RepeatedCause(cause: cause, reviews: others)
    }
    let similar = try await library.index(platform, state).similar(to: review.id, where: { state.reviews[$0] != nil })
      .compactMap { item in state.reviews[item.id].map { (review: $0, share: item.share) } }
    let questions = Coaching.questions(
      for: review.draft.facts,
      .init(
        severity: review.draft.severity, repeated: repeated.map { ($0.cause, $0.reviews.map(\.draft.number)) },
        causes: review.causes, actions: reading.actions.map(\.kind)))
    return ReviewView(
      reading: reading, findings: reading.findings(people), questions: questions, repeated: repeated, similar: similar)
  }

  private func history(_ review: Review, _ section: ReviewSection) async throws -> [(edit: Review.Edit, text: String)] {
    let texts = try await library.texts(review, platform)
    return review.edits.filter { $0.section == section }.reversed().prefix(20).map {
      ($0, texts[$0.sequence] ?? Erasable.erasedText)
    }
  }

  func section(_ text: String) throws -> ReviewSection {
    guard let section = ReviewSection(rawValue: text) else {
      let all = ReviewSection.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem.invalid("'\(text.prefix(40))' is no section of a review.", "Use one of \(all).")
    }
    return section
  }

  // MARK: Forms

  var reviewActionRoutes: [Route] {
    [
      Route("POST", "/reviews/{id}/sections", .role(.responder), .form, bodyBytesMax: 256 << 10) { request in
        try await saveSection(request)
      },
      form("/reviews/{id}/publish") { request in
        let override = request.field("override")
        try await platform.ask(
          .publishReview(try await reading(request), override: override.isEmpty ? nil : override, by: request.actor))
        return "/reviews/\(try request.id())"
      },
      form("/reviews/{id}/reopen") { request in
        try await platform.ask(.reopenReview(try request.id(), by: request.actor))
        return "/reviews/\(try request.id())"
      },
      form("/reviews/{id}/schedule") { request in
        try await platform.ask(.scheduleReview(try request.id(), at: try day(request.field("at")), by: request.actor))
        return "/reviews/\(try request.id())"
      },
      form("/reviews/{id}/causes") { request in
        try await platform.ask(.linkCause(request.field("cause"), to: try request.id(), by: request.actor))
        return "/reviews/\(try request.id())#causes"
      },
      form("/reviews/{id}/causes/remove") { request in
        try await platform.ask(.unlinkCause(request.field("cause"), from: try request.id(), by: request.actor))
        return "/reviews/\(try request.id())#causes"
      },
      form("/reviews/{id}/actions") { request in
        _ = try await platform.ask(
          .createAction(try fields { request.field($0) }, of: try request.id(), by: request.actor))
        return "/reviews/\(try request.id())#actions"
      },
      form("/actions/{id}") { request in
        try await platform.ask(
          .editAction(try request.id(), try fields { request.field($0) }, by: request.actor))
        return "/actions/\(try request.id())"
      },
      form("/actions/{id}/close") { request in
        try await platform.ask(.closeAction(try request.id(), via: "page", by: request.actor))
        return Self.local(request.field("back"))
      },
      form("/actions/{id}/reopen") { request in
        try await platform.ask(.reopenAction(try request.id(), via: "page", by: request.actor))
        return Self.local(request.field("back"))
      },
      form("/actions/{id}/export") { request in
        let tracker = request.field("tracker")
        try await platform.ask(
          .exportAction(try request.id(), to: tracker.isEmpty ? nil : tracker, by: request.actor))
        return Self.local(request.field("back"))
      },
    ]
  }

  /// Saves; where somebody else was faster, shows both texts with a form that replaces theirs.
  private func saveSection(_ request: WebRequest) async throws -> WebResponse {
    let section = try section(request.field("section"))
    let text = request.field("text").replacing("\r\n", with: "\n")
    guard let base = Int64(request.field("base")) else { throw Problem.invalid("The form names no text to replace.") }
    let id = try request.id()
    do {
      try await platform.ask(.editReview(id, section, text: text, base: base, by: request.actor))
      return .redirect("/reviews/\(id)#\(section.rawValue)")
    } catch let refusal as Refusal where refusal.kind == .conflict {
      let reading = try await reading(request)
      guard reading.review.status == .drafted else { throw refusal }
      var response = page(reviewConflictPage(reading, section, mine: text, refusal.message, context(request)), request)
      response.status = 409
      return response
    }
  }

  /// An action item's fields by their names.
  func fields(_ value: (String) -> String) throws -> ActionFields {
    guard let kind = ActionKind(rawValue: value("kind")) else {
      let all = ActionKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem.invalid("'\(value("kind").prefix(40))' is no kind of action item.", "Use one of \(all).")
    }
    return ActionFields(title: value("title"), kind: kind, owner: value("owner"), due: try day(value("due")))
  }

  /// A day (its end, UTC) or a moment.
  func day(_ text: String) throws -> Instant {
    guard let time = Instant(rfc3339: text) ?? Instant(rfc3339: text + "T23:59:59Z") else {
      throw Problem.invalid("'\(text.prefix(40))' is no day.", "Write it as 2026-12-24.")
    }
    return time
  }
}
