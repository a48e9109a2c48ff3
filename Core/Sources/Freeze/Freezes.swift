import Base
import Events
import Journal

/// An editor ended a freeze before its time.
public struct FreezeLift: Codable, Sendable, Hashable {
  /// The start of the window that was lifted: when the definition moves it, the freeze is a new one and holds again.
  public let start: Instant
  public let at: Instant
  public let by: Actor
}

/// Which freezes were lifted, by name; only the newest lift of a name counts.
public struct Freezes: Fold, Codable {
  public static let name = "freezes"
  public static let version = 1

  private var lifts = Sharded<String, FreezeLift>()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    guard let lifted = try event.payload(FreezeLifted.self) else { return }
    lifts[String(event.subject.id)] = FreezeLift(start: lifted.start, at: event.time, by: event.actor)
  }

  /// The lift of this window, `nil` where it was not lifted.
  public func lift(of window: FreezeWindow) -> FreezeLift? {
    lifts[window.name].flatMap { $0.start == window.start ? $0 : nil }
  }

  public func status(of window: FreezeWindow, at now: Instant) -> FreezeStatus {
    if let lift = lift(of: window), lift.at < window.end { return .lifted }
    if now < window.start { return .coming }
    return now < window.end ? .holding : .over
  }

  /// The freezes that hold for a service, the one that ends last first.
  public func holding(for service: String, among windows: [FreezeWindow], at now: Instant) -> [FreezeWindow] {
    windows.filter { $0.services.contains(service) && status(of: $0, at: now) == .holding }
      .sorted { ($1.end, $0.name) < ($0.end, $1.name) }
  }

  /// The freeze of a service that begins next, `nil` where none is to come.
  public func next(for service: String, among windows: [FreezeWindow], after now: Instant) -> FreezeWindow? {
    windows.filter { $0.services.contains(service) && status(of: $0, at: now) == .coming }
      .min { ($0.start, $0.name) < ($1.start, $1.name) }
  }

  /// Ends a freeze early, or calls off one that is to come; until its definition names
  /// another start.
  public func lift(_ window: FreezeWindow, into emitter: inout Emitter) throws(Refusal) {
    switch status(of: window, at: emitter.now) {
    case .coming, .holding: break
    case .lifted:
      let by = lift(of: window)?.by.text ?? "somebody"
      throw Refusal(.conflict, "freeze \(window.name) was lifted by \(by) already")
    case .over: throw Refusal(.conflict, "freeze \(window.name) was over at \(window.end.rfc3339)")
    }
    emitter.emit(FreezeLifted(start: window.start, end: window.end), on: Subject("freeze", window.name))
  }
}
