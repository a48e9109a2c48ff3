import Crypto
import Foundation

/// Copying, listing and hashing of files, with errors that name them.
enum Files {
  /// The path from the root on, without a slash at its end.
  static func absolute(_ path: String) -> String {
    let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    return "/" + whole.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  /// The directory that an absolute path is in. Foundation's own traps on a path of one letter.
  static func parent(of path: String) -> String {
    "/" + path.split(separator: "/").dropLast().joined(separator: "/")
  }

  static func make(_ directory: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw StoreFailure("\(directory): cannot be made: \(error.localizedDescription)")
    }
  }

  /// The names in a directory, in order; none where it does not exist.
  static func entries(of directory: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: directory) else { return [] }
    do { return try FileManager.default.contentsOfDirectory(atPath: directory).sorted() } catch {
      throw StoreFailure("\(directory): cannot be listed: \(error.localizedDescription)")
    }
  }

  /// The paths of all files below a directory, relative to it, in order.
  static func list(_ directory: String) throws -> [String] {
    try walk(directory).filter { !isDirectory(directory + "/" + $0) }
  }

  /// A directory and all those below it, the deepest first: the order to sync them in.
  static func directories(_ directory: String) throws -> [String] {
    let below = try walk(directory).map { directory + "/" + $0 }.filter { isDirectory($0) }
    return below.reversed() + [directory]
  }

  private static func walk(_ directory: String) throws -> [String] {
    try entries(of: directory).flatMap { name -> [String] in
      guard isDirectory(directory + "/" + name) else { return [name] }
      return [name] + (try walk(directory + "/" + name).map { name + "/" + $0 })
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  static func move(_ source: String, to target: String) throws {
    guard rename(source, target) == 0 else {
      throw StoreFailure("\(source): cannot be moved to \(target): \(FileSync.errnoText)")
    }
  }

  /// Copies one file as long as it is now, and syncs the copy; false where it has gone.
  static func copy(_ path: String, from source: String, to target: String) throws -> Bool {
    let input = open(source + "/" + path, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else {
      guard errno == ENOENT else { throw StoreFailure("\(source)/\(path): cannot be read: \(FileSync.errnoText)") }
      return false
    }
    defer { close(input) }
    let copy = target + "/" + path
    try make(parent(of: copy))
    let output = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw StoreFailure("\(copy): cannot be made: \(FileSync.errnoText)") }
    defer { close(output) }
    try eachBlock(of: input, named: "\(source)/\(path)") { block in
      var rest = block
      while !rest.isEmpty {
        let count = write(output, rest.baseAddress, rest.count)
        guard count > 0 else { throw StoreFailure("\(copy): cannot be written: \(FileSync.errnoText)") }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
    guard fsync(output) == 0 else { throw StoreFailure("\(copy): cannot be synced: \(FileSync.errnoText)") }
    return true
  }

  static func describe(_ path: String, in directory: String) throws -> BackupManifest.File {
    let whole = directory + "/" + path
    let input = open(whole, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw StoreFailure("\(whole): cannot be read: \(FileSync.errnoText)") }
    defer { close(input) }
    var hash = SHA256()
    var bytes: Int64 = 0
    try eachBlock(of: input, named: whole) { block in
      hash.update(bufferPointer: block)
      bytes += Int64(block.count)
    }
    let digits = hash.finalize().map { byte in
      let text = String(byte, radix: 16)
      return byte < 16 ? "0" + text : text
    }
    return BackupManifest.File(path: path, bytes: bytes, sha256: digits.joined())
  }

  /// Reads up to the length the file has at the start: one that grows meanwhile is read to a whole prefix.
  private static func eachBlock(
    of descriptor: Int32, named name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StoreFailure("\(name): cannot be read: \(FileSync.errnoText)") }
    var left = Int(status.st_size)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while left > 0 {
      let count = read(descriptor, buffer.baseAddress, min(left, buffer.count))
      guard count >= 0 else { throw StoreFailure("\(name): cannot be read: \(FileSync.errnoText)") }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      left -= count
    }
  }
}
