import Base
import Events
import Freeze
import Journal
import Testing

@testable import Engine

@Suite struct FreezeStories {
  @Test func anEditorLiftsAFreezeAndARestartRemembersIt() throws {
    var story = Story()
    let festival = FreezeWindow(
      name: "festival", services: ["playback"], start: story.now + .hours(1), end: story.now + .days(2),
      reason: "the festival's premieres")
    story.environment.freezes = ["festival": festival]
    try story.advance(.hours(2))
    #expect(story.state.freezes.holding(for: "playback", among: [festival], at: story.now) == [festival])
    try story.ask(.liftFreeze("festival", by: .user("ana")))
    #expect(story.state.freezes.status(of: festival, at: story.now) == .lifted)
    #expect(throws: Refusal.self) { try story.ask(.liftFreeze("festival", by: .user("ben"))) }
    #expect(throws: Refusal(.notFound, "no freeze carnival")) {
      try story.ask(.liftFreeze("carnival", by: .user("ana")))
    }
    #expect(story.events(FreezeLifted.type).map(\.subject) == [Subject("freeze", "festival")])
    let restored = try Freezes(snapshot: story.state.freezes.snapshot())
    #expect(restored.lift(of: festival)?.by == .user("ana"))
    story.expect()
  }
}
