import Access
import Alerts
import Base
import Engine
import Events
import Incidents
import Journal
import OnCall
import Testing

@Suite struct DecideLoopTests {
  private func override(_ user: String) -> Command<State> {
    let start = Instant(seconds: 1_780_000_000)
    return Ask.createOverride(
      schedule: "rota", user: user, start: start, end: start + .hours(1), by: .user("ana")
    ).command
  }

  private var now: Instant { Instant(seconds: 1_780_000_000) }

  ///     batch: create ──▶ decided on the state before
  ///            create ──▶ decided on the state after the first: refused
  @Test func ofTwoConflictingCommandsInOneBatchOneSucceeds() throws {
    var loop = DecideLoop(state: State(), sequence: 0, seed: 1)
    let outcome = try loop.decide([override("ana"), override("ana")], at: now, in: Story.company())
    #expect(outcome.events.count == 1)
    #expect((try? outcome.replies[0].get()) != nil)
    #expect(throws: Refusal.self) { try outcome.replies[1].get() }
  }

  @Test func readersSeeNothingBeforeTheCommit() throws {
    var loop = DecideLoop(state: State(), sequence: 0, seed: 1)
    _ = try loop.decide([override("ana")], at: now, in: Story.company())
    #expect(loop.committed.overrides.of("rota").isEmpty)
    #expect(loop.committedSequence == 0)
    loop.commit()
    #expect(loop.committed.overrides.of("rota").count == 1)
    #expect(loop.committedSequence == 1)
  }

  @Test func aFailedCommitLeavesNothingBehind() throws {
    var loop = DecideLoop(state: State(), sequence: 0, seed: 1)
    _ = try loop.decide([override("ana")], at: now, in: Story.company())
    loop.abandon()
    let again = try loop.decide([override("ana")], at: now, in: Story.company())
    #expect(again.events.map(\.sequence) == [1], "the sequence number was given back")
    #expect((try? again.replies[0].get()) != nil, "the first attempt is not in the way")
  }

  @Test func restoringFoldsWhatWasStored() throws {
    var story = Story()
    let alert = try story.fire()
    try story.ask(.acknowledgeAlert(alert, via: "cli", by: .user("ana")))
    let storage = MemoryJournal()
    try storage.append(story.journal.map(\.decoded))
    let fresh = try State.restore(from: storage)
    #expect(try fresh.state.snapshots(at: 9) == story.state.snapshots(at: 9))
    #expect(fresh.replayed == Int64(story.journal.count))
    for snapshot in try story.state.snapshots(at: fresh.sequence) { storage.save(snapshot) }
    #expect(try State.restore(from: storage).replayed == 0)
  }

  @Test func aSnapshotOfAnotherVersionIsRebuilt() throws {
    var story = Story()
    _ = try story.fire()
    let storage = MemoryJournal()
    try storage.append(story.journal.map(\.decoded))
    let sequence = storage.lastSequence()
    for var snapshot in try story.state.snapshots(at: sequence) {
      if snapshot.fold == Alerts.name {
        snapshot.version += 1
        snapshot.state = Array("nonsense".utf8)
      }
      storage.save(snapshot)
    }
    let restored = try State.restore(from: storage)
    #expect(restored.replayed == sequence)
    #expect(try restored.state.snapshots(at: 0) == story.state.snapshots(at: 0))
  }

  @Test func aSnapshotThatCannotBeReadIsRebuilt() throws {
    var story = Story()
    _ = try story.fire()
    let storage = MemoryJournal()
    try storage.append(story.journal.map(\.decoded))
    storage.save(
      FoldSnapshot(fold: Alerts.name, version: Alerts.version, sequence: 1, state: Array("{}".utf8)))
    #expect(try State.restore(from: storage).state.alerts.openCount == 1)
  }

  @Test func rolesIncludeThoseBelow() {
    #expect(Role.admin.includes(.viewer))
    #expect(Role.admin.includes(.sender))
    #expect(!Role.sender.includes(.viewer))
    #expect(!Role.viewer.includes(.responder))
    #expect(!Role.editor.includes(.sender))
  }

  @Test func aTokenIsShownByHashAndRevoked() throws {
    var story = Story()
    let hash = String(repeating: "a", count: 64)
    #expect(story.state.access.isOpen)
    _ = try story.ask(
      .createToken(name: "ci", role: .sender, hash: hash, user: nil, expires: nil, by: .system("test")))
    #expect(!story.state.access.isOpen)
    #expect(story.state.access.token(hash: hash)?.isValid(at: story.now) == true)
    _ = try story.ask(.revokeToken("ci", by: .user("ana")))
    #expect(story.state.access.token(hash: hash)?.isValid(at: story.now) == false)
  }
}

extension Event {
  /// The event as it is read back: its payload decoded from the data.
  var decoded: Event {
    Event(
      sequence: sequence, id: id, time: time, type: type, typeVersion: typeVersion, subject: subject, actor: actor,
      cause: cause, data: data)
  }
}
