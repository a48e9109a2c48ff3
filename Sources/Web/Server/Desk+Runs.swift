import Base
import Engine
import Journal
import Runbooks

extension Desk {
  /// What the shell of every page says of runs: whether all are stopped, and how many wait for the reader.
  func addRuns(to context: inout PageContext, _ state: State, _ request: WebRequest) {
    if let stopped = state.automation.stopped {
      context.automation = StoppedAutomation(by: stopped.by, at: stopped.at, reason: stopped.reason)
    }
    guard !state.runbookRuns.going.isEmpty, let reader = context.reader else { return }
    let site = site(Committed(state: state, sequence: context.sequence))
    context.waitingRuns = site.runsGoing.filter { site.waits($0, for: reader) }.count
  }
}
