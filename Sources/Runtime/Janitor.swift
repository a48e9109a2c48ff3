import Base
import Engine
import Events
import Journal
import Logging
import Procedures
import Store

/// Keeps what has a term to its term: drops bulk that has expired, and contents of definitions that nothing refers to
/// any more.
public struct Janitor: Sendable {
  let journal: SQLiteJournal
  let writer: JournalWriter
  let clock: SystemClock
  let logger: Logger

  public init(journal: SQLiteJournal, writer: JournalWriter, clock: SystemClock, logger: Logger) {
    self.journal = journal
    self.writer = writer
    self.clock = clock
    self.logger = logger
  }

  /// Cleans up every hour until the task is cancelled.
  public func run(inForce: @Sendable () -> String) async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: .seconds(3_600))
        try await clean(inForce: inForce())
      } catch is CancellationError {
        return
      } catch {
        logger.warning("cleaning up failed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// - Parameter inForce: the hash of the definitions in force.
  func clean(inForce: String) async throws {
    let (journal, now) = (journal, clock.now())
    // Small bites between batches, so that no commit waits long.
    while try await writer.perform({ _ in try journal.dropExpiredBulk(at: now) }) == 200 {}
    let used = Set(
      writer.state.procedures.runs.sortedElements.filter { $0.value.status != .finished }.map(\.value.snapshot)
        + [inForce]
    ).map(DefinitionsKeeper.key)
    let unused = try journal.bulkKeys(kind: DefinitionsKeeper.bulkKind).filter { !used.contains($0) }
    // The newest few stay: a start with bad definitions needs the last good ones.
    if unused.count > 5 { try await writer.perform { _ in try journal.removeBulk(Array(unused.dropLast(5))) } }
  }

  /// Erases what a person wrote, and journals that it was done.
  ///
  /// - Returns: how many texts were erased.
  public func erase(_ person: String, by actor: Actor) async throws -> Int {
    let journal = journal
    let count = try await writer.perform { _ in try journal.erase(person: Actor.user(person).text) }
    try await writer.submit(.record(PersonErased(values: count), on: Subject("user", person), by: actor))
    return count
  }
}
