import Alerts
import Base
import Events
import Journal

/// What a sender's report comes to, once it is routed.
public enum Report: Sendable {
  case fire(Signal)
  /// Of nothing open: nothing happens.
  case resolve(key: String, reason: String, raw: String? = nil)
  case acknowledge(key: String, raw: String? = nil)

  /// Where it is kept as it came; see `Signal.raw`.
  public var raw: String? {
    get {
      switch self {
      case .fire(let signal): signal.raw
      case .resolve(_, _, let raw), .acknowledge(_, let raw): raw
      }
    }
    set {
      switch self {
      case .fire(var signal):
        signal.raw = newValue
        self = .fire(signal)
      case .resolve(let key, let reason, _): self = .resolve(key: key, reason: reason, raw: newValue)
      case .acknowledge(let key, _): self = .acknowledge(key: key, raw: newValue)
      }
    }
  }

  var key: String {
    switch self {
    case .fire(let signal): signal.key
    case .resolve(let key, _, _), .acknowledge(let key, _): key
    }
  }
}

/// What became of a report.
public enum Taken: Sendable {
  case fired(ULID)
  /// The alert was open already.
  case repeated(ULID)
  case resolved(ULID)
  case acknowledged(ULID)
  /// There was no open alert with that key.
  case nothing
  case refused(Refusal)

  public var alert: ULID? {
    switch self {
    case .fired(let id), .repeated(let id), .resolved(let id), .acknowledged(let id): id
    case .nothing, .refused: nil
    }
  }
}

extension Ask where Reply == [Taken] {
  /// Reports that are taken with one command, each of which may set off dozens of events.
  public static var reportsMax: Int { 64 }

  /// Takes the reports of one body. One that is refused does not stand in the way of the others, and each is decided on
  /// what became of those before it: ten alerts of one service are one page.
  ///
  /// - Parameter raw: the reports as they came, kept where at least one of them changes an alert; the reports name it.
  public static func take(_ reports: [Report], raw: BulkItem?, by actor: Actor) -> Ask {
    Ask("alert take", by: actor) { state, environment, emitter in
      var fired: [String: ULID] = [:]
      var ended: Set<String> = []
      var taken = Array(repeating: Taken.nothing, count: reports.count)
      var keepsRaw = false
      for place in Self.order(reports, state, environment) {
        let report = reports[place]
        // What this command decides is applied after it, so that repeats within a body are looked for here.
        if let id = fired[report.key] {
          if case .fire = report { taken[place] = .repeated(id) }
          continue
        }
        let (outcome, changes) = Self.take(report, ended: ended.contains(report.key), state, &emitter)
        if changes { keepsRaw = true }
        switch outcome {
        case .fired(let id): fired[report.key] = id
        case .resolved: ended.insert(report.key)
        default: break
        }
        taken[place] = outcome
      }
      if keepsRaw, let raw { emitter.keep(raw) }
      return taken
    }
  }

  /// The places of reports in the order in which the fewest people hear of them: the ends of alerts that page nobody
  /// of their own, what is likelier to be a cause before what needs it, and last the ends of those that speak for
  /// others, so that none of these takes their place for a moment. Reports that share a key stay as they are.
  private static func order(_ reports: [Report], _ state: State, _ environment: Environment) -> [Int] {
    let places = Array(reports.indices)
    guard places.count > 1, Set(reports.map(\.key)).count == places.count else { return places }
    let depths = environment.holding.dependencies.depths(
      of: reports.compactMap { if case .fire(let signal) = $0 { signal.service } else { nil } })
    func rank(_ report: Report) -> (Int, Int) {
      switch report {
      case .fire(let signal): (1, signal.service.flatMap { depths[$0] } ?? 0)
      case .acknowledge: (1, 0)
      case .resolve(let key, _, _): state.alerts.open(key: key).map { (2 * $0.endRank, 0) } ?? (0, 0)
      }
    }
    let ranks = reports.map(rank)
    return places.sorted { (ranks[$0].0, ranks[$0].1, $0) < (ranks[$1].0, ranks[$1].1, $1) }
  }

  private static func take(
    _ report: Report, ended: Bool, _ state: State, _ emitter: inout Emitter
  ) -> (Taken, changes: Bool) {
    do throws(Refusal) {
      switch report {
      case .fire(let signal):
        // After its end in the same body it would have to be decided on the state after that: its sender repeats it.
        guard !ended else { throw Refusal(.unavailable, "the same body ends and begins this alert; send it again") }
        let (id, isNew, changes) = try state.alerts.fire(signal, into: &emitter)
        return (isNew ? .fired(id) : .repeated(id), changes)
      case .resolve(let key, let reason, let raw):
        guard !ended, let alert = state.alerts.open(key: key) else { return (.nothing, false) }
        let changes = state.alerts.end(key: key, reason: reason, raw: raw, into: &emitter)
        return (.resolved(alert.id), changes)
      case .acknowledge(let key, let raw):
        guard !ended, let alert = state.alerts.open(key: key) else { return (.nothing, false) }
        _ = try state.alerts.acknowledge(alert.id, via: "api", raw: raw, into: &emitter)
        return (.acknowledged(alert.id), alert.status == .firing)
      }
    } catch {
      return (.refused(error), false)
    }
  }
}

extension Ask where Reply == Void {
  /// Resolves alerts that their senders have stopped repeating; those that are not open any more are passed over.
  public static func resolveSilent(_ ids: [ULID]) -> Ask {
    Ask("alert resolve silent", by: .system("intake")) { state, _, emitter in
      for alert in ids.compactMap({ state.alerts.alerts[$0] }).filter(\.isOpen).inOrderOfEnding() {
        let length = alert.signal.timeout.map { " for \($0.text)" } ?? ""
        state.alerts.end(key: alert.signal.key, reason: "its sender has not repeated it\(length)", into: &emitter)
      }
    }
  }

  public static func beginHeartbeat(_ name: String, by actor: Actor) -> Ask {
    Ask("heartbeat begin", by: actor) { state, _, emitter in try state.heartbeats.begin(name, into: &emitter) }
  }

  /// Records that something changed.
  public static func recordChange(_ change: ChangeRecorded, on subject: Subject, raw: BulkItem?, by actor: Actor) -> Ask
  {
    Ask("change record", by: actor) { _, _, emitter in
      emitter.emit(change, on: subject)
      if let raw { emitter.keep(raw) }
    }
  }
}
