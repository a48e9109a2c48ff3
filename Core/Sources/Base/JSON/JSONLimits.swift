/// Bounds of one JSON text. Past a bound the text is refused; nothing of it is used.
public struct JSONLimits: Hashable, Sendable {
  /// The longest text, in bytes.
  public var bytesMax: Int
  /// How deep arrays and objects may be nested.
  public var depthMax: Int
  /// How many values the whole text may hold: members, elements and the root together.
  public var valuesMax: Int

  public init(bytesMax: Int, depthMax: Int, valuesMax: Int) {
    self.bytesMax = bytesMax
    self.depthMax = depthMax
    self.valuesMax = valuesMax
  }

  /// For text that came from outside: 16 MiB, 64 levels, a million values.
  public static let standard = JSONLimits(bytesMax: 16 << 20, depthMax: 64, valuesMax: 1_000_000)

  /// For text that this program wrote itself, such as snapshots: bounded in depth alone.
  public static let own = JSONLimits(bytesMax: .max, depthMax: 256, valuesMax: .max)
}

/// Where in a text something stands. Both count from 1; columns count Unicode scalars.
public struct TextPosition: Hashable, Sendable, CustomStringConvertible {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `14:3`
  public var description: String { "\(line):\(column)" }
}

/// Why a text is not JSON, where, and what to do about it.
public struct JSONParseError: Error, Hashable, Sendable, CustomStringConvertible {
  public var position: TextPosition
  /// What is wrong: `unexpected ']'`.
  public var problem: String
  /// What to do: `remove the comma before it`.
  public var remedy: String

  public var line: Int { position.line }
  public var column: Int { position.column }

  /// `3:14: unexpected ']'; remove the comma before it`
  public var description: String { "\(position): \(problem); \(remedy)" }
}
