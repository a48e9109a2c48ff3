import Base
import Events
import Testing

@testable import StatusPages

@Suite struct StatusSiteTests {
  static let day = Instant(rfc3339: "2026-11-21T00:00:00Z")!
  static let now = day + .hours(14)

  private func plan(showsAll: Bool = false, windows: [StatusPlan.Window] = []) -> StatusPlan {
    StatusPlan(
      name: "reel", title: "Reel", url: "https://status.reel.example", contact: nil, history: 90, showsAll: showsAll,
      components: [
        .init(name: "Watching", services: ["playback", "cdn"], slo: "playback-availability"),
        .init(name: "Uploading", services: ["upload"]),
      ], windows: windows)
  }

  private func record(
    _ number: Int = 1, _ severity: IncidentSeverity = .sev1, services: [String] = ["playback"], at: Instant? = nil,
    lasting: Interval? = nil, text: String? = "We see errors."
  ) -> StatusRecord {
    let at = at ?? Self.now - .hours(2)
    var record = StatusRecord(number: number, openedAt: at, services: services, severity: severity)
    record.updates = text.map { [.init(sequence: 7, at: at, phase: .investigating, text: $0)] } ?? []
    record.resolvedAt = lasting.map { at + $0 }
    return record
  }

  private func site(_ records: [StatusRecord], _ plan: StatusPlan? = nil, since: Instant? = nil) -> StatusSite {
    StatusSite(plan ?? self.plan(), records: records, since: since ?? Self.day - .days(200), at: Self.now)
  }

  @Test func anAnnouncedIncidentShowsOnItsComponentAlone() {
    let site = site([record()])
    #expect(site.components.map(\.state) == [.majorOutage, .operational])
    #expect(site.incidents.map(\.title) == ["Major outage: Watching"])
    #expect(site.components.map { $0.days.count } == [90, 90])
    #expect(site.components[0].days.last == .init(date: Self.day.date, worst: .majorOutage, down: .hours(2)))
    #expect(site.headline == "Major outage: Watching")
  }

  @Test func whatNobodyAnnouncedShowsOnlyWhereThePageShowsAll() {
    #expect(site([record(text: nil)]).incidents.isEmpty)
    #expect(site([record(text: nil)]).state == .operational)
    #expect(site([record(text: nil)], plan(showsAll: true)).state == .majorOutage)
  }

  @Test func privateIncidentsNeverShow() {
    var secret = record()
    secret.isPrivate = true
    #expect(site([secret], plan(showsAll: true)).incidents.isEmpty)
    #expect(site([secret], plan(showsAll: true)).components.allSatisfy { $0.uptime == 1 })
  }

  @Test func aHiddenUpdateAnnouncesNothing() {
    var hidden = record()
    hidden.updates[0].isHidden = true
    #expect(site([hidden]).incidents.isEmpty)
  }

  @Test func anIncidentOfOtherServicesIsOfOtherPages() {
    #expect(site([record(services: ["billing"])]).incidents.isEmpty)
    #expect(site([record(services: [])]).incidents.map(\.title) == ["Major outage"])
  }

  @Test func twoOutagesAtOnceCountOnce() {
    let first = record(1, at: Self.now - .days(10), lasting: .hours(2))
    let second = record(2, .sev2, at: Self.now - .days(10) + .hours(1), lasting: .hours(3))
    let uptime = site([first, second]).components[0].uptime
    let recorded = Interval.days(89) + .hours(14)
    #expect(uptime == 1 - Interval.hours(4) / recorded)
  }

  @Test func degradedServiceIsNoDowntime() {
    let component = site([record(1, .sev3, lasting: .hours(1))]).components[0]
    #expect(component.uptime == 1)
    #expect(component.days.last?.worst == .degraded)
  }

  @Test func uptimeIsOfTheTimeOnRecord() {
    let component = site([record(lasting: .hours(1))], since: Self.day + .hours(4)).components[0]
    #expect(component.uptime == 0.9)
    #expect(component.days.dropLast().allSatisfy { $0.worst == nil })
    #expect(site([], since: Self.now).components[0].uptime == nil)
  }

  @Test func onceMitigatedItIsNoDowntimeAndGoesOn() {
    var calmed = record()
    calmed.effects.append(.init(at: Self.now - .hours(1), severity: nil))
    let site = site([calmed])
    #expect(site.state == .operational)
    #expect(site.open.count == 1)
    #expect(site.headline == "We are watching a recent incident")
    #expect(site.components[0].days.last?.down == .hours(1))
  }

  @Test func anOutageOverMidnightIsOfBothDays() {
    let days = site([record(at: Self.day - .hours(1), lasting: .hours(3))]).components[0].days.suffix(2)
    #expect(days.map(\.down) == [.hours(1), .hours(2)])
  }

  @Test func maintenanceIsAnnouncedWithItsComponentsAndShownWhileItIsOn() {
    let coming = StatusPlan.Window(services: ["upload"], start: Self.now + .days(2), length: .hours(1))
    let on = StatusPlan.Window(
      services: ["cdn"], start: Self.now - .minutes(5), length: .hours(1), announcement: "New edges.")
    let far = StatusPlan.Window(services: ["upload"], start: Self.now + .days(20), length: .hours(1))
    let other = StatusPlan.Window(services: ["billing"], start: Self.now, length: .hours(1))
    let site = site([], plan(windows: [coming, on, far, other]))
    #expect(site.maintenance.map(\.components) == [["Watching"], ["Uploading"]])
    #expect(site.maintenance.map(\.announcement) == ["New edges.", nil])
    #expect(site.components.map(\.state) == [.maintenance, .operational])
    #expect(site.headline == "Planned maintenance is under way")
  }

  @Test func weeklyMaintenanceComesEachWeek() throws {
    let window = StatusPlan.Window(
      services: ["upload"], start: Self.day - .days(70), length: .hours(1),
      recurrence: try RecurrenceRule(text: "FREQ=WEEKLY"))
    #expect(site([], plan(windows: [window])).maintenance.map(\.from) == [Self.day + .days(7), Self.day + .days(14)])
  }

  @Test func onlyWhatWasNeverDownReadsAHundred() {
    #expect(StatusWords.percent(1) == "100 %")
    #expect(StatusWords.percent(0.999_999_9) == "99.999 %")
    #expect(StatusWords.percent(0.9985) == "99.850 %")
    #expect(StatusWords.percent(.nan) == "0.000 %")
  }
}

extension Instant {
  fileprivate var date: CivilDate { CivilDateTime(clockSeconds: Int(seconds)).date }
}
