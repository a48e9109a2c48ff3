import Journal
import Testing

@Suite struct DiskSpaceGuardTests {
  private var running: DiskSpaceGuard {
    var guardian = DiskSpaceGuard(ballastSize: 8_000, floor: 1_000)
    _ = guardian.observe(freeBytes: 100_000)
    guardian.ballastMade()
    return guardian
  }

  @Test func makesItsBallastFirst() {
    var guardian = DiskSpaceGuard(ballastSize: 8_000, floor: 1_000)
    #expect(guardian.state == .reserve)
    #expect(guardian.observe(freeBytes: 9_999) == nil)
    #expect(guardian.observe(freeBytes: 10_000) == .makeBallast)
    #expect(guardian.state == .reserve, "not before the file is really there")
    guardian.ballastMade()
    #expect(guardian.state == .normal)
    #expect(guardian.admits(urgent: false))
  }

  @Test func givesItsBallastUpWhenACommitFindsTheDiskFull() {
    var guardian = running
    #expect(guardian.commitFoundDiskFull() == .releaseBallast)
    #expect(guardian.admits(urgent: true))
    #expect(!guardian.admits(urgent: false))
    #expect(guardian.refusal.contains("disk is full"))
  }

  @Test func givesItUpBeforeTheDiskIsFull() {
    var guardian = running
    #expect(guardian.observe(freeBytes: 1_000) == nil)
    #expect(guardian.observe(freeBytes: 999) == .releaseBallast)
    #expect(guardian.state == .reserve)
  }

  @Test func admitsNothingWhenTheBallastIsUsedUp() {
    var guardian = running
    _ = guardian.commitFoundDiskFull()
    #expect(guardian.commitFoundDiskFull() == nil)
    #expect(guardian.state == .exhausted)
    #expect(!guardian.admits(urgent: true))
    #expect(guardian.observe(freeBytes: 999) == nil)
    #expect(!guardian.admits(urgent: true))
  }

  @Test func recoversByItself() {
    var guardian = running
    _ = guardian.commitFoundDiskFull()
    _ = guardian.commitFoundDiskFull()
    #expect(guardian.observe(freeBytes: 1_000) == nil)
    #expect(guardian.state == .reserve, "a little space is for urgent commands")
    #expect(guardian.observe(freeBytes: 10_000) == .makeBallast)
    guardian.ballastRefused()
    #expect(guardian.state == .reserve)
    #expect(guardian.observe(freeBytes: 10_000) == .makeBallast)
    guardian.ballastMade()
    #expect(guardian.state == .normal)
  }

  @Test func doesNotFlapAroundTheFloor() {
    var guardian = running
    #expect(guardian.observe(freeBytes: 999) == .releaseBallast)
    // The ballast's own space has become free: that alone does not bring it back.
    #expect(guardian.observe(freeBytes: 8_999) == nil)
    #expect(guardian.state == .reserve)
  }
}
