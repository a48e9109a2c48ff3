import Foundation

/// A case worked by hand, of a folder `Cases` beside a test: a line `case TITLE`, and the lines up to the next one.
public struct WrittenCase: Sendable, CustomStringConvertible {
  /// The file and the case's own title.
  public var title: String
  public var lines: [(number: Int, text: String)]
  public var description: String { title }

  /// The cases of all files, in order of the files' names.
  public static func all(beside test: String = #filePath) -> [WrittenCase] {
    let folder = URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("Cases")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".txt") }.sorted().flatMap { file in
      let text = (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? ""
      return cases(of: text, file)
    }
  }

  private static func cases(of text: String, _ file: String) -> [WrittenCase] {
    var cases: [WrittenCase] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("case ") {
        cases.append(WrittenCase(title: "\(file): \(line.dropFirst(5))", lines: []))
      } else if !cases.isEmpty {
        cases[cases.count - 1].lines.append((index + 1, String(line)))
      }
    }
    return cases
  }
}
