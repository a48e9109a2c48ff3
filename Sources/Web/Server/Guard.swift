import Base
import Engine
import Incidents
import Journal

/// For whom a request is being answered. Whatever is read through the guarded platform is what this reader may see; out
/// of a request nobody may see anything private.
enum Reading {
  @TaskLocal static var viewer = Viewer.nobody
}

extension Identity {
  var viewer: Viewer { Viewer(actor, seesAll: isLocal) }
}

extension WebRequest {
  /// Whom the answer is for.
  var viewer: Viewer { identity?.viewer ?? .nobody }
}

extension Platform {
  /// The platform as handlers get it: state and journal without what the reader may not see. Here, in one place, so
  /// that no page, list or document has to think of it.
  func guarded() -> Platform {
    let whole = self
    var guarded = self
    guarded.committed = {
      let committed = whole.committed()
      return Committed(state: committed.state.seen(by: Reading.viewer), sequence: committed.sequence)
    }
    guarded.events = { query in try await whole.visibleEvents(query, Reading.viewer) }
    guarded.follow = { query in
      let viewer = Reading.viewer
      let events = whole.follow(query)
      return AsyncThrowingStream {
        var iterator = events.makeAsyncIterator()
        while let event = try await iterator.next() {
          if try await whole.maySee(event, viewer) { return event }
        }
        return nil
      }
    }
    return guarded
  }

  /// Waits for the commit of what is in the journal a moment earlier: only then it is known to be private.
  private func maySee(_ event: Event, _ viewer: Viewer) async throws -> Bool {
    if viewer.seesAll { return true }
    while committed().sequence < event.sequence { try await Task.sleep(for: .milliseconds(1)) }
    return committed().state.incidents.privacy.maySee(event, viewer)
  }

  /// Events that are read at once where some are hidden, and how often: together more than all private incidents of a
  /// page's stretch have.
  private static var step: Int { 500 }
  private static var stepsMax: Int { 200 }

  /// Reads on until the page is full, so that what is left out does not end a list early.
  private func visibleEvents(_ query: JournalQuery, _ viewer: Viewer) async throws -> [Event] {
    if viewer.seesAll { return try await events(query) }
    if let subject = query.subject, !committed().state.incidents.privacy.maySee(Subject(subject), viewer) { return [] }
    var found: [Event] = []
    var rest = query
    // Wide steps: a short page over a long stretch that is hidden would end before what comes after it.
    if !committed().state.incidents.privacy.hidden(from: viewer).isEmpty { rest.limit = max(query.limit, Self.step) }
    for _ in 0..<Self.stepsMax {
      let page = try await events(rest)
      // What is private is known of what is committed; an event is in the journal a moment earlier.
      let now = committed()
      found += page.filter { $0.sequence <= now.sequence && now.state.incidents.privacy.maySee($0, viewer) }
        .prefix(query.limit - found.count)
      guard found.count < query.limit, page.count == rest.limit, let last = page.last else { break }
      if rest.newestFirst { rest.before = last.sequence } else { rest.after = last.sequence }
    }
    return found
  }
}

extension Pipeline {
  /// A request that names something private in its path, for somebody who may not see it, is answered as if there were
  /// nothing: to the handler it names an identifier that nothing has.
  func withoutPrivate(_ request: WebRequest, _ viewer: Viewer) -> WebRequest {
    guard !viewer.seesAll, !request.parameters.isEmpty else { return request }
    let privacy = platform.committed().state.incidents.privacy
    var request = request
    for stand in Self.stands(request) where privacy.hides(stand.id, from: viewer) {
      request.parameters[stand.parameter] = "\(stand.nothing)"
    }
    return request
  }

  /// The identifiers in a path, each with one that nothing has.
  private static func stands(_ request: WebRequest) -> [(parameter: String, id: ULID, nothing: ULID)] {
    request.parameters.sorted { $0.key < $1.key }.enumerated().compactMap { index, parameter in
      ULID(parameter.value).map { (parameter.key, $0, ULID(high: 0, low: UInt64(index))) }
    }
  }

  /// What is private is refused in the words that are used for what never was: with the identifier that was asked for.
  static func alike(_ problem: Problem, _ request: WebRequest) -> Problem {
    var problem = problem
    for stand in stands(request) {
      problem.detail = problem.detail.split(separator: "\(stand.nothing)", omittingEmptySubsequences: false)
        .joined(separator: "\(stand.id)")
    }
    return problem
  }

  /// Runs a handler for its reader, and what it streams later too.
  func reading(
    as viewer: Viewer, _ handle: () async throws -> WebResponse
  ) async throws -> WebResponse {
    var response = try await Reading.$viewer.withValue(viewer) { try await handle() }
    if case .stream(let produce) = response.body {
      response.body = .stream { sink in
        try await Reading.$viewer.withValue(viewer) { try await produce(sink) }
      }
    }
    return response
  }
}
