import Base
import Engine
import Events
import Foundation
import Journal
import Runtime
import Store

/// The first token of a server that is not running: without one a server listens on loopback alone.
public enum OfflineAccess {
  /// Journals a token in a data directory that no server holds.
  ///
  /// - Parameter hash: SHA-256 of the token in hex.
  /// - Throws: `StoreFailure` where the directory is in use or damaged, `Refusal` where the token may not be.
  /// - Returns: the token's id.
  public static func createToken(
    dataDir: String, name: String, role: Role, hash: String, user: String?, expiresIn: Interval?
  ) throws -> ULID {
    let journal = try SQLiteJournal(directory: DataDirectory(dataDir))
    defer { try? journal.close() }
    let (state, sequence, _) = try State.restore(from: journal)
    let last = try journal.events(after: max(0, sequence - 1), limit: 1).last?.time
    let now = SystemClock(notBefore: last ?? .distantPast).now()
    var random = SystemRandomNumberGenerator()
    var loop = DecideLoop(state: state, sequence: sequence, seed: random.next())
    let ask = Ask.createToken(
      name: name, role: role, hash: hash, user: user, expires: expiresIn.map { now + $0 }, by: .system("cli"))
    let outcome = try loop.decide([ask.command], at: now, in: Engine.Environment())
    try journal.append(outcome.events, with: outcome.attachments)
    guard let id = try outcome.replies.first?.get() as? ULID else {
      throw StoreFailure("\(dataDir): the token was journalled without an id")
    }
    return id
  }
}
