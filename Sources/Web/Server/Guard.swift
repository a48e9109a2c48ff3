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
          if whole.maySee(event, viewer) { return event }
        }
        return nil
      }
    }
    return guarded
  }

  private func maySee(_ event: Event, _ viewer: Viewer) -> Bool {
    viewer.seesAll || committed().state.incidents.privacy.maySee(event, viewer)
  }

  /// Reads on until the page is full, so that what is left out does not end a list early.
  private func visibleEvents(_ query: JournalQuery, _ viewer: Viewer) async throws -> [Event] {
    let privacy = committed().state.incidents.privacy
    if privacy.hidden(from: viewer).isEmpty { return try await events(query) }
    var found: [Event] = []
    var rest = query
    for _ in 0..<50 {
      let page = try await events(rest)
      found += page.filter { privacy.maySee($0, viewer) }.prefix(query.limit - found.count)
      guard found.count < query.limit, page.count == rest.limit, let last = page.last else { break }
      if rest.newestFirst { rest.before = last.sequence } else { rest.after = last.sequence }
    }
    return found
  }
}

extension Pipeline {
  /// A path that names something private is a path to nothing for those who may not see it.
  func checkPrivacy(_ request: WebRequest, _ viewer: Viewer) throws {
    guard !viewer.seesAll, !request.parameters.isEmpty else { return }
    let privacy = platform.committed().state.incidents.privacy
    for value in request.parameters.values {
      if let id = ULID(value), privacy.hides(id, from: viewer) { throw Problem.notFound("page at \(request.path)") }
    }
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
