import Base
import Testing

@testable import Runtime

@Suite struct DeliveryLanesTests {
  private let now = Instant(seconds: 1_780_000_000)
  private func page(_ number: Int) -> ULID { ULID(high: 0, low: UInt64(number)) }

  @Test func aFullLaneHoldsUpNoOther() {
    var lanes = DeliveryLanes()
    for number in 0..<1_000 { lanes.add(page(number), to: "slow") }
    #expect(lanes.take(at: now).pages.count == DeliveryLanes.perLane)
    #expect(lanes.take(at: now).pages.isEmpty)
    lanes.add(page(2_000), to: "chat")
    #expect(lanes.take(at: now).pages == [page(2_000)])
    lanes.end(page(0))
    #expect(lanes.take(at: now).pages == [page(DeliveryLanes.perLane)])
  }

  @Test func manyLanesShareThePlacesInTurns() {
    var lanes = DeliveryLanes()
    for lane in 0..<40 { for number in 0..<40 { lanes.add(page(lane * 100 + number), to: "lane \(lane)") } }
    var served: Set<ULID> = []
    while true {
      let taken = lanes.take(at: now).pages
      if taken.isEmpty { break }
      #expect(taken.count <= DeliveryLanes.overall)
      for page in taken {
        #expect(served.insert(page).inserted, "no page goes out twice")
        lanes.end(page)
      }
    }
    #expect(served.count == 1_600)
  }

  @Test func aPageIsKnownUntilItsEnd() {
    var lanes = DeliveryLanes()
    lanes.add(page(1), to: "chat")
    lanes.add(page(1), to: "chat")
    #expect(lanes.take(at: now).pages == [page(1)])
    #expect(lanes.knows(page(1)))
    lanes.end(page(1))
    #expect(!lanes.knows(page(1)))
    lanes.end(page(1))
    lanes.add(page(1), to: "chat")
    #expect(lanes.take(at: now).pages == [page(1)])
  }

  @Test func aShortPauseIsWaitedFor() {
    var lanes = DeliveryLanes()
    lanes.add(page(1), to: "chat")
    lanes.pause("chat", until: now + .seconds(1))
    let taken = lanes.take(at: now)
    #expect(taken.pages.isEmpty && taken.paused.isEmpty && taken.wakeAt == now + .seconds(1))
    #expect(lanes.take(at: now + .seconds(1)).pages == [page(1)])
  }

  @Test func aLongPauseSendsPeopleAnotherWay() {
    var lanes = DeliveryLanes()
    lanes.add(page(1), to: "chat")
    lanes.add(page(2), to: "mail")
    lanes.pause("chat", until: now + .minutes(10))
    let taken = lanes.take(at: now)
    #expect(taken.paused.map(\.page) == [page(1)])
    #expect(taken.pages == [page(2)])
    lanes.end(page(1), wasTaken: false)
    lanes.add(page(3), to: "chat")
    #expect(lanes.take(at: now + .minutes(10)).pages == [page(3)])
  }
}
