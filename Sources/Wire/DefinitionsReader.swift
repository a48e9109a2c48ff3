import Base
import Definitions

/// Files of definitions as bytes, to a snapshot or diagnostics: the pure part of loading.
public struct DefinitionsReader {
  public var limits: DefinitionLimits

  public init(limits: DefinitionLimits = .standard) { self.limits = limits }

  /// One file: its path below the definitions directory and what is in it.
  public typealias File = (path: String, bytes: [UInt8])

  /// The endings of the files that are read; others are none of our business.
  public static func reads(_ path: String) -> Bool { Format(path) != nil }

  /// Reads a whole directory: shapes, unique names, references, circles.
  public func read(_ files: [File]) -> LoadResult { assemble(files).result(references: true) }

  /// Reads files each by itself: shapes, and unique names among them.
  public func readShapes(_ files: [File]) -> LoadResult { assemble(files).result(references: false) }

  enum Format {
    case yaml
    case markdown

    init?(_ path: String) {
      guard let dot = path.lastIndex(of: ".") else { return nil }
      switch path[path.index(after: dot)...].lowercased() {
      case "yaml", "yml", "json": self = .yaml
      case "md", "markdown": self = .markdown
      default: return nil
      }
    }
  }

  private func assemble(_ files: [File]) -> Assembly {
    var assembly = Assembly()
    var total = 0
    for file in files.sorted(by: { $0.path < $1.path }) {
      total += file.bytes.count
      guard total <= limits.totalBytes else {
        assembly.add(
          Diagnostic(
            .error, at: Position(file: file.path),
            "the definitions together have more than \(limits.totalBytes) bytes; this file and those after it were "
              + "not read"))
        break
      }
      assembly.add(parse(file.path, file.bytes))
    }
    return assembly
  }

  /// Takes one file apart into trees.
  public func parse(_ path: String, _ bytes: [UInt8]) -> ParsedFile {
    func refused(_ position: Position, _ message: String) -> ParsedFile {
      ParsedFile(source: SourceFile(path: path, text: ""), diagnostics: [Diagnostic(.error, at: position, message)])
    }
    if bytes.count > limits.fileBytes {
      return refused(Position(file: path), TextProblem.tooLong(bytes.count, limits.fileBytes))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return refused(
        Self.firstInvalid(bytes, path), "the file is not UTF-8 from here on; save it as UTF-8 (without other encodings)"
      )
    }
    let content = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    let source = SourceFile(path: path, text: content)
    switch Format(path) {
    case .markdown:
      let (runbook, diagnostics) = MarkdownReader(limits: limits).read(content, file: path)
      return ParsedFile(source: source, runbook: runbook, diagnostics: diagnostics)
    case .yaml, nil:
      let result = YAMLReader(limits: limits).read(content, file: path)
      return ParsedFile(source: source, documents: result.documents, diagnostics: result.diagnostics)
    }
  }

  /// Where the first byte stands that is no UTF-8.
  private static func firstInvalid(_ bytes: [UInt8], _ path: String) -> Position {
    var position = Position(file: path)
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      if scalar == "\n" {
        position.line += 1
        position.column = 1
      } else {
        position.column += 1
      }
    }
    return position
  }
}
