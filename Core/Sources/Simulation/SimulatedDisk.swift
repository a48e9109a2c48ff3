import Base
import Journal

/// A disk that can fill up, fail and lose power, with a journal on it. What it holds survives a crash; what a commit
/// did not finish does not.
final class SimulatedDisk: JournalStorage {
  /// What the next commit meets.
  enum Fault {
    case none
    /// No space: nothing is stored.
    case full
    /// An error: nothing is stored.
    case fails
    /// The power goes before anything is stored.
    case crashBefore
    /// The power goes after it is stored and before anybody hears of it.
    case crashAfter
  }

  var fault = Fault.none
  private(set) var stored: [Stored] = []
  private var snapshots: [String: FoldSnapshot] = [:]
  /// Set when a commit ended in a crash: the driver has to restart the server.
  private(set) var lostPower = false

  /// An event as a disk holds it: its data as text, so that a restart decodes what was written.
  struct Stored {
    var event: Event
    var data: [UInt8]
  }

  func restorePower() { lostPower = false }

  func lastSequence() -> Int64 { Int64(stored.count) }

  func append(_ events: [Event], with attachments: Attachments) throws(JournalFailure) {
    let fault = self.fault
    self.fault = .none
    switch fault {
    case .full: throw .full("no space left on device")
    case .fails: throw .failed("input/output error")
    case .crashBefore:
      lostPower = true
      throw .failed("power lost")
    case .none, .crashAfter:
      try checkContinuity(events, after: lastSequence(), at: stored.last?.event.time ?? .distantPast)
      stored += events.map { Stored(event: $0, data: $0.dataText) }
      if fault == .crashAfter {
        lostPower = true
        throw .failed("power lost")
      }
    }
  }

  func events(after: Int64, limit: Int) throws -> [Event] {
    try stored.dropFirst(Int(after)).prefix(limit).map { stored in
      let event = stored.event
      return Event(
        sequence: event.sequence, id: event.id, time: event.time, type: event.type, typeVersion: event.typeVersion,
        subject: event.subject, actor: event.actor, cause: event.cause,
        data: try JSON(parsing: stored.data, limits: .own))
    }
  }

  func snapshot(fold: String, version: Int) -> FoldSnapshot? {
    snapshots[fold].flatMap { $0.version == version ? $0 : nil }
  }

  func save(_ snapshot: FoldSnapshot) { snapshots[snapshot.fold] = snapshot }
}
