import Journal
import Simulation
import Testing

@Suite struct JournalStorageContractTests {
  @Test func memoryJournalKeepsTheContract() {
    let violations = JournalStorageContract.violations { MemoryJournal(upcasters: JournalStorageContract.upcasters) }
    #expect(violations == [])
  }

  @Test func aStorageWithoutUpcastersIsCaught() {
    let violations = JournalStorageContract.violations { MemoryJournal() }
    #expect(violations.contains { $0.contains("newest shape") })
  }
}
