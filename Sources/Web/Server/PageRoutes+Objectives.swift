import Base
import Engine
import Events
import Journal

extension Desk {
  /// Rows of the list of SLOs on a page of it: with their plots they stay well under the bound of a page.
  static let sloRows = 50

  var sloPageRoutes: [Route] {
    [
      view("/slos") { request, site, context in
        sloListPage(sloPage(of: try ObjectiveFilter(request), site, after: request.query("cursor")), site, context)
      },
      view("/slos/{name}") { request, site, context in
        let name = request.parameters["name"] ?? ""
        guard let slo = site.objectives.named(name) else { throw Problem.notFound("SLO \(name)") }
        return Web.sloPage(
          slo, site, history: await history(name, context), detail: await detail(name, context), context)
      },
      view("/wall") { request, site, context in
        var filter = ObjectiveFilter()
        filter.team = request.query("team") ?? ""
        return wallPage(site.objectives.matching(filter), team: filter.team, site, context)
      },
      view("/telemetry") { _, _, context in telemetryPage(platform.telemetry(), context) },
    ]
  }

  /// A page of the list. A cursor that is no longer in the list gives its start, and the page says so: a list that is
  /// sorted by what changes must not end in an error.
  private func sloPage(of filter: ObjectiveFilter, _ site: Site, after cursor: String?) -> ObjectivePage {
    let inAnyState = site.objectives.matching(filter.with { $0.state = nil })
    let matching = filter.state.map { state in inAnyState.filter { $0.health == state } } ?? inAnyState
    let place = cursor.flatMap { cursor in matching.firstIndex { $0.name == cursor } }
    let start = place.map { $0 + 1 } ?? 0
    let rows = Array(matching[min(start, matching.count)...].prefix(Self.sloRows))
    return ObjectivePage(
      filter: filter, rows: rows, matching: matching, inAnyState: inAnyState, before: start,
      next: start + rows.count < matching.count ? rows.last?.name : nil, isRestarted: cursor != nil && place == nil)
  }

  func detail(_ slo: String, _ context: PageContext) async -> ObjectiveDetail {
    await platform.detail(slo, context.now - context.range.length, context.now)
  }

  var sloActionRoutes: [Route] {
    [
      form("/slos/{name}/exclusions", .editor) { request in
        let name = try known(request)
        _ = try await exclude(
          name, from: try wallTime(request.field("from"), request), to: try wallTime(request.field("to"), request),
          reason: request.field("reason"), by: request.actor)
        return "/slos/\(SafeURL.encode(name))#exclusions"
      },
      form("/slos/{name}/exclusions/{id}/remove", .editor) { request in
        let name = try known(request)
        try await platform.restoreExclusion(request.parameters["id"] ?? "", name, request.actor)
        return "/slos/\(SafeURL.encode(name))#exclusions"
      },
    ]
  }

  /// The SLO that the path names.
  func known(_ request: WebRequest) throws -> String {
    let name = request.parameters["name"] ?? ""
    guard platform.objectives().named(name) != nil else { throw Problem.notFound("SLO \(name)") }
    return name
  }

  /// What can be told to be wrong without the writer is said here, in the words of the form.
  func exclude(_ slo: String, from: Instant, to: Instant, reason: String, by actor: Actor) async throws -> String {
    let reason = String(reason.drop { $0 == " " })
    guard from < to else {
      throw Problem.invalid("The time from \(from.rfc3339) to \(to.rfc3339) is empty.", "Let it end after it begins.")
    }
    guard !reason.isEmpty else {
      throw Problem.invalid("No reason is given.", "Say why this time is left out; an auditor reads it.")
    }
    guard reason.utf8.count <= 2_000 else {
      throw Problem.invalid("The reason is longer than 2,000 bytes.", "Shorten it and link to the rest.")
    }
    return try await platform.exclude(ExclusionRequest(slo: slo, from: from, to: to, reason: reason), actor)
  }
}
