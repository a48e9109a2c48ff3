import Alerts
import Base
import Engine
import Events
import Foundation
import Journal
import Logging
import Runtime
import Store

/// How long a server with a long history takes to be there again.
struct RestartBench {
  let directory: DataDirectory

  init(directory: String) { self.directory = DataDirectory(directory) }

  /// Fires and resolves alerts through the server's own decisions until there are that many events, with the snapshot
  /// that the writer would have taken at its last multiple of 20,000.
  func fill(events: Int64) throws -> String {
    let journal = try SQLiteJournal(directory: directory)
    var loop = DecideLoop<State>(state: State(), sequence: 0, seed: 7)
    var now = Instant(seconds: 1_700_000_000)
    var number = 0
    var snapshotted: Int64 = 0
    while loop.committedSequence < events {
      var commands: [Command<State>] = []
      for _ in 0..<200 {
        number += 1
        let signal = Signal(
          key: "bench/\(number)", service: "service-\(number % 40)", severity: .critical, urgency: .page,
          summary: "errors above 5% for 10 minutes")
        commands.append(Ask.fire(signal, by: "token/bench").command)
        commands.append(Ask.resolveAlert(key: "bench/\(number)", reason: "healed", by: "token/bench").command)
      }
      now += .seconds(60)
      let outcome = try loop.decide(commands, at: now, in: Environment())
      try journal.append(outcome.events)
      loop.commit()
      if loop.committedSequence - snapshotted >= 20_000, loop.committedSequence < events - 5_000 {
        snapshotted = loop.committedSequence
      }
      if snapshotted == loop.committedSequence, events - snapshotted < 40_000 {
        for snapshot in try loop.committed.snapshots(at: snapshotted) { try journal.save(snapshot) }
      }
    }
    try journal.close()
    return #"{"events":\#(loop.committedSequence),"snapshot":\#(snapshotted)}"#
  }

  /// Opens the journal, restores the folds, starts the writer, and reads the newest page: what serving needs.
  func restart() async throws -> String {
    let clock = ContinuousClock()
    let start = clock.now
    let journal = try SQLiteJournal(directory: directory)
    let opened = clock.now
    let (state, sequence, replayed) = try State.restore(from: journal)
    let restored = clock.now
    let writer = JournalWriter(
      storage: journal, state: state, sequence: sequence, environment: Environment(),
      clock: SystemClock(), seed: 1, space: JournalWriter.Space(release: { false }, recovered: { true }),
      logger: Logger(label: "bench"), onSyncFailure: { fatalError($0) })
    let page = try journal.page(EventQuery(order: .newestFirst, limit: 50))
    let end = clock.now
    guard page.events.first?.sequence == sequence else { throw PlainLoopFailure() }
    let line = String(
      format: #"{"seconds":%.4f,"open_s":%.4f,"restore_s":%.4f,"events":%d,"replayed":%d}"#,
      (end - start).inSeconds, (opened - start).inSeconds, (restored - opened).inSeconds, Int(sequence), Int(replayed))
    // Left as it is, for the next round: stopping would take a newer snapshot.
    withExtendedLifetime(writer) {}
    return line
  }
}
