import ArgumentParser
import Base
import OnCall
import Outbound

extension OnCallVerb {
  struct Gaps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Where nobody is on call, and where one person stands in for two.",
      discussion: """
        EXAMPLE
          mainstay oncall gaps --definitions definitions --to +84d

        Exits with 1 where a schedule has a gap, so that a pipeline notices before people do.
        """)

    @OptionGroup var range: ShiftRange
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (from, to) = try range.bounds()
      let answer: JSON
      if let definitions = range.definitions {
        let source = try ScheduleSource(definitions: definitions)
        let gaps = try source.named(range.schedule).flatMap { schedule in
          schedule.gaps(from: from, to: to).map { Self.gap(schedule.name, $0) }
        }
        let overlaps = source.plan.overlaps(from: from, to: to) { _ in [] }
        answer = [
          "from": .string(from.rfc3339), "to": .string(to.rfc3339), "items": .array(gaps),
          "overlaps": .array(overlaps.map(Self.overlap)),
        ]
      } else {
        answer = try await server.connect {
          try await $0.api.get(
            "/api/v1/oncall/gaps",
            query: [("from", from.rfc3339), ("to", to.rfc3339), ("schedule", range.schedule)])
        }
      }
      let (gaps, overlaps) = (answer["items"]?.array ?? [], answer["overlaps"]?.array ?? [])
      if !output.printed(answer) { Self.show(gaps, overlaps) }
      if !gaps.isEmpty { throw ExitCode(1) }
    }

    private static func show(_ gaps: [JSON], _ overlaps: [JSON]) {
      var table = Table(("SCHEDULE", .left), ("NOBODY FROM", .left), ("TO", .left))
      for gap in gaps {
        table.add(
          .init(gap.text("schedule"), .bad), .init(gap.time("start").map(Words.stamp)),
          .init(gap.time("end").map(Words.stamp)))
      }
      table.show(empty: "no gaps")
      // Turns of a day repeat: the same weakness is one line, and JSON has each.
      var told: Set<String> = []
      for overlap in overlaps {
        let reason = overlap.text("reason") ?? ""
        guard told.insert(reason).inserted else { continue }
        let count = overlaps.count { $0.text("reason") == reason }
        Terminal.say(
          "\(overlap.time("start").map(Words.stamp) ?? "") to \(overlap.time("end").map(Words.stamp) ?? "")"
            + "\(count == 1 ? "" : count == 2 ? " and once more" : " and \(count - 1) more times"): \(reason)")
      }
    }

    static func gap(_ schedule: String, _ gap: ScheduleGap) -> JSON {
      ["schedule": .string(schedule), "start": .string(gap.start.rfc3339), "end": .string(gap.end.rfc3339)]
    }

    private static func overlap(_ overlap: OnCallOverlap) -> JSON {
      var members: [(String, JSON?)] = [
        ("person", .string(overlap.person)), ("start", .string(overlap.start.rfc3339)),
        ("end", .string(overlap.end.rfc3339)), ("reason", .string(overlap.text)),
      ]
      switch overlap.kind {
      case .levels(let policy, let level):
        members += [("policy", .string(policy)), ("levels", [.int(Int64(level)), .int(Int64(level + 1))])]
      case .primaries(let first, let second):
        members.append(("schedules", [.string(first), .string(second)]))
      }
      return .sparse(members)
    }
  }

  struct Quality: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "How well schedules cover and spare their people, from 0 to 100, with the reasons.",
      discussion: """
        EXAMPLE
          mainstay oncall quality --schedule primary --definitions definitions
        """)

    @OptionGroup var range: ShiftRange
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let (from, to) = try range.bounds(standard: .days(84))
      let items: [JSON]
      if let definitions = range.definitions {
        let source = try ScheduleSource(definitions: definitions)
        items = try source.named(range.schedule).compactMap { schedule in
          source.plan.quality(of: schedule.name, from: from, to: to, overrides: []).map {
            Self.json($0, schedule.name)
          }
        }
      } else {
        items = try await server.connect { connection in
          var items: [JSON] = []
          for name in try await range.names(connection) {
            items.append(
              try await connection.api.get(
                Connection.path("/api/v1/schedules", name, "/quality"),
                query: [("from", from.rfc3339), ("to", to.rfc3339)]))
          }
          return items
        }
      }
      if output.printed(["from": .string(from.rfc3339), "to": .string(to.rfc3339), "items": .array(items)]) { return }
      for item in items {
        Terminal.say("\(item.text("schedule") ?? ""): \(Words.decimal(item.number("score") ?? 0, 0)) of 100")
        for finding in item["findings"]?.array ?? [] {
          Terminal.say("  -\(Words.decimal(finding.number("points") ?? 0, 0))  \(finding.text("text") ?? "")")
        }
      }
      if items.isEmpty { Terminal.say("no schedules; write a Schedule into the definitions") }
    }

    private static func json(_ quality: ScheduleQuality, _ schedule: String) -> JSON {
      let findings = quality.findings.map { finding -> JSON in
        [
          "aspect": .string(finding.aspect.rawValue), "points": .int(Int64(finding.points)),
          "text": .string(finding.text),
        ]
      }
      let people = quality.loads.map { load -> JSON in
        [
          "person": .string(load.person), "hours": .double(load.time.seconds / 3_600), "share": .double(load.share),
          "nights": .int(Int64(load.nights)),
        ]
      }
      return [
        "schedule": .string(schedule), "score": .int(Int64(quality.score)), "findings": .array(findings),
        "people": .array(people), "gaps": .array(quality.gaps.map { Gaps.gap(schedule, $0) }),
        "gapShare": .double(quality.gapShare),
      ]
    }
  }
}
