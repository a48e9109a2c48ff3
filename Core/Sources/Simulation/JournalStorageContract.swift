import Base
import Journal

/// What every journal storage promises, checked against a real one: SQLite, the memory journal and the simulator's
/// disk. It returns the broken promises in words and imports no test framework, so that both packages can run it.
public struct JournalStorageContract {
  public typealias Storage = any JournalStorage & JournalReading

  private let open: () throws -> Storage
  private var violations: [String] = []

  /// - Parameter open: makes an empty storage whose `contract.renamed` events of version 1 are upcast by
  ///   `JournalStorageContract.upcasters`.
  public init(open: @escaping () throws -> Storage) { self.open = open }

  /// The upcasters that the storage under test has to be opened with.
  public static var upcasters: Upcasters {
    var upcasters = Upcasters()
    upcasters.declare("contract.renamed", version: 3)
    upcasters.add("contract.renamed", from: 1) { ["name": $0["title"] ?? .null] }
    upcasters.add("contract.renamed", from: 2) { ["name": $0["name"] ?? .null, "length": 1] }
    return upcasters
  }

  /// The promises that are broken; empty when all are kept.
  public static func violations(open: @escaping () throws -> Storage) -> [String] {
    var contract = JournalStorageContract(open: open)
    let checks: [(String, (inout JournalStorageContract) throws -> Void)] = [
      ("an empty journal", { try $0.checkEmpty() }),
      ("events read back", { try $0.checkRoundTrip() }),
      ("gaps", { try $0.checkContinuity() }),
      ("paging", { try $0.checkPaging() }),
      ("filters", { try $0.checkFilters() }),
      ("times", { try $0.checkTimes() }),
      ("snapshots", { try $0.checkSnapshots() }),
      ("attachments", { try $0.checkAttachments() }),
      ("upcasting", { try $0.checkUpcasting() }),
    ]
    for (name, check) in checks {
      do { try check(&contract) } catch { contract.violations.append("\(name): threw \(error)") }
    }
    return contract.violations
  }

  private mutating func expect(_ condition: Bool, _ promise: String) {
    if !condition { violations.append(promise) }
  }

  private mutating func expectFailure(_ promise: String, _ body: () throws -> Void) {
    do {
      try body()
      violations.append(promise)
    } catch {}
  }

  /// An event of the contract's own; its time is its sequence in seconds unless given.
  public static func event(
    _ sequence: Int64, type: EventType = "contract.tested", version: Int = 1, subject: Subject = "thing/a",
    at time: Instant? = nil, cause: ULID? = nil, data: JSON = [:]
  ) -> Event {
    Event(
      sequence: sequence, id: ULID(high: 0x0193_0000_0000_0000, low: UInt64(sequence)),
      time: time ?? Instant(seconds: sequence), type: type, typeVersion: version, subject: subject, actor: "user/ana",
      cause: cause, data: data)
  }
}

extension JournalStorageContract {
  private mutating func checkEmpty() throws {
    let storage = try open()
    expect(try storage.lastSequence() == 0, "an empty journal's last sequence is 0")
    expect(try storage.events(after: 0, limit: 10).isEmpty, "an empty journal has no events")
    expect(try storage.event(1) == nil, "an empty journal has no first event")
    expect(try storage.page(EventQuery()).next == nil, "an empty journal has no next page")
    expect(try storage.firstSequence(at: .epoch) == 1, "an empty journal's first sequence at any time is 1")
    expect(try storage.snapshot(fold: "f", version: 1) == nil, "an empty journal has no snapshots")
    expect(try storage.bulk("k") == nil, "an empty journal has no bulk")
    try storage.append([])
    expect(try storage.lastSequence() == 0, "appending nothing changes nothing")
  }

  private mutating func checkRoundTrip() throws {
    let storage = try open()
    let data: JSON = [
      "text": "naïve \u{1F680} \"quoted\" \\ \n\u{0}", "int": .int(.max), "low": .int(.min), "double": 0.1,
      "nested": [["a": nil], true, []], "empty": "",
    ]
    let cause = ULID(high: 1, low: 2)
    let first = Self.event(
      1, type: "contract.written", version: 7, subject: "thing/ü", at: Instant(nanoseconds: 1), cause: cause, data: data
    )
    try storage.append([first, Self.event(2, data: "plain")])
    let read = try storage.events(after: 0, limit: 10)
    expect(read.map(\.sequence) == [1, 2], "events come back in order")
    guard let back = read.first else { return }
    expect(back.id == first.id && back.time == first.time, "id and time come back to the bit and nanosecond")
    expect(back.type == first.type && back.typeVersion == 7, "type and version come back")
    expect(back.subject == first.subject && back.actor == first.actor, "subject and actor come back")
    expect(back.cause == cause && read[1].cause == nil, "the cause comes back, and its absence")
    expect(back.data == data && read[1].data == "plain", "data comes back as it was")
    expect(try storage.event(2)?.data == "plain" && storage.event(3) == nil, "one event is read by its sequence")
    expect(try storage.lastSequence() == 2, "the last sequence is the last event's")
    expect(try storage.events(after: 1, limit: 10).map(\.sequence) == [2], "reading starts after the sequence given")
    expect(try storage.events(after: 0, limit: 1).map(\.sequence) == [1], "reading stops at the limit")
    expect(try storage.events(after: 9, limit: 1).isEmpty, "there is nothing after the end")
  }

  private mutating func checkContinuity() throws {
    let storage = try open()
    try storage.append([Self.event(1)])
    expectFailure("a gap is refused") { try storage.append([Self.event(3)]) }
    expectFailure("a repeated sequence is refused") { try storage.append([Self.event(1)]) }
    expectFailure("a gap inside a batch is refused") { try storage.append([Self.event(2), Self.event(4)]) }
    expectFailure("a time that goes back is refused") { try storage.append([Self.event(2, at: .epoch)]) }
    expect(try storage.events(after: 0, limit: 10).map(\.sequence) == [1], "a refused batch leaves nothing")
    try storage.append([Self.event(2, at: Instant(seconds: 1))])
    expect(try storage.lastSequence() == 2, "after a refusal the journal goes on; equal times are in order")
  }

  private mutating func checkPaging() throws {
    let storage = try open()
    try storage.append((1...25).map { Self.event($0) })
    for order in [EventQuery.Order.oldestFirst, .newestFirst] {
      var query = EventQuery(order: order, limit: 10)
      var pages: [[Int64]] = []
      repeat {
        let page = try storage.page(query)
        pages.append(page.events.map(\.sequence))
        query.cursor = page.next
      } while query.cursor != nil && pages.count < 10
      let all = order == .oldestFirst ? Array(1...25) : Array((1...25).reversed())
      expect(pages.flatMap { $0 } == all.map(Int64.init), "pages \(order) hold every event once, in order")
      expect(pages.map(\.count) == [10, 10, 5], "pages \(order) are full but for the last")
    }
    expect(try storage.page(EventQuery(limit: 25)).next == nil, "a page that holds everything has no next")
    expect(try storage.page(EventQuery(limit: 0)).events.count == 1, "a limit below 1 counts as 1")
  }

  private mutating func checkFilters() throws {
    let storage = try open()
    try storage.append(
      (1...30).map { sequence in
        Self.event(
          sequence, type: sequence % 10 == 0 ? "contract.rare" : "contract.tested",
          subject: sequence % 3 == 0 ? "thing/b" : "thing/a")
      })
    func sequences(_ query: EventQuery) throws -> [Int64] { try storage.page(query).events.map(\.sequence) }
    expect(try sequences(EventQuery(types: ["contract.rare"])) == [10, 20, 30], "a type selects its events")
    expect(
      try sequences(EventQuery(types: ["contract.rare", "contract.tested"], limit: 100)).count == 30,
      "several types select the events of each")
    expect(try sequences(EventQuery(subject: "thing/b", limit: 3)) == [3, 6, 9], "a subject selects its events")
    expect(
      try sequences(EventQuery(order: .newestFirst, subject: "thing/b", limit: 2)) == [30, 27],
      "a subject's newest events come first")
    expect(
      try sequences(EventQuery(order: .newestFirst, cursor: 30, types: ["contract.rare"], subject: "thing/a"))
        == [20, 10], "filters and cursor combine")
    expect(try sequences(EventQuery(subject: "thing/c")).isEmpty, "an unknown subject has no events")
    expect(
      try sequences(EventQuery(from: Instant(seconds: 5), to: Instant(seconds: 8))) == [5, 6, 7],
      "a time range includes its start and not its end")
  }

  private mutating func checkTimes() throws {
    let storage = try open()
    let seconds: [Int64] = [10, 10, 10, 20, 30, 30]
    try storage.append(
      zip(Int64(1)..., seconds).map { Self.event($0, at: Instant(seconds: $1)) })
    for (time, expected): (Int64, Int64) in [(0, 1), (10, 1), (11, 4), (20, 4), (30, 5), (31, 7)] {
      expect(
        try storage.firstSequence(at: Instant(seconds: time)) == expected,
        "the first event at or after \(time) s is \(expected)")
    }
  }

  private mutating func checkSnapshots() throws {
    let storage = try open()
    try storage.append([Self.event(1), Self.event(2)])
    try storage.save(FoldSnapshot(fold: "f", version: 1, sequence: 1, state: [1, 0, 255]))
    try storage.save(FoldSnapshot(fold: "g", version: 1, sequence: 2, state: []))
    expect(try storage.snapshot(fold: "f", version: 1)?.state == [1, 0, 255], "a snapshot comes back")
    expect(try storage.snapshot(fold: "g", version: 1)?.state == [], "an empty state comes back")
    expect(try storage.snapshot(fold: "f", version: 2) == nil, "a snapshot of another version is not returned")
    try storage.save(FoldSnapshot(fold: "f", version: 2, sequence: 2, state: [2]))
    expect(try storage.snapshot(fold: "f", version: 2)?.sequence == 2, "the newest snapshot is returned")
    expect(try storage.snapshot(fold: "f", version: 1) == nil, "older snapshots of a fold are dropped")
  }

  private mutating func checkAttachments() throws {
    let storage = try open()
    let (kept, gone) = (ULID(high: 1, low: 1), ULID(high: 1, low: 2))
    let raw = BulkItem(key: "raw/1", kind: "intake", bytes: [0, 1, 255], created: .epoch, expires: Instant(seconds: 9))
    let said: JSON = ["by": "ana", "text": Erasable.marker(kept), "also": [Erasable.marker(gone)]]
    try storage.append(
      [Self.event(1, data: said)],
      with: Attachments(personal: [PersonalText(id: kept, person: "ana", text: "hello")], bulk: [raw]))
    expect(try storage.bulk("raw/1") == raw, "bulk comes back")
    expect(try storage.events(after: 0, limit: 1).first?.data == said, "folds read the marker, not the text")
    let page = try storage.page(EventQuery(resolvesPersonalData: true))
    expect(
      page.events.first?.data == ["by": "ana", "text": "hello", "also": [.string(Erasable.erasedText)]],
      "pages read the text, and \(Erasable.erasedText) where there is none")
    let late = PersonalText(id: gone, person: "ana", text: "late")
    expectFailure("a refused batch is refused with attachments too") {
      try storage.append([Self.event(5)], with: Attachments(personal: [late]))
    }
    expect(try storage.personalTexts([gone]).isEmpty, "a refused batch leaves no attachments")
    try storage.append(
      [], with: Attachments(bulk: [BulkItem(key: "raw/1", kind: "x", bytes: [], created: .epoch, expires: nil)]))
    expect(try storage.bulk("raw/1")?.bytes == [], "bulk put again replaces the item; attachments need no event")
  }

  private mutating func checkUpcasting() throws {
    let storage = try open()
    try storage.append([
      Self.event(1, type: "contract.renamed", version: 1, data: ["title": "old"]),
      Self.event(2, type: "contract.renamed", version: 2, data: ["name": "newer"]),
      Self.event(3, type: "contract.renamed", version: 3, data: ["name": "now", "length": 3]),
    ])
    let read = try storage.events(after: 0, limit: 10)
    expect(
      read.map(\.data) == [
        ["name": "old", "length": 1], ["name": "newer", "length": 1], ["name": "now", "length": 3],
      ], "old versions are read in the newest shape, each step in turn")
    expect(read.map(\.typeVersion) == [3, 3, 3], "an upcast event says the version it is in")
    expect(try storage.page(EventQuery()).events.map(\.data) == read.map(\.data), "pages upcast as well")
    try storage.append([Self.event(4, type: "contract.renamed", version: 4)])
    expectFailure("an event of a later version than the program's is refused") {
      _ = try storage.events(after: 3, limit: 1)
    }
  }
}
