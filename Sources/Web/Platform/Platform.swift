import Base
import Engine
import Journal

/// What the server needs of the rest of the program: state to read, commands to send, telemetry and definitions to
/// show. The composition root fills it in; tests fill it in with samples.
///
/// All closures may be called at once from many tasks and must not block on I/O unless they are `async`.
public struct Platform: Sendable {
  // MARK: Time, chance and secrets

  public var now: @Sendable () -> Instant
  /// Bytes from the system's secure generator.
  public var random: @Sendable (_ count: Int) -> [UInt8]
  /// Signs sessions and links: at least 32 bytes, the same after a restart, never shown.
  public var secret: [UInt8]
  /// The zone with that IANA name, `nil` where the system has no such file. Cached by the caller.
  public var zone: @Sendable (_ name: String) -> ReaderZone?
  /// The same zone for arithmetic on its calendar.
  public var civilZone: @Sendable (_ name: String) -> Zone?
  /// The program's version, shown in the footer and the OpenAPI document.
  public var version: String

  // MARK: State and commands

  /// The committed state and its sequence.
  public var committed: @Sendable () -> Committed
  /// Hands a command to the writer and waits until what it decided is durable.
  ///
  /// - Throws: `Refusal` when it was not carried out.
  public var submit: @Sendable (Command<State>) async throws -> any Sendable

  // MARK: Journal

  /// Events that match, ascending, or descending when the query says so.
  public var events: @Sendable (JournalQuery) async throws -> [Event]
  /// Events that match from after a sequence on: first those in the journal, then as they are committed. Ends when
  /// the server stops or the task is cancelled.
  public var follow: @Sendable (JournalQuery) -> AsyncThrowingStream<Event, any Error>

  // MARK: Definitions, objectives, schedules

  /// What the snapshot in force defines, in the form that pages show. Called on every request: keep it compiled.
  public var catalog: @Sendable () -> CatalogView
  /// The newest evaluation of every SLO. Called on every request: keep it compiled.
  public var objectives: @Sendable () -> ObjectiveList
  /// The budget that was left over the window, a few dozen points an SLO, oldest first; SLOs without data are absent.
  public var sparklines: @Sendable (_ slos: [String]) -> [String: [Double?]]
  /// The figures of one SLO over a range, `nil` when there is no such SLO.
  public var history: @Sendable (_ slo: String, _ from: Instant, _ to: Instant) async -> ObjectiveHistory?
  /// What else is known of one SLO; attribution and slices over the range.
  public var detail: @Sendable (_ slo: String, _ from: Instant, _ to: Instant) async -> ObjectiveDetail
  /// Leaves a time out of an SLO's budget, and answers the exclusion's id.
  public var exclude: @Sendable (ExclusionRequest, _ by: Actor) async throws -> String
  /// Counts an excluded time again.
  public var restoreExclusion: @Sendable (_ id: String, _ slo: String, _ by: Actor) async throws -> Void
  /// Who is on call in a schedule over a range with these overrides; `nil` when there is no such schedule.
  public var shifts:
    @Sendable (_ schedule: String, _ from: Instant, _ to: Instant, _ overrides: [OverrideView]) -> ScheduleShifts?

  /// What services have cost since an incident began, an entry for each of their SLOs that has data.
  public var impact: @Sendable (_ services: [String], _ from: Instant, _ to: Instant) async -> [IncidentCost] = {
    _, _, _ in []
  }

  // MARK: The server itself

  /// Where telemetry comes from and what becomes of it.
  public var telemetry: @Sendable () -> TelemetryView
  public var status: @Sendable () -> ServerStatus
  /// The whole OpenMetrics text of the process.
  public var metrics: @Sendable () -> [UInt8]
  /// Erases the personal texts of a person, and says how many there were.
  public var erase: @Sendable (_ person: String, _ by: Actor) async throws -> Int
  public var intakes: [Intake]
  /// Where answers from other systems come in, proven by those systems' signatures.
  public var callbacks: [Callback]
  /// The name of the Integration whose key has this SHA-256 in hex.
  public var integration: @Sendable (_ hash: String) -> String?
  /// Where alerts come in, and what was heard of each.
  public var integrations: @Sendable () -> [IntegrationView]
  /// What would become of an event that somebody pasted.
  ///
  /// - Throws: `Refusal` where it cannot be read.
  public var explain: @Sendable (_ event: [UInt8], _ integration: String?) throws -> [RouteExplanation]
  /// What was kept of a report as it came; `nil` once its time is over.
  public var raw: @Sendable (_ key: String) async throws -> [UInt8]?
  /// What a step that is being performed prints, from its beginning on; ends with the performance.
  public var runOutput: @Sendable (_ run: ULID, _ index: Int, _ attempt: Int, _ undo: Bool) -> AsyncStream<[UInt8]> = {
    _, _, _, _ in
    AsyncStream { $0.finish() }
  }
  /// Limits, nights and patches of the definitions in force. Called on every request: keep it compiled.
  public var protection: @Sendable () -> ProtectionView
  /// The public status pages.
  public var statusPages = StatusPagesSource.none
  /// Hears of every answer: its status and how long it took.
  public var answered: @Sendable (_ status: Int, _ took: Interval) -> Void

  public init(
    now: @escaping @Sendable () -> Instant,
    random: @escaping @Sendable (Int) -> [UInt8],
    secret: [UInt8],
    zone: @escaping @Sendable (String) -> ReaderZone?,
    civilZone: @escaping @Sendable (String) -> Zone? = { _ in nil },
    version: String,
    committed: @escaping @Sendable () -> Committed,
    submit: @escaping @Sendable (Command<State>) async throws -> any Sendable,
    events: @escaping @Sendable (JournalQuery) async throws -> [Event],
    follow: @escaping @Sendable (JournalQuery) -> AsyncThrowingStream<Event, any Error>,
    catalog: @escaping @Sendable () -> CatalogView,
    objectives: @escaping @Sendable () -> ObjectiveList,
    sparklines: @escaping @Sendable ([String]) -> [String: [Double?]] = { _ in [:] },
    history: @escaping @Sendable (String, Instant, Instant) async -> ObjectiveHistory?,
    detail: @escaping @Sendable (String, Instant, Instant) async -> ObjectiveDetail = { _, _, _ in ObjectiveDetail() },
    exclude: @escaping @Sendable (ExclusionRequest, Actor) async throws -> String,
    restoreExclusion: @escaping @Sendable (String, String, Actor) async throws -> Void,
    shifts: @escaping @Sendable (String, Instant, Instant, [OverrideView]) -> ScheduleShifts?,
    telemetry: @escaping @Sendable () -> TelemetryView = { TelemetryView() },
    status: @escaping @Sendable () -> ServerStatus,
    metrics: @escaping @Sendable () -> [UInt8],
    erase: @escaping @Sendable (String, Actor) async throws -> Int = { _, _ in 0 },
    intakes: [Intake] = [],
    callbacks: [Callback] = [],
    integration: @escaping @Sendable (String) -> String? = { _ in nil },
    integrations: @escaping @Sendable () -> [IntegrationView] = { [] },
    explain: @escaping @Sendable ([UInt8], String?) throws -> [RouteExplanation] = { _, _ in [] },
    raw: @escaping @Sendable (String) async throws -> [UInt8]? = { _ in nil },
    protection: @escaping @Sendable () -> ProtectionView = { ProtectionView() },
    answered: @escaping @Sendable (Int, Interval) -> Void = { _, _ in }
  ) {
    self.now = now
    self.random = random
    self.secret = secret
    self.zone = zone
    self.civilZone = civilZone
    self.version = version
    self.committed = committed
    self.submit = submit
    self.events = events
    self.follow = follow
    self.catalog = catalog
    self.objectives = objectives
    self.sparklines = sparklines
    self.history = history
    self.detail = detail
    self.exclude = exclude
    self.restoreExclusion = restoreExclusion
    self.shifts = shifts
    self.telemetry = telemetry
    self.status = status
    self.metrics = metrics
    self.erase = erase
    self.intakes = intakes
    self.callbacks = callbacks
    self.integration = integration
    self.integrations = integrations
    self.explain = explain
    self.raw = raw
    self.protection = protection
    self.answered = answered
  }
}

/// The state after the last committed event.
public struct Committed: Sendable {
  public var state: State
  public var sequence: Int64

  public init(state: State, sequence: Int64) {
    self.state = state
    self.sequence = sequence
  }
}

extension Platform {
  /// Sends a command and waits for its typed reply.
  func ask<Reply: Sendable>(_ ask: Ask<Reply>) async throws -> Reply {
    let reply = try await submit(ask.command)
    guard let reply = reply as? Reply else {
      throw Refusal(.unavailable, "the writer answered \(ask.command.name) with something else")
    }
    return reply
  }
}
