import Simulation
import Store
import Testing

@Suite struct SQLiteJournalTests {
  let temporary = TemporaryDirectory()

  @Test func keepsTheContract() {
    var count = 0
    let violations = JournalStorageContract.violations {
      count += 1
      return try SQLiteJournal(
        directory: temporary.data("\(count)"), upcasters: JournalStorageContract.upcasters)
    }
    #expect(violations == [])
    #expect(count == 9)
  }
}
