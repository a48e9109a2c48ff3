/// Bounds on what is read. Past each of them reading stops with a diagnostic that names the bound.
public struct DefinitionLimits: Sendable {
  /// Files of one directory.
  public var files = 20_000
  /// Bytes of one file.
  public var fileBytes = 4 << 20
  /// Bytes of all files together.
  public var totalBytes = 256 << 20
  /// Documents of one file.
  public var documents = 10_000
  /// Values of one file, counted after aliases were expanded.
  public var nodes = 400_000
  /// Keys of one mapping; readers look keys up one by one.
  public var keys = 5_000
  /// Mappings and lists inside one another.
  public var depth = 100
  /// Folders inside one another.
  public var folderDepth = 32

  public init() {}

  public static let standard = DefinitionLimits()
}
