import Definitions
import Foundation
import Testing
import Wire

@Suite struct YAMLReaderTests {
  private func read(_ text: String) -> YAMLReader.Result { YAMLReader().read(text, file: "a.yaml") }
  private func problems(_ text: String) -> [String] { read(text).diagnostics.map(\.description) }

  @Test func positionsCountFromOne() throws {
    let root = try #require(read("a:\n  - b: ä c\n    d: \"e\"\n").documents.first)
    #expect(root.position == Position(file: "a.yaml", line: 1, column: 1))
    let item = try #require(root["a"]?.sequence?.first)
    #expect(item["b"]?.position == Position(file: "a.yaml", line: 2, column: 8))
    #expect(item.mapping?[1].keyPosition == Position(file: "a.yaml", line: 3, column: 5))
    #expect(item["d"]?.string == "e")
  }

  @Test func quotesTellTextFromNumbers() throws {
    let root = try #require(read("a: 7\nb: '7'\nc: !!str 7\nd: yes\ne: |\n  7\nf: !!int '7'\n").documents.first)
    #expect(root["a"]?.string == nil)
    for key in ["b", "c", "e"] { #expect(root[key]?.string?.first == "7") }
    #expect(root["d"]?.string == "yes")
    #expect(root["f"]?.scalar?.meaning == .int(7))
  }

  @Test func streamsAndJSON() {
    #expect(read("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n").documents.count == 2)
    #expect(read("").documents.isEmpty && read("# a comment\n").diagnostics.isEmpty)
    #expect(read(#"{"a":[1,{"b":null}]}"#).documents.first?["a"]?.sequence?.last?["b"]?.isNull == true)
  }

  @Test func mergeKeysFillInWhatIsNotWritten() throws {
    let root = try #require(
      read("base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none:\n  <<: [*b, *m]\n  x: 9\n").documents.first?["one"])
    #expect(root["x"]?.scalar?.text == "9" && root["y"]?.scalar?.text == "2" && root["z"]?.scalar?.text == "4")
    #expect(root.mapping?.count == 3)
    #expect(problems("a:\n  <<: 7\n").first?.hasPrefix("a.yaml:2:7: `<<` merges a mapping") == true)
  }

  @Test func mistakesNameTheirPlace() {
    #expect(problems("a: 1\nb: [1\nc: 2\n").first?.hasPrefix("a.yaml:3:") == true)
    #expect(problems("a:\n\tb: 1\n").first?.contains("indent with blanks, not tabs") == true)
    #expect(
      problems("a:\n  b: 1\n  c: 2\n  b: 3\n") == [
        "a.yaml:4:3: the key `b` is written twice in one mapping, first at a.yaml:2:3; remove one"
      ])
    #expect(problems("a: *nowhere\n").first?.hasPrefix("a.yaml:1:4: not YAML: ") == true)
    #expect(problems("? [a]\n: b\n").first?.contains("keys are text") == true)
    #expect(problems("a: \u{0}b").first?.contains("NUL") == true)
  }

  @Test func depthIsBounded() {
    #expect(problems(String(repeating: "[", count: 90) + String(repeating: "]", count: 90)).isEmpty)
    for text in [
      String(repeating: "[", count: 500) + String(repeating: "]", count: 500),
      String(repeating: "[", count: 100_000),
      String(repeating: "- ", count: 100_000) + "a",
      String(repeating: "{a: ", count: 50_000),
    ] {
      #expect(problems(text).count == 1)
    }
  }

  @Test func aliasesCannotGrowWithoutBound() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(items)]\n"
    }
    let problems = problems(text)
    #expect(problems.count == 1)
    #expect(problems.first?.contains("counted with aliases expanded") == true)
    // The parser would hash the keys: in these, 10^30 values.
    #expect(self.problems(text + "*a30 : b\n").first?.contains("an alias as a key") == true)
    #expect(self.problems(text + "? *a30\n: b\n").first?.contains("an alias as a key") == true)
    #expect(self.problems(text + "? [*a30]\n: b\n").first?.contains("keys are text") == true)
    #expect(self.problems(text + "b: {[*a30]: c}\n").first?.contains("keys are text") == true)
  }

  @Test func sizesAreBounded() {
    let big = DefinitionsReader().parse("a.yaml", [UInt8](repeating: 0x61, count: 10 << 20))
    #expect(big.diagnostics.first?.message.hasPrefix("the file has 10485760 bytes; at most 4194304 are read") == true)
    #expect(problems(String(repeating: "- a\n", count: 900_000)).first?.contains("more than") == true)
    #expect(problems(String(repeating: "--- a\n", count: 10_001)).first?.contains("documents in one file") == true)
  }

  @Test func otherEncodingsAreNamedWhereTheyBegin() {
    let file = DefinitionsReader().parse("a.yaml", Array("a: 1\nb: ".utf8) + [0xE9, 0x0A])
    #expect(file.diagnostics.first?.position == Position(file: "a.yaml", line: 2, column: 4))
    let marked = DefinitionsReader().parse("a.yaml", [0xEF, 0xBB, 0xBF] + Array("a: 1\n".utf8))
    #expect(marked.documents.first?["a"]?.scalar?.meaning == .int(1))
    let wide = DefinitionsReader().parse("a.yaml", [0xFF, 0xFE, 0x61, 0x00])
    #expect(wide.diagnostics.hasErrors)
  }
}

/// Files at the bounds are read, or refused, in a time that grows with their size and no faster.
@Suite struct DefinitionsCostTests {
  private func read(_ text: String) -> LoadResult { DefinitionsReader().read([("a.yaml", Array(text.utf8))]) }

  private func group(_ index: Int, labels: String = "") -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: Group
    metadata:
      name: g\(index)\(labels)
    spec:
      type: team
      parent: missing-\(index)
      children: []
    ---

    """
  }

  @Test(.timeLimit(.minutes(5))) func thousandsOfBrokenReferences() {
    let result = read((0..<9_000).map { group($0) }.joined())
    #expect(result.snapshot == nil)
    #expect(result.diagnostics.count <= 1_010)
  }

  @Test(.timeLimit(.minutes(5))) func thousandsOfWrongLabels() {
    let labels = "\n  labels:\n" + (0..<5_000).map { "    a#\($0): b\n" }.joined()
    #expect(read(group(1, labels: labels)).diagnostics.hasErrors)
    let more = "\n  labels:\n" + (0..<5_001).map { "    a\($0): b\n" }.joined()
    #expect(
      read(group(1, labels: more)).diagnostics.map(\.message) == ["a mapping of 5001 keys; at most 5000 are read"])
  }

  @Test(.timeLimit(.minutes(5))) func thousandsOfUnknownFields() {
    let fields = (0..<4_900).map { "  ownr\($0): b\n" }.joined()
    let result = read("apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata:\n  name: a\nspec:\n" + fields)
    #expect(result.diagnostics.hasErrors)
  }
}

@Suite struct MarkdownReaderTests {
  private let text = """
    ---
    title: T
    service: playback
    ---
    # Heading

    ```sh {"name":"a","interactive":"false","x-timeout":"10m"}
    echo 1
    ```

      ~~~~python {name=b x-needs="a"}
      ```
      print(2)
      ~~~~

    ```
    plain
    ```
    """

  @Test func blocksKeepTheirInfoStrings() throws {
    let (draft, diagnostics) = MarkdownReader().read(text, file: "r.md")
    #expect(diagnostics.isEmpty)
    let blocks = try #require(draft?.blocks)
    #expect(blocks.map(\.language) == ["sh", "python", ""])
    #expect(blocks[0].info == #"sh {"name":"a","interactive":"false","x-timeout":"10m"}"#)
    #expect(blocks[0].attributes.map(\.key) == ["name", "interactive", "x-timeout"])
    #expect(blocks[0].content == "echo 1\n")
    #expect(blocks[1].content == "```\nprint(2)\n")
    #expect(blocks[1].attributes["x-needs"] == "a")
    #expect(blocks[0].position == Position(file: "r.md", line: 7, column: 1))
    #expect(draft?.heading == "Heading")
    #expect(draft?.frontMatter["service"]?.position == Position(file: "r.md", line: 3, column: 10))
  }

  @Test func aPageWithoutFrontMatterIsNoRunbook() {
    let (draft, diagnostics) = MarkdownReader().read("# Read me\n```\n", file: "README.md")
    #expect(draft == nil && diagnostics.isEmpty)
  }

  @Test func mistakesNameTheirPlace() {
    func problems(_ body: String) -> [String] {
      let reader = DefinitionsReader()
      return reader.readShapes([("r.md", Array("---\ntitle: T\n---\n\(body)\n".utf8))]).diagnostics.map(\.description)
    }
    #expect(problems("```sh\nx") == ["r.md:4:1: the code block has no closing fence; add a line of ```"])
    #expect(
      problems("```sh {\"name\":\"a\",\"x-neds\":\"b\"}\n```") == [
        "r.md:4:1: unknown key x-neds; did you mean `x-needs`?"
      ])
    #expect(
      problems("```sh {\"name\":\"drain\"}\n```\n```sh {\"name\":\"b\",\"x-undo\":\"drian\"}\n```") == [
        "r.md:6:1: x-undo names no block `drian`; did you mean `drain`?"
      ])
    #expect(
      problems("```sh {\"name\":\"a\"}\n```\n```sh {\"name\":\"a\"}\n```").first?.contains("first at r.md:4:1") == true)
    #expect(problems("```sh {name\n```").first?.contains("no closing brace") == true)
    #expect(problems("```sh {\"x-needs\":[1]}\n```").first?.contains("is not text") == true)
    let open = MarkdownReader().read("---\ntitle: T\n", file: "r.md").diagnostics
    #expect(open.map(\.message) == ["the front matter has no closing line `---`"])
    let bad = MarkdownReader().read("---\ntitle: [\n---\n", file: "r.md").diagnostics
    #expect(bad.first?.position.file == "r.md" && bad.hasErrors)
  }

  @Test func anUnknownServiceIsSuggested() {
    let service = """
      {"apiVersion":"openslo/v1","kind":"Service","metadata":{"name":"playback"}}
      """
    let result = DefinitionsReader().read([
      ("s.json", Array(service.utf8)), ("r.md", Array("---\nservice: playbak\n---\n".utf8)),
    ])
    #expect(
      result.diagnostics.map(\.description) == [
        "r.md:2:10: service: no service `playbak`; did you mean `playback`?"
      ])
  }
}

@Suite struct DefinitionsLoaderTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "definitions-\(ProcessInfo.processInfo.globallyUniqueString)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private let service = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: NAME}\n"

  private func write(_ folder: String, _ name: String, _ text: String) throws {
    let path = folder + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test func dotFoldersOtherFilesAndLoopsAreLeftOut() throws {
    try withFolder { folder in
      try write(folder, "b/one.yaml", service.replacingOccurrences(of: "NAME", with: "one"))
      try write(folder, "a.yml", service.replacingOccurrences(of: "NAME", with: "two"))
      try write(folder, ".git/three.yaml", "[")
      try write(folder, "notes.txt", "[")
      try write(folder, "README.md", "# Read me")
      try FileManager.default.createSymbolicLink(atPath: folder + "/b/loop", withDestinationPath: folder)
      let result = DefinitionsLoader().load(directory: folder)
      #expect(result.diagnostics.isEmpty)
      #expect(result.snapshot?.documents.map(\.metadata.name) == ["one", "two"])
      #expect(result.snapshot?.files.map(\.path) == ["README.md", "a.yml", "b/one.yaml"])
    }
  }

  @Test func aHugeFileIsRefusedWithoutBeingRead() throws {
    try withFolder { folder in
      try write(folder, "big.yaml", String(repeating: "a", count: 10 << 20))
      let result = DefinitionsLoader().load(directory: folder)
      #expect(result.snapshot == nil)
      #expect(result.diagnostics.first?.message.hasPrefix("the file has 10485760 bytes") == true)
    }
  }

  @Test func deepFoldersAndManyFilesAreBounded() throws {
    try withFolder { folder in
      var limits = DefinitionLimits()
      limits.folderDepth = 3
      limits.files = 2
      try write(folder, "1/2/3/4/a.yaml", "")
      for name in ["a", "b", "c"] { try write(folder, "\(name).yaml", "# empty") }
      let messages = DefinitionsLoader(limits: limits).load(directory: folder).diagnostics.map(\.message)
      #expect(messages.contains { $0.contains("folders inside one another") })
      #expect(messages.contains { $0.contains("more than 2 files") })
    }
  }

  @Test func aPathThatIsNotThereSaysSo() {
    #expect(
      DefinitionsLoader().validate("/no/such/place").map(\.description) == [
        "/no/such/place:1:1: no such file or directory"
      ])
  }
}

@Suite struct ZoneCheckTests {
  @Test func aZoneThatDoesNotExistIsSuggested() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("zone-\(ProcessInfo.processInfo.globallyUniqueString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = """
      apiVersion: mainstay.dev/v1
      kind: Calendar
      metadata:
        name: a
      spec:
        timeZone: Europe/Lisboa
      """
    try text.write(toFile: folder, atomically: true, encoding: .utf8)
    let found = DefinitionsLoader().validate(folder)
    #expect(found.first?.message == "spec.timeZone: no time zone `Europe/Lisboa`; did you mean `Europe/Lisbon`?")
    #expect(found.first?.position.line == 6)
  }
}
