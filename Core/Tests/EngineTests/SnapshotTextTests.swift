import Base
import Engine
import Events
import Journal
import Testing

@testable import Incidents

/// What is written straight as text is what the value would have been.
@Suite struct SnapshotTextTests {
  @Test func eachFoldWritesWhatItsValueSays() throws {
    var story = Story()
    try story.fire("playback", key: "a")
    try story.fire("search", key: "b")
    try story.fire("search", key: "c", urgency: .record)
    try story.advance(.seconds(30))
    let state = story.state
    #expect(!state.alerts.alerts.isEmpty && !state.incidents.incidents.isEmpty && !state.incidents.waiting.isEmpty)
    let folds: [any Fold] = [state.alerts, state.incidents, state.incidentBook, state.alertBook, state.outbox]
    for fold in folds { #expect(try fold.snapshotText() == fold.snapshot().bytes, "\(type(of: fold))") }
  }
}
