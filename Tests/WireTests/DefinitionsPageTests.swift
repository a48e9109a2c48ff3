import Definitions
import Foundation
import Testing
import Wire

/// The examples of docs/definitions.md are a directory that validates, and each kind of our own has one.
@Suite struct DefinitionsPageTests {
  @Test func theExamplesOfThePageValidate() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/definitions.md").path
    let page = try String(contentsOfFile: path, encoding: .utf8)
    var files: [DefinitionsReader.File] = []
    let draft = try #require(MarkdownReader().read("---\n---\n" + page, file: "definitions.md").runbook)
    for block in draft.blocks where block.language == "yaml" || block.language == "markdown" {
      let ending = block.language == "yaml" ? "yaml" : "md"
      files.append(("example-\(block.position.line).\(ending)", Array(block.content.utf8)))
    }
    let result = DefinitionsReader().read(files)
    #expect(result.diagnostics.map(\.description) == [])
    let snapshot = try #require(result.snapshot)
    #expect(snapshot.runbooks.count == 1)
    for kind in Kinds.all where kind.kind.apiVersions == ["mainstay.dev/v1"] {
      #expect(!snapshot.documents(ofKind: kind.kind.name).isEmpty, "no example of \(kind.kind.name)")
    }
  }
}
