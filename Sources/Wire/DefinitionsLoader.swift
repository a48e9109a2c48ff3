import Base
import Definitions
import Foundation

/// Reads definitions from disk.
public struct DefinitionsLoader: Sendable {
  public var limits: DefinitionLimits

  public init(limits: DefinitionLimits = .standard) { self.limits = limits }

  /// Reads a directory and everything below it but what begins with a dot. Files come in order of their paths, so
  /// that the same tree gives the same diagnostics everywhere. Symbolic links are followed, each folder once.
  public func load(directory: String) -> LoadResult {
    var walk = DirectoryWalk(limits: limits)
    walk.run(directory)
    var result = ZoneCheck.applied(to: DefinitionsReader(limits: limits).read(walk.files))
    if !walk.diagnostics.isEmpty {
      result.diagnostics = (result.diagnostics + walk.diagnostics).sorted()
      if walk.diagnostics.hasErrors { result.snapshot = nil }
    }
    return result
  }

  /// What `mainstay validate PATH` says: all of a directory, or the shape of one file.
  public func validate(_ path: String) -> [Diagnostic] { check(path).diagnostics }

  /// The same with the snapshot, where there is one.
  public func check(_ path: String) -> LoadResult {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return LoadResult(
        snapshot: nil, diagnostics: [Diagnostic(.error, at: Position(file: path), "no such file or directory")])
    }
    if isDirectory.boolValue { return load(directory: path) }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      return LoadResult(
        snapshot: nil,
        diagnostics: [Diagnostic(.error, at: Position(file: path), "cannot be read; check its permissions")])
    }
    return ZoneCheck.applied(to: DefinitionsReader(limits: limits).readShapes([(path, [UInt8](bytes))]))
  }
}

/// Collects the files of a directory.
private struct DirectoryWalk {
  let limits: DefinitionLimits
  var files: [DefinitionsReader.File] = []
  var diagnostics: [Diagnostic] = []
  /// The real paths of the folders on the way and behind us: a link back to one of them ends there.
  private var visited: Set<String> = []
  private var isStopped = false

  init(limits: DefinitionLimits) { self.limits = limits }

  mutating func run(_ root: String) { folder(root, relative: "", depth: 0) }

  private mutating func folder(_ path: String, relative: String, depth: Int) {
    let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard visited.insert(real).inserted else { return }
    guard depth <= limits.folderDepth else {
      note(relative, "more than \(limits.folderDepth) folders inside one another; this one was not read")
      return
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      note(relative, "the folder cannot be read; check its permissions")
      return
    }
    for name in names.sorted() where !name.hasPrefix(".") && !isStopped {
      let child = path + "/" + name
      let childRelative = relative.isEmpty ? name : relative + "/" + name
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: child, isDirectory: &isDirectory) else {
        if DefinitionsReader.reads(name) { note(childRelative, "a link that leads nowhere; remove it") }
        continue
      }
      if isDirectory.boolValue {
        folder(child, relative: childRelative, depth: depth + 1)
      } else if DefinitionsReader.reads(name) {
        file(child, childRelative)
      }
    }
  }

  private mutating func file(_ path: String, _ relative: String) {
    guard files.count < limits.files else {
      note(relative, "more than \(limits.files) files; this one and those after it were not read")
      isStopped = true
      return
    }
    // The size is asked for first, so that a huge file is refused without being read into memory.
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else { return }
    let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
    guard size <= limits.fileBytes else {
      note(relative, TextProblem.tooLong(size, limits.fileBytes))
      return
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      note(relative, "cannot be read; check its permissions")
      return
    }
    files.append((relative, [UInt8](bytes)))
  }

  private mutating func note(_ file: String, _ message: String) {
    diagnostics.append(Diagnostic(.error, at: Position(file: file), message))
  }
}
