import ArgumentParser
import Base
import Definitions
import Foundation
import Objectives
import Wire

/// `mainstay validate`.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check definitions.",
    discussion: """
      EXAMPLE
        mainstay validate definitions
        mainstay validate definitions/slo/checkout.yaml

      Prints `file:line:col: message` for each finding and exits 1 if any is an error. A directory is checked whole:
      references, and whether its SLOs can be counted; one file alone is checked for its shape.
      """)

  @Argument(help: .init("A directory or one file.", valueName: "dir"))
  var path: String
  @OptionGroup var output: FormatOptions

  func run() throws {
    guard FileManager.default.fileExists(atPath: path) else { throw Failure("\(path): no such file or directory") }
    let result = checked()
    let errors = result.diagnostics.filter { $0.severity == .error }.count
    if !output.printed(json(result)) {
      for diagnostic in result.diagnostics { print(Terminal.printable(diagnostic.description)) }
      if errors == 0, let snapshot = result.snapshot {
        print("\(snapshot.documents.count) documents and \(snapshot.runbooks.count) runbooks: no errors")
      }
    }
    if errors > 0 { throw ExitCode(1) }
  }

  private func checked() -> LoadResult {
    var result = DefinitionsLoader().check(path)
    var isDirectory: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    // What one file's SLOs refer to may be in another.
    if isDirectory.boolValue, let snapshot = result.snapshot {
      result.diagnostics = (result.diagnostics + ObjectiveCompiler.compile(snapshot).diagnostics).sorted()
    }
    return result
  }

  private func json(_ result: LoadResult) -> JSON {
    .sparse([
      ("valid", .bool(!result.diagnostics.hasErrors)),
      ("hash", (result.snapshot?.hash).map(JSON.string)),
      (
        "diagnostics",
        .array(
          result.diagnostics.map { diagnostic in
            [
              "file": .string(diagnostic.position.file), "line": .int(Int64(diagnostic.position.line)),
              "column": .int(Int64(diagnostic.position.column)),
              "severity": .string(diagnostic.severity.rawValue), "message": .string(diagnostic.message),
            ]
          })
      ),
    ])
  }
}
