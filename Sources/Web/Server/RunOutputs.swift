import Base
import Engine
import Events
import Journal

/// What steps printed: kept whole within its bound, or on its way.
extension Desk {
  /// A page shows so much of each; the rest is behind its link.
  private static let shownBytes = 8 * 1_024
  /// A page has at most so many outputs in it.
  private static let outputsShown = 8

  func outputs(of run: RunView) async throws -> [RunOutput] {
    var found: [RunOutput] = []
    for step in run.steps.reversed() {
      var performances = [step.output, step.undoOutput].compactMap { $0 }
      if let live = step.live {
        performances.removeAll { $0.undo == live.undo }
        found.append(RunOutput(index: step.index, performance: live, text: nil))
      }
      for performance in performances where found.count < Self.outputsShown {
        guard let bytes = try await kept(run.id, step.index, performance), !bytes.isEmpty else { continue }
        let shown = Self.excerpt(bytes)
        found.append(
          RunOutput(index: step.index, performance: performance, text: shown.text, isCut: shown.isCut))
      }
    }
    return found
  }

  private func kept(_ run: ULID, _ index: Int, _ performance: RunView.Performance) async throws -> [UInt8]? {
    try await platform.raw(
      State.outputKey(run: run, index: index, attempt: performance.attempt, undo: performance.undo))
  }

  /// The beginning and, more of it, the end, cut at lines where there are some.
  static func excerpt(_ bytes: [UInt8]) -> (text: String, isCut: Bool) {
    guard bytes.count > shownBytes else { return (String(decoding: bytes, as: UTF8.self), false) }
    var head = bytes.prefix(shownBytes / 4)
    var tail = bytes.suffix(shownBytes * 3 / 4)
    if let end = head.lastIndex(of: 10) { head = head.prefix(through: end) }
    if let start = tail.firstIndex(of: 10), start < tail.endIndex - 1 { tail = tail.suffix(from: start + 1) }
    let left = bytes.count - head.count - tail.count
    return (
      String(decoding: head, as: UTF8.self) + "\n… \(Format.grouped(Int64(left))) bytes …\n\n"
        + String(decoding: tail, as: UTF8.self), true
    )
  }

  /// The output of one performance as plain text: what was kept or, with `follow=1`, what comes until it ends.
  var outputRoute: Route {
    Route(
      "GET", "/api/v1/runs/{id}/steps/{index}/output", .role(.viewer), .api,
      operation: Operation(
        id: "getRunOutput", summary: "What a step printed; follow=1 streams it while it is performed", tag: "Runbooks",
        query: [
          ("attempt", "Which attempt, counted from 1; the last by default."), ("undo", "1 for that of its undoing."),
          ("follow", "1 to stream."),
        ], produces: "text/plain")
    ) { request in
      let (run, index) = (try request.id(), try step(request))
      guard let shown = site.run(run), shown.steps.indices.contains(index) else {
        throw Problem.notFound("step \(index) of run \(run)")
      }
      let undo = request.query("undo") == "1"
      let last = undo ? shown.steps[index].undoOutput?.attempt : shown.steps[index].output?.attempt
      let asked = request.query("attempt").flatMap { Int($0) }
      let performance = RunView.Performance(attempt: asked ?? last ?? shown.steps[index].attempt, undo: undo)
      if let bytes = try await kept(run, index, performance) { return Self.plain(.bytes(bytes)) }
      let isLive = shown.steps[index].live == performance
      guard request.query("follow") == "1", isLive, performance.attempt > 0 else {
        throw Problem.notFound("output of that performance\(isLive ? " yet; follow=1 streams it" : "")")
      }
      let stream = platform.runOutput(run, index, performance.attempt, undo)
      return Self.plain(.stream { sink in for await bytes in stream { try sink.write(bytes) } })
    }
  }

  private static func plain(_ body: WebResponse.Body) -> WebResponse {
    WebResponse(
      status: 200,
      headers: [
        ("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), ("x-accel-buffering", "no"),
      ], body: body)
  }
}
