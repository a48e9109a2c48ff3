import Base
import Engine
import Events
import Journal
import Logging
import Outbound
import Reviews

/// Makes issues of action items, and asks how they stand until they are closed.
public struct IssueFollower: Sendable {
  /// How often an open issue is asked for; a webhook is faster.
  static let pollEvery = Interval.minutes(10)
  /// Issues asked for in one round.
  static let pollMax = 200
  static let rest = Duration.seconds(5)

  let writer: JournalWriter
  let clock: SystemClock
  let tracker: IssueTracker
  let logger: Logger
  /// What links begin with.
  let base: String
  let book: @Sendable () -> TrackerBook

  public init(
    writer: JournalWriter, clock: SystemClock, tracker: IssueTracker, logger: Logger, linkingTo base: String,
    book: @escaping @Sendable () -> TrackerBook
  ) {
    (self.writer, self.clock, self.tracker, self.logger) = (writer, clock, tracker, logger)
    (self.base, self.book) = (base, book)
  }

  /// Works until the task is cancelled.
  public func run() async {
    var nextPoll = clock.now() + .seconds(30)
    while !Task.isCancelled {
      for action in writer.state.issuesToMake(at: clock.now()).prefix(20) { await export(action) }
      if clock.now() >= nextPoll {
        await poll()
        nextPoll = clock.now() + Self.pollEvery
      }
      try? await Task.sleep(for: Self.rest)
    }
  }

  private func export(_ action: ReviewAction) async {
    guard let name = action.export?.target else { return }
    do {
      guard let target = book().target(name) else {
        throw IssueTracker.Failure(text: "the definitions have no tracker \(name)", isPermanent: true)
      }
      let issue = try await tracker.make(draft(action), at: target)
      _ = try await writer.submit(.actionExported(action.id, to: name, url: issue.url, number: issue.number))
    } catch let failure as IssueTracker.Failure {
      logger.warning(
        "an action item is no issue yet", metadata: ["action": "\(action.number)", "reason": "\(failure.text)"])
      _ = try? await writer.submit(
        .actionExportFailed(action.id, to: name, reason: failure.text, isPermanent: failure.isPermanent))
    } catch {
      // The writer is full or stops: the issue is found by its key next time.
      logger.warning("an export was not journalled", metadata: ["error": "\(error)"])
    }
  }

  func draft(_ action: ReviewAction) -> IssueDraft {
    let review = writer.state.reviews[action.review]
    let from = review.map { "incident \($0.draft.number), \($0.draft.title)" } ?? "an incident"
    let body = """
      Action item \(action.number), to \(action.kind.rawValue), from the review of \(from).

      Owner: \(action.owner). Due: \(action.due.rfc3339.prefix(10)).

      Review: \(base)/reviews/\(action.review)
      """
    return IssueDraft(
      key: action.subject.text, title: action.title, body: body, labels: [action.kind.rawValue],
      due: String(action.due.rfc3339.prefix(10)))
  }

  private func poll() async {
    for action in writer.state.actions.open.filter({ $0.issue != nil }).prefix(Self.pollMax) where !Task.isCancelled {
      guard let issue = action.issue, let target = book().target(issue.target),
        let now = try? await tracker.read(issue.number, at: target), !now.isOpen
      else { continue }
      _ = try? await writer.submit(
        .closeAction(action.id, via: "tracker/\(issue.target)", by: .system("trackers")))
    }
  }
}
