import Alerts
import Base
import Engine
import Events
import Fatigue
import Figures
import Journal
import Outbox
import Testing

@testable import Incidents

/// What is written straight as text is what the value would have been.
@Suite struct SnapshotTextTests {
  @Test func eachFoldWritesWhatItsValueSays() throws {
    var story = Story()
    _ = try story.fire("playback", key: "a")
    _ = try story.fire("search", key: "b")
    _ = try story.fire("search", key: "c", urgency: .record)
    try story.advance(.seconds(30))
    let state = story.state
    #expect(!state.alerts.alerts.isEmpty && !state.incidents.incidents.isEmpty && !state.incidents.waiting.isEmpty)
    let folds: [any Fold] = [state.alerts, state.incidents, state.incidentBook, state.alertBook, state.outbox]
    for fold in folds {
      let (text, value) = (String(decoding: try fold.snapshotText(), as: UTF8.self), try fold.snapshot().text)
      #expect(text == value, "\(type(of: fold))")
    }
  }
}
