import Base
import Definitions
import Testing

@testable import Wire

/// Files in the style of runme's users. The shapes are those of runme's own parser (stateful/runme,
/// internal/document: block.go, attributes.go, frontmatter.go) and of public repositories that use it: WebdriverIO's
/// CONTRIBUTING (`{ name=… }`, `$ ` before commands, `cwd` in the front matter), runme's own examples (`terminalRows`,
/// `promptEnv`, `excludeFromRunAll`, `runme: {id, version}`, blocks inside lists and quotes), notebooks saved by the
/// editor extension (empty names, ids alone) and Docusaurus pages (`{1,4-6}`).
@Suite struct RunbookConformanceTests {
  private struct Case {
    var id: String
    /// Without it the file has none.
    var matter: String? = "title: T"
    var body: String
    /// The steps, `NAME KIND INTERPRETER`; `nil` where the file is refused.
    var steps: [String]?
  }

  private static func block(_ info: String, _ content: String = "echo 1") -> String { "```\(info)\n\(content)\n```\n" }

  private static let attributes: [Case] = [
    Case(id: "json", body: block(#"sh {"name":"a"}"#), steps: ["a shell sh"]),
    Case(id: "json-spaces", body: block(#"sh { "name" : "a", "interactive":"false" }"#), steps: ["a shell sh"]),
    Case(id: "json-bool", body: block(#"sh {"name":"a","background":true,"terminalRows":10}"#), steps: ["a shell sh"]),
    Case(id: "json-list", body: block(#"sh {"name":"a","tags":["x","y"]}"#), steps: ["a shell sh"]),
    Case(id: "json-null", body: block(#"sh {"name":"a","cwd":null}"#), steps: ["a shell sh"]),
    Case(id: "json-no-space", body: block(#"sh{"name":"a"}"#), steps: ["a shell sh"]),
    Case(id: "json-id", body: block(#"sh {"id":"01HF7B0KJM3HHFDVSXA100Y04X"}"#), steps: ["echo-1 shell sh"]),
    Case(
      id: "json-empty-name", body: block(#"bash {"id":"01J","name":"","promptEnv":"auto"}"#),
      steps: ["echo-1 shell bash"]),
    Case(
      id: "json-colons", body: block(#"bash {"name":"ci:dev:clean","tag":"type:entry"}"#),
      steps: ["ci:dev:clean shell bash"]),
    Case(id: "json-blanks", body: block(#"sh {"name":"unlock the vault"}"#), steps: ["unlock the vault shell sh"]),
    Case(id: "json-unicode", body: block(#"sh {"name":"prüfen-検証"}"#), steps: ["prüfen-検証 shell sh"]),
    Case(id: "json-escape", body: block(#"sh {"name":"a","tag":"say \"x\""}"#), steps: ["a shell sh"]),
    Case(id: "json-vendor", body: block(#"bash {"name":"a","vsls_cell_id":"294c"}"#), steps: ["a shell bash"]),
    Case(id: "json-key-twice", body: block(#"sh {"name":"a","name":"b"}"#), steps: nil),
    Case(id: "pairs", body: block("sh { name=a }"), steps: ["a shell sh"]),
    Case(id: "pairs-tight", body: block("sh {name=a}"), steps: ["a shell sh"]),
    Case(id: "pairs-many", body: block("sh { name=a background=true interactive=false }"), steps: ["a shell sh"]),
    Case(id: "pairs-quotes", body: block(#"sh { name="a b" cwd='/tmp' }"#), steps: ["a b shell sh"]),
    Case(id: "pairs-flag", body: block("sh { name=a interactive }"), steps: ["a shell sh"]),
    Case(id: "highlight", body: block("js {1,4-6}", "1") + block("sh {name=a}"), steps: ["a shell sh"]),
    Case(id: "highlight-title", body: block(#"sh title="install" {2}"#), steps: ["echo-1 shell sh"]),
    Case(id: "empty-braces", body: block("sh {}"), steps: ["echo-1 shell sh"]),
    Case(id: "text-named", body: block(#"text {"name":"invocation","excludeFromRunAll":"true"}"#), steps: []),
    Case(id: "json-output", body: block(#"json {"excludeFromRunAll":"true"}"#, "1"), steps: []),
    Case(id: "interpreter", body: block(#"sh {"name":"a","interpreter":"bash"}"#), steps: ["a shell bash"]),
    Case(id: "python", body: block(#"python {"name":"a"}"#, "print(1)"), steps: ["a shell python3"]),
    Case(id: "js", body: block(#"js {"name":"a"}"#, "1"), steps: ["a shell node"]),
    Case(id: "no-language", body: block(#" {"name":"a"}"#), steps: []),
    Case(id: "brace-in-value", body: block(#"sh {"name":"a","tag":"${X}"}"#), steps: nil),
    Case(id: "broken-json", body: block(#"sh {"name":"a",}"#), steps: nil),
    Case(id: "open-brace", body: block(#"sh {"name":"a""#), steps: nil),
    Case(id: "unknown-x", body: block(#"sh {"name":"a","x-undoo":"b"}"#), steps: nil),
    Case(id: "x-list", body: block(#"sh {"name":"a","x-needs":["b"]}"#), steps: nil),
  ]

  private static let frontMatter: [Case] = [
    Case(id: "matter-empty", matter: "", body: block(#"sh {"name":"a"}"#), steps: ["a shell sh"]),
    Case(id: "matter-cwd", matter: "cwd: ../", body: block("sh { name=test }", "$ npm test"), steps: ["test shell sh"]),
    Case(
      id: "matter-runme",
      matter:
        "cwd: ../..\nrunme:\n  id: 01JAGWRDZSF2NHJA77\n  version: v3\nshell: bash\nskipPrompts: true\nterminalRows: 26",
      body: block(#"sh {"name":"ci","promptEnv":"no"}"#), steps: ["ci shell bash"]),
    Case(
      id: "matter-session",
      matter: "runme:\n  document:\n    relativePath: a.md\n  session:\n    id: 01J\n    updated: 2024-07-12 10:00:00Z",
      body: block(#"sh {"name":"a"}"#), steps: ["a shell sh"]),
    Case(id: "matter-tag", matter: "tag: k9:ci\ncategory: x", body: block(#"sh {"name":"a"}"#), steps: ["a shell sh"]),
    Case(
      id: "matter-other-tool", matter: "sidebar_position: 1\ndraft: true", body: block("sh {name=a}"),
      steps: ["a shell sh"]),
    Case(
      id: "matter-zsh", matter: "shell: zsh", body: block("sh {name=a}") + block("bash {name=b}"),
      steps: ["a shell zsh", "b shell bash"]),
    Case(id: "matter-json", matter: #"{"shell": "bash"}"#, body: block("sh {name=a}"), steps: ["a shell bash"]),
    Case(id: "matter-open", matter: "title: [", body: "", steps: nil),
    Case(
      id: "toml", matter: nil,
      body: "+++\nshell = \"bash\" # for all\ncwd = '..'\ntags = [\"a\", \"b\"]\ndate = 2024-07-12T10:00:00Z\n"
        + "[runme]\nid = \"01HF\"\n[runme.document]\nrelativePath = \"a.md\"\n+++\n" + block("sh {name=a}"),
      steps: ["a shell bash"]),
    Case(
      id: "toml-of-sites", matter: nil,
      body: "+++\ntitle = \"T\"\nkeywords = [\n  \"x\",\n]\n[[cascade]]\ndraft = true\n+++\n" + block("sh {name=a}"),
      steps: ["a shell sh"]),
    Case(id: "toml-open", matter: nil, body: "+++\nshell = \"bash\"\n", steps: nil),
  ]

  private static let places: [Case] = [
    Case(id: "list", body: "1. First\n\n   ```sh {\"name\":\"a\"}\n   echo 1\n   ```\n", steps: ["a shell sh"]),
    Case(
      id: "list-deep", body: "- one\n  - two\n\n    ```sh {\"name\":\"a\"}\n    echo 1\n    ```\n- end\n",
      steps: ["a shell sh"]),
    Case(id: "list-same-line", body: "- ```sh {\"name\":\"a\"}\n  echo 1\n  ```\n", steps: ["a shell sh"]),
    Case(
      id: "list-over",
      body: "10. Do\n    ```sh {\"name\":\"a\"}\n    echo 1\n\nText\n```sh {\"name\":\"b\"}\necho\n```\n",
      steps: ["a shell sh", "b shell sh"]),
    Case(id: "quote", body: "> Note\n> ```sh {\"name\":\"a\"}\n> echo 1\n> ```\n", steps: ["a shell sh"]),
    Case(id: "indented-code", body: "Text\n\n    ```sh {\"name\":\"a\"}\n    ```\n", steps: []),
    Case(id: "nested", body: "````markdown\n```sh {\"name\":\"a\"}\n```\n````\n", steps: []),
    Case(id: "tildes", body: "~~~sh {\"name\":\"a\"}\necho ```\n~~~\n", steps: ["a shell sh"]),
    Case(
      id: "details",
      body: "<details>\n\n```sh {\"name\":\"a\"}\necho 1\n```\n\n</details>\n<script>alert(1)</script>\n",
      steps: ["a shell sh"]),
    Case(id: "windows", body: "```sh {\"name\":\"a\"}\r\necho 1\r\n```\r\n", steps: ["a shell sh"]),
    Case(id: "unclosed", body: "```sh {\"name\":\"a\"}\necho 1\n", steps: nil),
  ]

  private static let names: [Case] = [
    Case(
      id: "twice", body: block("sh {name=a}") + block(#"sh {"name":"a"}"#), steps: ["a shell sh", "a-2 shell sh"]),
    Case(
      id: "twice-shown", body: block(#"json {"name":"a"}"#, "1") + block(#"sh {"name":"a"}"#), steps: ["a shell sh"]),
    Case(
      id: "twice-needed",
      body: block(#"sh {"name":"a"}"#) + block(#"sh {"name":"a"}"#) + block(#"sh {"name":"b","x-needs":"a"}"#),
      steps: nil),
    Case(
      id: "unnamed", body: block("sh", "$ npm install -g runme") + block("bash", "# why\nexport A=1\necho"),
      steps: ["npm-install shell sh", "export-a shell bash"]),
    Case(
      id: "unnamed-ids", matter: "runme:\n  id: 01HF\n  version: v3",
      body: block(#"sh {"id":"01HF7BT3HEQBTBM9SSTB6V9WKN","interactive":"false"}"#, "brew bundle --no-lock"),
      steps: ["brew-bundle shell sh"]),
    Case(id: "unnamed-beside-named", body: block("sh", "ls") + block("sh {name=a}"), steps: ["a shell sh"]),
    Case(id: "unnamed-of-ours", matter: "service: shop", body: block("sh", "ls"), steps: []),
    Case(id: "unnamed-not-run", body: block("json", "{}") + block("mermaid", "graph TD"), steps: []),
    Case(id: "comma", body: block(#"sh {"name":"a,b"}"#), steps: ["a,b shell sh"]),
    Case(id: "interpreter-empty", body: block(#"sh {"name":"a","interpreter":""}"#), steps: ["a shell sh"]),
    Case(
      id: "interpreter-path", body: block(#"python {"name":"a","interpreter":"/usr/bin/python3"}"#, "1"),
      steps: ["a shell /usr/bin/python3"]),
    Case(
      id: "braces-shown", body: block(#"yaml {"a": {"b": 1}, }"#, "x") + block("sh {name=a}"), steps: ["a shell sh"]),
    Case(id: "no-matter", matter: nil, body: "# How to\n\n" + block("sh {name=a}"), steps: ["a shell sh"]),
    Case(
      id: "no-matter-rule", matter: nil, body: "# How to\n\n---\n\n" + block("sh", "make build"),
      steps: ["make-build shell sh"]),
    Case(
      id: "no-matter-windows", matter: nil, body: "# A\r\n\r\n```sh {name=a}\r\nls\r\n```\r\n", steps: ["a shell sh"]),
    Case(id: "no-code", matter: nil, body: "# About this folder\n\nText.\n", steps: nil),
  ]

  @Test func conformance() {
    let cases = Self.attributes + Self.frontMatter + Self.places + Self.names
    var failed: [String] = []
    for test in cases {
      let text = test.matter.map { "---\n\($0)\n---\n\n\(test.body)" } ?? test.body
      let result = DefinitionsReader().readShapes([("runbooks/\(test.id).md", Array(text.utf8))])
      let steps = result.snapshot?.runbooks.first?.blocks.compactMap { block -> String? in
        guard let keys = block.keys, let name = block.name else { return nil }
        return [name, keys.kind.rawValue, keys.interpreter ?? ""].joined(separator: " ")
      }
      if steps != test.steps {
        let found = steps.map { "\($0)" } ?? result.errors.map(\.description).joined(separator: "; ")
        failed.append("\(test.id): \(found)")
      }
    }
    print("Runbooks of runme: passed \(cases.count - failed.count) of \(cases.count)")
    for line in failed { print("  \(line)") }
    #expect(failed.isEmpty)
  }

  @Test func aBlockKeepsItsTextWhereverItStands() {
    let text = """
      ---
      title: T
      ---

      1. Do

         ```sh {"name":"a"}
         if true; then
           echo 1
         fi
         ```

      > ```sh {"name":"b"}
      > echo 2
      > ```
      """
    let blocks = MarkdownReader().read(text, file: "r.md").runbook?.blocks ?? []
    #expect(blocks.map(\.content) == ["if true; then\n  echo 1\nfi\n", "echo 2\n"])
    #expect(blocks.map(\.position.column) == [4, 3])
    #expect(blocks.map(\.position.line) == [7, 13])
  }

  @Test func aBraceInAValueIsExplained() {
    let text = "---\n---\n```sh {\"name\":\"a\",\"tag\":\"${X}\"}\n```\n"
    let messages = MarkdownReader().read(text, file: "r.md").diagnostics.map(\.description)
    #expect(messages.count == 1)
    #expect(messages.first?.hasPrefix("r.md:3:1: the block's attributes end at the first `}`, so no value may") == true)
  }

  @Test func onlyFoldersOfRunbooksMakeRunbooksOfPages() {
    let text = "# Build it\n\n```sh {\"name\":\"build\"}\nmake\n```\n"
    func names(_ path: String) -> [String] {
      (DefinitionsReader().readShapes([(path, Array(text.utf8))]).snapshot?.runbooks ?? []).map {
        "\($0.name): \($0.title)"
      }
    }
    #expect(names("docs/build.md") == [])
    #expect(names("runbooks.md") == [])
    #expect(names("runbooks/build.md") == ["build: Build it"])
    #expect(names("shop/runbooks/deep/build.md") == ["build: Build it"])
    #expect(names("runbooks/shop/README.md") == ["shop: Build it"])
  }

  @Test func whatIsNotReadOfTOMLIsSaidWithItsLine() throws {
    let text = "+++\nshell = \"bash\"\nwords = [\n  \"a\",\n]\nn = 3\n+++\n```sh {name=a}\n```\n"
    let (runbook, diagnostics) = MarkdownReader().read(text, file: "r.md")
    #expect(diagnostics.map(\.position.line) == [3, 4, 5])
    #expect(diagnostics.allSatisfy { $0.severity == .warning && $0.message.contains("write the front matter as YAML") })
    let matter = try #require(runbook?.frontMatter)
    #expect(matter["shell"]?.string == "bash" && matter["n"]?.scalar?.meaning == .int(3))
    #expect(runbook?.blocks.first?.position.line == 8)
  }
}
