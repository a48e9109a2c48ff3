import Base
import Engine
import Events
import Foundation
import Journal
import Logging
import Runtime
import Store

/// Concurrent callers of the server's own writer over the server's own storage.
struct WriterBench {
  private let journal: SQLiteJournal
  private let writer: JournalWriter

  init(directory: String) throws {
    journal = try SQLiteJournal(directory: DataDirectory(directory))
    let (state, sequence, _) = try State.restore(from: journal)
    writer = JournalWriter(
      storage: journal, state: state, sequence: sequence, environment: Environment(), clock: SystemClock(), seed: 1,
      space: JournalWriter.Space(release: { false }, recovered: { true }), logger: Logger(label: "bench"),
      onSyncFailure: { fatalError($0) })
  }

  func run(writers: Int, seconds: Double) async throws -> String {
    let clock = ContinuousClock()
    let start = clock.now
    let end = start.advanced(by: .seconds(seconds))
    let latencies = try await withThrowingTaskGroup(of: Latencies.self) { group in
      for number in 0..<writers {
        group.addTask { [writer] in
          let text = "writer \(number) says that traffic has been moved to the other region"
          let note = DefinitionsRejected(errors: 1, first: text)
          let subject = Subject("definitions", "01J9ZX5T8Q0000000000000000")
          var latencies = Latencies()
          while clock.now < end {
            let before = clock.now
            try await writer.submit(.record(note, on: subject, by: "user/ana"))
            latencies.add(clock.now - before)
          }
          return latencies
        }
      }
      return try await group.reduce(into: Latencies()) { $0.seconds += $1.seconds }
    }
    let elapsed = (clock.now - start).inSeconds
    writer.stop()
    return latencies.line(over: elapsed)
  }
}
