import Base
import Events
import Testing

@testable import StatusPages

@Suite struct StatusFilesTests {
  private static let now = Instant(rfc3339: "2026-11-21T14:00:00Z")!
  private static let hostile = "<script>alert(1)</script>\n\n\"&' \u{202E}gnp.exe \u{0}"

  private func site(_ text: String = hostile) -> StatusSite {
    var record = StatusRecord(
      number: 12, openedAt: Self.now - .hours(2), services: ["svc-internal-name"], severity: .sev2)
    record.updates = [.init(sequence: 7, at: Self.now - .hours(1), phase: .identified, text: text)]
    let plan = StatusPlan(
      name: "p", title: "Us & <them>", url: "https://status.example", contact: "mailto:a@b.example",
      components: [.init(name: "Watching <films>", services: ["svc-internal-name"], slo: "slo-internal-name")],
      windows: [.init(services: ["svc-internal-name"], start: Self.now + .hours(3), length: .hours(1))])
    return StatusSite(
      plan, records: [record], since: Self.now - .days(3),
      attainment: ["slo-internal-name": .init(share: 0.9991, target: 0.999, window: .days(28))], at: Self.now)
  }

  @Test func allFilesAreThereAndIndexIsLast() {
    let paths = site().files(renderedAt: Self.now).map(\.path)
    #expect(
      paths == [
        "style.css", "favicon.svg", "incidents/12.html", "history.html", "feed.rss", "feed.atom", "status.json",
        "index.html",
      ])
  }

  @Test func nothingInternalAndNothingHostileIsInAnyFile() {
    for file in site().files(renderedAt: Self.now) {
      #expect(!file.text.contains("internal-name"), "\(file.path)")
      #expect(!file.text.contains("\u{202E}") || file.path == "status.json", "\(file.path)")
      if file.path != "status.json" { #expect(!file.text.contains("<script"), "\(file.path)") }
      #expect(!file.text.contains(" style="), "\(file.path)")
    }
  }

  @Test func linksAreRelativeOrLeadElsewhere() {
    for file in site().files(renderedAt: Self.now) where file.path.hasSuffix(".html") {
      let links = file.text.split(separator: "href=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
      #expect(!links.isEmpty)
      for link in links { #expect(!link.hasPrefix("/") && !link.contains("//"), "\(file.path): \(link)") }
    }
  }

  @Test func whatTellsTheTimeDiffersAndTheRestDoesNot() {
    let site = site()
    for (before, after) in zip(site.files(renderedAt: Self.now), site.files(renderedAt: Self.now + .minutes(1))) {
      #expect(before.contents == after.contents, "\(before.path)")
      if before.tellsTime { #expect(before.text != after.text, "\(before.path)") }
    }
  }

  @Test func anotherTextIsAnotherFile() {
    let (one, other) = (site("One.").files(renderedAt: Self.now), site("Two.").files(renderedAt: Self.now))
    let changed = zip(one, other).filter { $0.contents != $1.contents }.map(\.0.path)
    #expect(changed == ["incidents/12.html", "feed.rss", "feed.atom", "status.json", "index.html"])
  }

  @Test func aYearOfAHundredComponentsStaysSmall() {
    let plan = StatusPlan(
      name: "p", title: "T", url: "https://s.example", history: 365,
      components: (0..<100).map { .init(name: "Component \($0)", services: ["s\($0)"]) })
    let site = StatusSite(plan, records: [], since: Self.now - .days(400), at: Self.now)
    let index = site.files(renderedAt: Self.now).last
    #expect((index?.text.utf8.count ?? .max) < 1_000_000)
  }

  @Test func timesAreAsRSSWantsThem() {
    #expect(StatusWords.rfc822(Self.now) == "Sat, 21 Nov 2026 14:00:00 +0000")
  }
}
