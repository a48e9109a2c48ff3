import Base
import Definitions
import Foundation
import Testing
import Wire

/// Seeded mutations of real files: whatever comes in, reading ends with diagnostics or with a snapshot, never with a
/// crash, and the same bytes always give the same answer. `MAINSTAY_FUZZ_ROUNDS` makes it longer.
@Suite struct DefinitionsFuzzTests {
  private static let rounds = ProcessInfo.processInfo.environment["MAINSTAY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 3_000

  /// The example's files, and those of the outside suites where they are there.
  private static let corpus: [DefinitionsReader.File] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var folders = [root.appendingPathComponent("examples/reel").path]
    if let suites = DefinitionsConformance.suites {
      folders += [suites + "/catalog/examples", suites + "/openslo/go-sdk"]
    }
    return folders.flatMap { folder in
      DefinitionsConformance(root: folder).files(below: ".", endings: ["yaml", "json", "md"]).compactMap { path in
        FileManager.default.contents(atPath: path).map { (path, [UInt8]($0)) }
      }
    }
  }()

  /// Pieces that have a meaning to YAML, JSON or Markdown.
  private static let tokens: [[UInt8]] = [
    "\n", " ", "\t", ":", ": ", "- ", "? ", "|", ">", "&a ", "*a", "<<: *a", "{", "}", "[", "]", ",", "\"", "'", "#",
    "---\n", "...\n", "!!str ", "!x ", "%YAML 1.2\n", "```\n", "```sh {\"name\":\"", "}", "~", "null", "0x7", ".inf",
    "\u{FEFF}", "\u{2028}", "\u{E001}", "😀", "\r\n", "\0", "99999999999999999999", "-1", "name:", "spec:", "kind:",
  ].map { Array($0.utf8) }

  private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: place)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...40, using: &random)))
      case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
      case 3:
        let other = Self.corpus.randomElement(using: &random)?.bytes ?? []
        let start = Int.random(in: 0...other.count, using: &random)
        bytes.insert(contentsOf: other[start..<min(other.count, start + 60)], at: place)
      case 4:
        let end = min(bytes.count, place + Int.random(in: 0...80, using: &random))
        bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
      default: bytes.removeSubrange(min(place, bytes.count)...)
      }
    }
    return bytes
  }

  @Test func anyBytesEndInDiagnosticsOrASnapshot() throws {
    var random = SeededGenerator(seed: 20_261_121)
    let reader = DefinitionsReader()
    try #require(!Self.corpus.isEmpty)
    for round in 0..<Self.rounds {
      guard let file = Self.corpus.randomElement(using: &random) else { return }
      let bytes = mutated(file.bytes, &random)
      let name = "fuzz." + (file.path.split(separator: ".").last.map(String.init) ?? "yaml")
      let result = round.isMultiple(of: 2) ? reader.read([(name, bytes)]) : reader.readShapes([(name, bytes)])
      if (result.snapshot == nil) != result.diagnostics.hasErrors {
        Issue.record("round \(round) of \(file.path): a snapshot with errors, or neither of them")
        return
      }
      for diagnostic in result.diagnostics where diagnostic.position.line < 1 || diagnostic.position.column < 1 {
        Issue.record("round \(round) of \(file.path): \(diagnostic) stands nowhere")
      }
      if round.isMultiple(of: 50) {
        let again = round.isMultiple(of: 2) ? reader.read([(name, bytes)]) : reader.readShapes([(name, bytes)])
        #expect(again.diagnostics == result.diagnostics && again.snapshot?.hash == result.snapshot?.hash)
      }
    }
  }

  /// The whole example with one file changed at a time, so that references break too.
  @Test func aChangedFileAmongGoodOnesEndsInDiagnosticsOrASnapshot() throws {
    var random = SeededGenerator(seed: 7)
    let reel = Self.corpus.filter { $0.path.contains("/examples/reel/") }
    let reader = DefinitionsReader()
    for _ in 0..<(Self.rounds / 30) {
      var files = reel
      let index = Int.random(in: files.indices, using: &random)
      files[index].bytes = mutated(files[index].bytes, &random)
      let result = reader.read(files)
      #expect((result.snapshot == nil) == result.diagnostics.hasErrors)
    }
  }

  @Test func theOrderOfFilesDoesNotMatter() throws {
    var random = SeededGenerator(seed: 11)
    let reel = Self.corpus.filter { $0.path.contains("/examples/reel/") }
    let first = DefinitionsReader().read(reel)
    for _ in 0..<5 {
      let again = DefinitionsReader().read(reel.shuffled(using: &random))
      #expect(again.snapshot?.hash == first.snapshot?.hash)
      #expect(again.diagnostics == first.diagnostics)
    }
    // The same documents in one file: where they are written is not part of what they say.
    let yaml = reel.filter { $0.path.hasSuffix(".yaml") }
    let joined = yaml.flatMap { $0.bytes + Array("\n---\n".utf8) }
    let others = reel.filter { !$0.path.hasSuffix(".yaml") }
    #expect(DefinitionsReader().read(others + [("all.yaml", joined)]).snapshot?.hash == first.snapshot?.hash)
  }
}
