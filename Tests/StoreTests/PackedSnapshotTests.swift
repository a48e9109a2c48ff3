import Base
import Journal
import Store
import Testing

@Suite struct PackedSnapshotTests {
  private let text = Array(String(repeating: #"{"alert":"01J9Z3","status":"firing"},"#, count: 5_000).utf8)

  @Test func whatIsPackedComesBack() {
    let packed = PackedSnapshot.pack(text)
    #expect(packed.count < text.count / 20)
    #expect(PackedSnapshot.unpack(packed) == text)
  }

  @Test func whatGainsNothingStaysAsItIs() {
    var random = SeededGenerator(seed: 1)
    let noise = (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    for bytes in [[], Array("{}".utf8), noise] {
      #expect(PackedSnapshot.pack(bytes) == bytes)
      #expect(PackedSnapshot.unpack(bytes) == bytes)
    }
  }

  @Test func whatIsDamagedIsNone() {
    let packed = PackedSnapshot.pack(text)
    for length in [4, 5, 9, packed.count / 2, packed.count - 1] {
      #expect(PackedSnapshot.unpack(Array(packed.prefix(length))) == nil, "\(length)")
    }
    var random = SeededGenerator(seed: 2)
    for _ in 0..<500 {
      var broken = packed
      for _ in 0..<3 {
        broken[Int.random(in: 4..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      // Whatever is in it, it is refused or read to some bytes, within the length that it names.
      _ = PackedSnapshot.unpack(broken)
    }
  }

  @Test func aJournalKeepsItPacked() throws {
    let temporary = TemporaryDirectory()
    let journal = try SQLiteJournal(directory: temporary.data())
    let snapshot = FoldSnapshot(fold: "f", version: 1, sequence: 7, state: journal.pack(text))
    try journal.save(snapshot)
    #expect(try journal.snapshot(fold: "f", version: 1)?.state == text)
    // As earlier versions kept it.
    try journal.save(FoldSnapshot(fold: "f", version: 1, sequence: 8, state: text))
    #expect(try journal.snapshot(fold: "f", version: 1)?.state == text)
  }
}
