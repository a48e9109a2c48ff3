import Access
import Alerts
import Base
import Fatigue
import Figures
import Freeze
import Incidents
import Journal
import Objectives
import OnCall
import Outbox
import Procedures
import Reviews
import Runbooks
import StatusPages

/// Every domain's fold, side by side. Adding a domain adds a line to each of the three lists here.
public struct State: Machine {
  public var access = Access()
  public var actions = Actions()
  public var alertBook = AlertBook()
  public var alerts = Alerts()
  public var automation = Automation()
  public var budgets = Budgets()
  public var burns = Burns()
  public var calendarFeeds = CalendarFeeds()
  public var escalations = Escalations()
  public var exclusions = Exclusions()
  public var freezes = Freezes()
  public var heartbeats = Heartbeats()
  public var handovers = Handovers()
  public var incidentBook = IncidentBook()
  public var incidents = Incidents()
  public var limits = Limits()
  public var outbox = Outbox()
  public var overrides = Overrides()
  public var procedures = Procedures()
  public var reviews = Reviews()
  public var runbookRuns = RunbookRuns()
  public var suppressions = Suppressions()
  public var silences = Silences()
  public var statusBook = StatusBook()
  public var timelines = Timelines()

  public init() {}

  public mutating func apply(_ event: Event) throws {
    try access.apply(event)
    try actions.apply(event)
    try alertBook.apply(event)
    try alerts.apply(event)
    try automation.apply(event)
    try budgets.apply(event)
    try burns.apply(event)
    try calendarFeeds.apply(event)
    try escalations.apply(event)
    try exclusions.apply(event)
    try freezes.apply(event)
    try heartbeats.apply(event)
    try handovers.apply(event)
    try incidentBook.apply(event)
    try incidents.apply(event)
    try limits.apply(event)
    try outbox.apply(event)
    try overrides.apply(event)
    try procedures.apply(event)
    try reviews.apply(event)
    try runbookRuns.apply(event)
    try suppressions.apply(event)
    try silences.apply(event)
    try statusBook.apply(event)
    try timelines.apply(event)
  }

  /// The folds by name, for snapshots and for rebuilding.
  public static var folds: [any FoldSlot] {
    [
      Slot(\.access), Slot(\.actions), Slot(\.alerts), Slot(\.alertBook), Slot(\.budgets), Slot(\.burns),
      Slot(\.calendarFeeds),
      Slot(\.escalations), Slot(\.exclusions), Slot(\.freezes), Slot(\.handovers), Slot(\.heartbeats),
      Slot(\.incidents), Slot(\.limits), Slot(\.outbox), Slot(\.overrides), Slot(\.procedures), Slot(\.reviews),
      Slot(\.silences), Slot(\.automation), Slot(\.runbookRuns), Slot(\.statusBook), Slot(\.timelines),
      Slot(\.suppressions), Slot(\.incidentBook),
    ]
  }
}

/// One fold's place in the state.
public protocol FoldSlot: Sendable {
  var name: String { get }
  var version: Int { get }
  /// The fold as it is stored: JSON as UTF-8.
  func snapshot(of state: State) throws -> [UInt8]
  /// Puts a fold read from its snapshot into the state.
  func restore(_ snapshot: JSON, into state: inout State) throws
  /// Applies an event to this fold alone.
  func apply(_ event: Event, to state: inout State) throws
}

struct Slot<F: Fold>: FoldSlot {
  // Key paths to stored properties are immutable values; the compiler cannot see that yet.
  nonisolated(unsafe) let path: WritableKeyPath<State, F>

  init(_ path: WritableKeyPath<State, F>) { self.path = path }

  var name: String { F.name }
  var version: Int { F.version }
  func snapshot(of state: State) throws -> [UInt8] { try state[keyPath: path].snapshotText() }
  func restore(_ snapshot: JSON, into state: inout State) throws { state[keyPath: path] = try F(snapshot: snapshot) }
  func apply(_ event: Event, to state: inout State) throws { try state[keyPath: path].apply(event) }
}
