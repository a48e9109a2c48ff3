import Base
import Events
import Journal

/// The switch that stops everything that runs by itself or for people: while it is off nothing is claimed.
public struct Automation: Fold, Codable {
  public static let name = "automation"
  public static let version = 1
  public static let subject = Subject("automation", "all")

  public struct Stop: Codable, Sendable, Hashable {
    public var by: Actor
    public var at: Instant
    public var reason: String
  }

  /// Who stopped it; `nil` while it runs.
  public private(set) var stopped: Stop?

  public init() {}

  public mutating func apply(_ event: Event) throws {
    if event.type == AutomationStopped.type {
      guard let payload = try event.payload(AutomationStopped.self) else { return }
      stopped = Stop(by: event.actor, at: event.time, reason: payload.reason)
    } else if event.type == AutomationResumed.type {
      stopped = nil
    }
  }

  public func stop(reason: String, into emitter: inout Emitter) throws(Refusal) {
    if let stopped { throw Refusal(.conflict, "\(stopped.by.text) has stopped automation already: \(stopped.reason)") }
    guard (1...1_000).contains(reason.utf8.count) else {
      throw Refusal(.invalid, "say in 1 to 1,000 bytes why automation is stopped")
    }
    emitter.emit(AutomationStopped(reason: reason), on: Self.subject)
  }

  public func resume(into emitter: inout Emitter) throws(Refusal) {
    guard stopped != nil else { throw Refusal(.conflict, "automation is not stopped") }
    emitter.emit(AutomationResumed(), on: Self.subject)
  }
}
