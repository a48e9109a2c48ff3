import Base
import Events
import Fatigue
import Journal

/// A past that a test writes down event by event.
struct Past {
  static let start = Instant(rfc3339: "2026-11-02T00:00:00Z")!
  var book = AlertBook()
  var events: [Event] = []
  var ids = IDGenerator(seed: 1)

  static func at(_ text: String) -> Instant { Instant(rfc3339: text)! }

  mutating func add(_ payload: some EventPayload, on subject: Subject, at time: Instant, by actor: Actor = "system/x") {
    let event = Event(
      sequence: Int64(events.count + 1), id: ids.next(at: time), time: time, type: type(of: payload).type,
      typeVersion: 1, subject: subject, actor: actor, cause: nil, data: (try? payload.json) ?? .null,
      payload: payload)
    events.append(event)
    try? book.apply(event)
  }

  /// An alert of a rule, that calls people at once; returns its id.
  @discardableResult
  mutating func alert(
    _ rule: String = "HighErrors", key: String? = nil, service: String = "playback", at time: Instant,
    urgency: Urgency = .page, calling people: [String] = ["ana"], over channels: Int = 1
  ) -> ULID {
    let id = ids.next(at: time)
    let signal = Signal(
      key: key ?? "\(rule)/\(service)", service: service, severity: .error, urgency: urgency, summary: "\(rule) at 3",
      labels: [.init(name: "alertname", value: rule)])
    add(AlertFired(signal: signal), on: Subject("alert", id), at: time)
    for person in people { page(id, person, at: time, over: channels) }
    return id
  }

  mutating func page(
    _ alert: ULID, _ person: String, at time: Instant, over channels: Int = 1, low: Bool = false
  ) {
    for channel in 0..<channels {
      let page = ids.next(at: time)
      add(
        PageRequested(
          page: page, kind: .fired, person: person, channel: .init(kind: .webhook, name: "\(person)/\(channel)"),
          level: 1, title: "", body: "", notBefore: time, urgency: low ? .ticket : nil),
        on: Subject("alert", alert), at: time)
      add(PageSent(page: page, attempt: 1, receipt: ""), on: Subject("alert", alert), at: time + .seconds(1))
    }
  }

  mutating func acknowledge(_ alert: ULID, by person: String = "ana", at time: Instant) {
    add(AlertAcknowledged(via: "page"), on: Subject("alert", alert), at: time, by: .user(person))
  }

  mutating func resolve(_ alert: ULID, at time: Instant, by actor: Actor = "token/x", actionable: Bool? = nil) {
    add(AlertResolved(reason: "", actionable: actionable), on: Subject("alert", alert), at: time, by: actor)
  }

  mutating func judge(_ alert: ULID, _ actionable: Bool, at time: Instant) {
    add(AlertJudged(actionable: actionable), on: Subject("alert", alert), at: time, by: .user("ana"))
  }

  /// By UTC, 22 to 7.
  static func night(_: String, _ at: Instant) -> CivilDate? { Night(zone: .utc).night(of: at) }
}
