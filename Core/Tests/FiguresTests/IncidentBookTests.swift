import Base
import Events
import Figures
import Journal
import Testing

@Suite struct IncidentBookTests {
  @Test func takesItsTimesFromTheAlertsAndTheIncident() throws {
    var past = Past()
    let alert = past.alert(at: 10, since: 4)
    let incident = past.open([alert], at: 11, severity: .sev3)
    past.add(IncidentSeverityChanged(severity: .sev1), on: "incident", incident, at: 12)
    past.add(IncidentAcknowledged(), on: "incident", incident, at: 15)
    past.add(IncidentResolved(reason: "x"), on: "incident", incident, at: 50)
    let record = try #require(past.book.records[incident])
    #expect(record.severity == .sev1 && record.number == 1)
    #expect(record.openedAt == Past.at(11) && record.detectedAt == Past.at(10) && record.beganAt == Past.at(4))
    #expect(Measure.detect.reading(of: record) == .took(.minutes(6)))
    #expect(Measure.acknowledge.reading(of: record) == .took(.minutes(5)))
    #expect(Measure.mitigate.reading(of: record) == .took(.minutes(46)))
    #expect(Measure.resolve.reading(of: record) == .took(.minutes(46)))
  }

  @Test func anEarlierAlertThatJoinsIsTheDetection() throws {
    var past = Past()
    let early = past.alert(at: 1)
    let late = past.alert(at: 5, since: 3)
    let incident = past.open([late], at: 5)
    past.add(IncidentJoined(alert: early), on: "incident", incident, at: 6)
    let record = try #require(past.book.records[incident])
    #expect(record.detectedAt == Past.at(1) && record.beganAt == Past.at(3))
    // The sender's clock says later than the first alert: that is no time to detect, and nothing is counted from it.
    #expect(Measure.detect.reading(of: record) == .outOfOrder && record.start == Past.at(1))
  }

  @Test func whatHasNotHappenedIsPendingOrUnknown() throws {
    var past = Past()
    let open = past.open([], at: 1)
    let record = try #require(past.book.records[open])
    #expect(Measure.detect.reading(of: record) == .unknown)
    for measure in [Measure.acknowledge, .mitigate, .resolve] { #expect(measure.reading(of: record) == .pending) }
    past.add(IncidentResolved(reason: "by itself"), on: "incident", open, at: 9)
    let over = try #require(past.book.records[open])
    #expect(Measure.acknowledge.reading(of: over) == .unknown)
    #expect(Measure.resolve.reading(of: over) == .took(.minutes(8)))
  }

  @Test func aMitigationThatIsSaidCountsUntilItIsReopened() throws {
    var past = Past()
    let said = past.open([past.alert(at: 0)], at: 0)
    past.add(IncidentMitigated(reason: "rolled back"), on: "incident", said, at: 12)
    past.add(
      IncidentUpdated(phase: .monitoring, audience: .internal, text: nil, message: nil, nextDue: nil), on: "incident",
      said, at: 15)
    past.add(IncidentResolved(reason: "x"), on: "incident", said, at: 40)
    #expect(Measure.mitigate.reading(of: try #require(past.book.records[said])) == .took(.minutes(12)))
    past.add(IncidentReopened(reason: "not over"), on: "incident", said, at: 41)
    #expect(Measure.mitigate.reading(of: try #require(past.book.records[said])) == .pending)
    past.add(
      IncidentUpdated(phase: .monitoring, audience: .internal, text: nil, message: nil, nextDue: nil), on: "incident",
      said, at: 50)
    past.add(IncidentResolved(reason: "x"), on: "incident", said, at: 60)
    let again = try #require(past.book.records[said])
    #expect(Measure.mitigate.reading(of: again) == .took(.minutes(50)))
    #expect(Measure.resolve.reading(of: again) == .took(.minutes(60)))
  }

  @Test func aMergedIncidentLeavesItsBeginningToTheOther() throws {
    var past = Past()
    let first = past.open([past.alert(at: 3, since: 1)], at: 3)
    let second = past.open([past.alert(at: 8)], at: 8)
    past.add(IncidentMerged(into: second), on: "incident", first, at: 10)
    let survivor = try #require(past.book.records[second])
    #expect(survivor.detectedAt == Past.at(3) && survivor.beganAt == Past.at(1))
    #expect(past.book.records[first]?.mergedInto == second)
    past.add(IncidentSplit(from: second, alerts: [], services: ["vault"]), on: "incident", first, at: 12)
    let apart = try #require(past.book.records[first])
    #expect(apart.isOpen && apart.mergedInto == nil && apart.services == ["playback", "vault"])
  }

  @Test func aClockThatWentBackIsNamedAndNotCounted() throws {
    var past = Past()
    let incident = past.open([past.alert(at: 10)], at: 10)
    past.add(IncidentAcknowledged(), on: "incident", incident, at: 7)
    past.add(IncidentResolved(reason: "x"), on: "incident", incident, at: 9)
    let record = try #require(past.book.records[incident])
    #expect(Measure.acknowledge.reading(of: record) == .outOfOrder)
    #expect(Measure.resolve.reading(of: record) == .outOfOrder)
  }

  @Test func survivesItsSnapshotAndForgetsTheOldest() throws {
    var past = Past()
    let first = past.open([past.alert(at: 0)], at: 0)
    for index in 1...IncidentBook.incidentsMax { past.open([], at: Int64(index)) }
    #expect(past.book.records.count == IncidentBook.incidentsMax && past.book.records[first] == nil)
    let again = try IncidentBook(snapshot: try past.book.snapshot())
    #expect(again.records.sortedElements.map(\.value) == past.book.records.sortedElements.map(\.value))
    #expect(try again.snapshot() == past.book.snapshot())
  }
}

/// A past that a test writes down event by event, in minutes.
struct Past {
  static let start = Instant(rfc3339: "2026-11-02T00:00:00Z")!
  static func at(_ minute: Int64) -> Instant { start + .minutes(minute) }

  var book = IncidentBook()
  var ids = IDGenerator(seed: 1)
  var sequence: Int64 = 0
  var opened = 0

  mutating func add(_ payload: some EventPayload, on kind: String, _ id: ULID, at minute: Int64) {
    sequence += 1
    let event = Event(
      sequence: sequence, id: ids.next(at: Self.at(minute)), time: Self.at(minute), type: type(of: payload).type,
      typeVersion: 1, subject: Subject(kind, id), actor: .user("ana"), cause: nil,
      data: (try? payload.json) ?? .null, payload: payload)
    do { try book.apply(event) } catch { Issue.record(error) }
  }

  mutating func alert(at minute: Int64, since: Int64? = nil) -> ULID {
    let id = ids.next(at: Self.at(minute))
    let signal = Signal(
      key: "k\(id)", service: "playback", severity: .error, urgency: .page, summary: "errors",
      startsAt: since.map { Self.at($0) })
    add(AlertFired(signal: signal), on: "alert", id, at: minute)
    return id
  }

  @discardableResult
  mutating func open(_ alerts: [ULID], at minute: Int64, severity: IncidentSeverity = .sev2) -> ULID {
    let id = ids.next(at: Self.at(minute))
    opened += 1
    add(
      IncidentOpened(
        number: opened, title: "errors", service: "playback", severity: severity, severityReason: "", alerts: alerts,
        automatic: false), on: "incident", id, at: minute)
    return id
  }
}
