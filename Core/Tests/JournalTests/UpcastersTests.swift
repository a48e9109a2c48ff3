import Base
import Journal
import Testing

@Suite struct UpcastersTests {
  private func event(_ type: EventType, version: Int, _ data: JSON = [:]) -> Event {
    Event(
      sequence: 4, id: ULID(high: 0, low: 1), time: .epoch, type: type, typeVersion: version, subject: "thing/a",
      actor: "user/ana", cause: nil, data: data)
  }

  @Test func leavesUnknownTypesAlone() throws {
    var upcasters = Upcasters()
    upcasters.add("a.done", from: 1) { _ in "changed" }
    let read = try upcasters.upcast(event("b.done", version: 1, "kept"))
    #expect(read.data == "kept")
    #expect(read.typeVersion == 1)
  }

  @Test func namesTheEventThatCannotBeRead() {
    struct Broken: Error {}
    var upcasters = Upcasters()
    upcasters.add("a.done", from: 1) { _ in throw Broken() }
    #expect { try upcasters.upcast(event("a.done", version: 1)) } throws: { error in
      "\(error)".hasPrefix("event 4 (a.done) cannot be read as version 2")
    }
  }

  @Test func refusesVersionsOfANewerProgram() {
    var upcasters = Upcasters()
    upcasters.declare("a.done", version: 2)
    #expect { try upcasters.upcast(event("a.done", version: 3)) } throws: { "\($0)".contains("newer") }
  }

  @Test func findsMissingSteps() {
    var upcasters = Upcasters()
    upcasters.declare("a.done", version: 3)
    upcasters.add("a.done", from: 2) { $0 }
    #expect(upcasters.gaps() == ["a.done: no step from version 1 to 2"])
  }
}
