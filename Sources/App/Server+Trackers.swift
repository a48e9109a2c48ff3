import Engine
import Journal
import Outbound
import Runtime
import Web

/// Action items as issues elsewhere.
extension Server {
  func issueFollower(linkingTo base: String) -> IssueFollower {
    let compiled = parts.compiled
    return IssueFollower(
      writer: parts.writer, clock: parts.clock, tracker: IssueTracker(http: parts.http), logger: parts.logger,
      linkingTo: base, book: { compiled.current.trackers })
  }

  var trackerCallbacks: [Callback] {
    let parts = self.parts
    return TrackerReplies(
      book: { parts.compiled.current.trackers }, state: { parts.writer.state },
      close: { id, via in try await parts.writer.submit(.closeAction(id, via: via, by: .system("trackers"))) },
      reopen: { id, via in try await parts.writer.submit(.reopenAction(id, via: via, by: .system("trackers"))) }
    ).callbacks
  }
}
