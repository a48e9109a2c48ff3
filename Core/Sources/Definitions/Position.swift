/// A place in a definitions file. Lines and columns count from 1; columns count Unicode scalars, as YAML does.
public struct Position: Hashable, Sendable {
  /// The path relative to the definitions directory, `/` between its parts.
  public var file: String
  public var line: Int
  public var column: Int

  public init(file: String, line: Int = 1, column: Int = 1) {
    self.file = file
    self.line = line
    self.column = column
  }
}

extension Position: Comparable {
  public static func < (lhs: Position, rhs: Position) -> Bool {
    (lhs.file, lhs.line, lhs.column) < (rhs.file, rhs.line, rhs.column)
  }
}

extension Position: CustomStringConvertible {
  /// `file:line:column`, the form that editors and terminals turn into a link.
  public var description: String { "\(file):\(line):\(column)" }
}
