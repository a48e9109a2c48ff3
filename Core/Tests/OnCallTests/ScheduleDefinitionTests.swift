import Base
import Definitions
import OnCall
import Testing

@Suite struct ScheduleDefinitionTests {
  private func spec(_ text: String) throws -> ScheduleSpec {
    let report = Report()
    let node = node(try PositionedJSON(parsing: Array(text.utf8)))
    let document = DocumentReader(report: report).read(node)
    return try #require(document?.spec as? ScheduleSpec, "\(report.diagnostics)")
  }

  private func node(_ json: PositionedJSON) -> Node {
    let position = Position(file: "schedule.json", line: json.position.line, column: json.position.column)
    return switch json.content {
    case .scalar(.string(let text)): Node(.scalar(.quoted(text)), at: position)
    case .scalar(let value): Node(.scalar(.plain(value.text)), at: position)
    case .array(let elements): Node(.sequence(elements.map(node)), at: position)
    case .object(let members):
      Node(
        .mapping(members.map { .init(key: $0.key, keyPosition: position, value: node($0.value)) }), at: position)
    }
  }

  private let text = """
    {"apiVersion": "mainstay.dev/v1", "kind": "Schedule", "metadata": {"name": "playback"}, "spec": {
      "timeZone": "Europe/Lisbon", "layers": [
        {"name": "week", "users": ["ana", "user:default/bo"], "rotation": "weekly", "start": "2026-01-05T09:00"},
        {"name": "days", "users": ["cy"], "rotation": "daily", "every": 2, "start": "2026-01-05T00:00",
         "until": "2026-12-24T00:00",
         "restrictions": [{"days": ["friday", "monday"], "from": "22:00", "to": "06:30"}]}]}}
    """

  @Test func takesOverADefinition() throws {
    let schedule = try ScheduleDefinition(name: "playback", spec: spec(text), zones: systemZones)
    #expect(schedule.zone.name == "Europe/Lisbon")
    #expect(
      schedule.layers == [
        layer("week", ["ana", "bo"], .weekly, from: "2026-01-05T09:00"),
        layer(
          "days", ["cy"], .daily, every: 2, from: "2026-01-05T00:00", until: "2026-12-24T00:00",
          only: [window("22:00", "06:30", [.monday, .friday])]),
      ])
    #expect(schedule.onCall(at: at("2026-06-06T05:29:59Z")).map(\.user) == ["cy"])
    #expect(schedule.onCall(at: at("2026-06-06T05:30:00Z")).map(\.user) == ["bo"])
  }

  @Test func namesAZoneThatIsNotThere() throws {
    let spec = try spec(text.replacing("Europe/Lisbon", with: "Europe/Atlantis"))
    #expect {
      try ScheduleDefinition(name: "playback", spec: spec, zones: systemZones)
    } throws: { error in
      "\(error)"
        == "time zone Europe/Atlantis: no such zone in the system's tzdata; use an IANA name such as Europe/Lisbon"
    }
  }

  @Test func takesOverAnOverride() throws {
    let json: JSON = [
      "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "schedule": "playback", "user": "ana", "start": "2026-01-01T00:00:00Z",
      "end": "2026-01-01T01:00:00Z", "by": "user/bo",
    ]
    let start = at("2026-01-01T00:00:00Z")
    #expect(
      try json.decode(Override.self).covering
        == ScheduleOverride(id: "01ARZ3NDEKTSV4RRFFQ69G5FAV", user: "ana", start: start, end: start + .hours(1)))
  }
}
