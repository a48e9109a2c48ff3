import Base
import Foundation
import Journal
import Simulation
import Testing

@testable import Store

@Suite struct RetentionTests {
  let temporary = TemporaryDirectory()

  private func item(_ number: Int, expires: Int64?) -> BulkItem {
    BulkItem(
      key: "raw/\(number)", kind: "intake", bytes: [UInt8](repeating: UInt8(number), count: 5_000), created: .epoch,
      expires: expires.map { Instant(seconds: $0) })
  }

  @Test func bulkGoesWhenItExpires() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append(
      [], with: Attachments(bulk: [item(1, expires: 10), item(2, expires: 20), item(3, expires: nil)]))
    #expect(try journal.dropExpiredBulk(at: Instant(seconds: 9)) == 0)
    #expect(try journal.dropExpiredBulk(at: Instant(seconds: 10)) == 1)
    #expect(try journal.bulkKeys(kind: "intake") == ["raw/2", "raw/3"])
    let older = BulkItem(
      key: "raw/9", kind: "intake", bytes: [], created: .distantPast, expires: .distantFuture)
    try journal.append([], with: Attachments(bulk: [older]))
    #expect(try journal.bulkKeys(kind: "intake").first == "raw/9", "the oldest comes first")
    try journal.removeBulk(["raw/9"])
    #expect(try journal.dropExpiredBulk(at: .distantFuture) == 1)
    #expect(try journal.bulk("raw/3") == item(3, expires: nil), "bulk without an end stays")
    try journal.removeBulk(["raw/3", "raw/none"])
    #expect(try journal.bulk("raw/3") == nil)
  }

  @Test func bulkIsDroppedInPieces() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    try journal.append([], with: Attachments(bulk: (1...50).map { item($0, expires: 1) }))
    #expect(try journal.dropExpiredBulk(at: .distantFuture, limit: 20) == 20)
    #expect(try journal.dropExpiredBulk(at: .distantFuture, limit: 20) == 20)
    #expect(try journal.dropExpiredBulk(at: .distantFuture, limit: 20) == 10)
  }

  @Test func eventsStayWhenAPersonIsErased() throws {
    let journal = try SQLiteJournal(directory: temporary.data())
    let secret = "call me at 555-0199, it is about the outage"
    let (anas, bobs) = (ULID(high: 1, low: 1), ULID(high: 1, low: 2))
    try journal.append(
      [JournalStorageContract.event(1, data: ["said": Erasable.marker(anas), "then": Erasable.marker(bobs)])],
      with: Attachments(personal: [
        PersonalText(id: anas, person: "ana", text: secret), PersonalText(id: bobs, person: "bob", text: "on it"),
      ]))
    func read() throws -> JSON? {
      try journal.page(EventQuery(resolvesPersonalData: true)).events.first?.data
    }
    #expect(try read() == ["said": .string(secret), "then": "on it"])
    #expect(holds(secret), "the check below has to be able to find it")
    #expect(try journal.erase(person: "ana") == 1)
    #expect(try read() == ["said": "[erased]", "then": "on it"])
    #expect(journal.lastSequence() == 1)
    #expect(try journal.erase(person: "ana") == 0)
    #expect(!holds(secret), "the text is still in a file of the journal")
  }

  private func holds(_ text: String) -> Bool {
    ["journal.db", "journal.db-wal"].contains { name in
      let data = FileManager.default.contents(atPath: temporary.data().path + "/" + name) ?? Data()
      return data.range(of: Data(text.utf8)) != nil
    }
  }
}
