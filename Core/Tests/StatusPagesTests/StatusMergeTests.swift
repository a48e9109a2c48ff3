import Base
import Events
import Journal
import Testing

@testable import StatusPages

/// What the public was told is told on after a merge, under the title that was written for it, and only of severities
/// that it hears of.
@Suite struct StatusMergeTests {
  private static let now = Instant(rfc3339: "2026-11-21T14:00:00Z")!

  private func plan(all: Bool = false, _ severities: Set<IncidentSeverity> = [.sev1, .sev2]) -> StatusPlan {
    StatusPlan(
      name: "p", title: "T", url: "https://s.example", showsAll: all,
      components: [.init(name: "Watching", services: ["playback"])], severities: severities)
  }

  private func record(_ number: Int, _ severity: IncidentSeverity = .sev1, text: String? = nil) -> StatusRecord {
    var record = StatusRecord(
      number: number, openedAt: Self.now - .hours(Int64(10 - number)), services: ["playback"], severity: severity)
    record.updates = text.map { [.init(sequence: 7, at: record.openedAt, phase: .investigating, text: $0)] } ?? []
    return record
  }

  private func site(_ records: [StatusRecord], _ plan: StatusPlan? = nil) -> StatusSite {
    StatusSite(plan ?? self.plan(), records: records, since: Self.now - .days(200), at: Self.now)
  }

  private func text(_ site: StatusSite, _ path: String) -> String {
    site.files(renderedAt: Self.now).first { $0.path == path }?.text ?? ""
  }

  @Test func theSurvivorOfAnAnnouncedOneIsAnnounced() {
    var (old, survivor) = (record(1, text: "We look."), record(2))
    (old.resolvedAt, old.mergedInto, survivor.merged) = (Self.now - .hours(1), 2, [1])
    let site = site([old, survivor])
    #expect(site.open.map(\.number) == [2] && site.state == .majorOutage)
    #expect(site.listed.map(\.number) == [2])
    #expect(text(site, "incidents/1.html").contains("It goes on as <a href=\"2.html\">"))
    #expect(text(site, "incidents/2.html").contains("<a href=\"1.html\">"))
    #expect(!text(site, "feed.rss").contains("Resolved:"))
    // Through another one in between too, and no further than to what is private.
    var last = record(3)
    (survivor.resolvedAt, survivor.mergedInto, last.merged) = (Self.now, 3, [2])
    #expect(self.site([old, survivor, last]).open.map(\.number) == [3])
    last.isPrivate = true
    #expect(self.site([old, survivor, last]).open.isEmpty)
    survivor.isPrivate = true
    #expect(self.site([old, survivor]).incidents.map(\.mergedInto) == [nil])
  }

  @Test func aSeverityThatIsNotPublicIsNoTrouble() {
    for all in [false, true] {
      let site = site([record(1, .sev3, text: "x")], plan(all: all))
      #expect(site.incidents.isEmpty && site.components.allSatisfy { $0.uptime == 1 && $0.state == .operational })
    }
    var calmed = record(1, .sev2, text: "x")
    calmed.effects.append(.init(at: Self.now - .hours(1), severity: .sev3))
    let site = site([calmed])
    // It stays in the history; what it is now is not told.
    #expect(site.incidents.map(\.title) == ["Partial outage: Watching"] && site.state == .operational)
    #expect(site.components[0].days.last?.down == .hours(8))
    #expect(self.site([calmed], plan([.sev2, .sev3])).state == .degraded)
  }

  @Test func theLastTitleThatIsStillToldCounts() {
    var named = record(1, text: "x")
    named.updates[0].title = "Films stop"
    named.updates.append(.init(sequence: 9, at: Self.now, phase: .identified, text: "y", title: "Some films stop"))
    #expect(site([named]).incidents[0].title == "Some films stop")
    #expect(text(site([named]), "feed.atom").contains("Identified: Some films stop"))
    named.updates[1].isHidden = true
    #expect(site([named]).incidents[0].title == "Films stop")
  }

  @Test func theIconSaysHowThingsAre() {
    let (well, bad) = (text(site([]), "favicon.svg"), text(site([record(1, text: "x")]), "favicon.svg"))
    #expect(well.hasPrefix("<svg xmlns=") && well.hasSuffix("</svg>\n") && well != bad)
    for path in ["index.html", "history.html"] {
      #expect(text(site([]), path).contains("<link rel=\"icon\" type=\"image/svg+xml\" href=\"favicon.svg\">"))
    }
    #expect(text(site([record(1, text: "x")]), "incidents/1.html").contains("href=\"../favicon.svg\""))
  }

  @Test func monthsOfIncidentsStandUnderTheirMonths() {
    let records = (0..<300).map { number -> StatusRecord in
      var record = StatusRecord(
        number: number + 1, openedAt: Self.now - .hours(Int64(300 - number) * 7), services: ["playback"],
        severity: number % 5 == 0 ? .sev1 : .sev2)
      record.updates = [
        .init(sequence: Int64(number) * 3, at: record.openedAt, phase: .investigating, text: "We look.")
      ]
      record.resolvedAt = record.openedAt + .minutes(40)
      return record
    }
    let site = site(records)
    #expect(site.incidents.count == 300 && site.components[0].days.count == 90)
    let history = text(site, "history.html")
    let months = ["Nov 2026", "Oct 2026", "Sep 2026", "Aug 2026"]
    let headings = history.split(separator: "<h2>").dropFirst().map { String($0.prefix { $0 != "<" }) }
    #expect(headings.filter(months.contains) == months)
    #expect(history.utf8.count < 400_000 && text(site, "index.html").utf8.count < 100_000)
    #expect(text(site, "feed.rss").split(separator: "<item>").count == 51)
  }

  // MARK: From the events

  @Test func aMergeIsUndoneInTheRecordsToo() throws {
    var (book, sequence): (StatusBook, Int64) = (StatusBook(), 0)
    let (one, two) = (ULID(high: 0, low: 1), ULID(high: 0, low: 2))
    func happen(_ payload: some EventPayload, on id: ULID) throws {
      sequence += 1
      try book.apply(
        Event(
          sequence: sequence, id: id, time: Self.now + .minutes(sequence), type: type(of: payload).type,
          typeVersion: 1, subject: Subject("incident", id), actor: "user/ana", cause: nil, data: payload.json,
          payload: payload))
    }
    for (number, id) in [(1, one), (2, two)] {
      try happen(
        IncidentOpened(
          number: number, title: "", service: "s\(number)", severity: .sev2, severityReason: "", alerts: [],
          automatic: false), on: id)
    }
    try happen(IncidentMerged(into: two), on: one)
    #expect(book.record(one)?.mergedInto == 2 && book.record(two)?.merged == [1])
    #expect(book.record(two)?.services == ["s2", "s1"])
    try happen(IncidentSplit(from: two, alerts: [], services: ["s1"], left: ["s1"]), on: one)
    #expect(book.record(one)?.mergedInto == nil && book.record(one)?.resolvedAt == nil)
    #expect(book.record(two)?.merged == [] && book.record(two)?.services == ["s2"])
  }
}
