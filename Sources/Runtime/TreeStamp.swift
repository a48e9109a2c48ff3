#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Names, sizes and times of the files below a directory: what changes when one of them does. Taken every two seconds,
/// so it costs a call of the system a file and little else. Names that begin with a dot are left out.
struct TreeStamp: Hashable, Sendable {
  /// By path. Links are not followed: writing a new one changes its own time.
  private var files: [String: Stamp] = [:]
  /// Directories deeper than this are left out.
  private static let depthMax = 32

  private struct Stamp: Hashable, Sendable {
    var inode: UInt64
    var bytes: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  /// - Parameter directory: one that cannot be read has no files.
  init(of directory: String) { add(directory, depth: 0) }

  private mutating func add(_ directory: String, depth: Int) {
    guard depth < Self.depthMax, let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let path = withUnsafePointer(to: &entry.pointee.d_name) { name -> String? in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          name.pointee == CChar(UInt8(ascii: ".")) ? nil : directory + "/" + String(cString: name)
        }
      }
      guard let path else { continue }
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        add(path, depth: depth + 1)
        continue
      }
      #if canImport(Darwin)
        let modified = status.st_mtimespec
      #else
        let modified = status.st_mtim
      #endif
      files[path] = Stamp(
        inode: UInt64(status.st_ino), bytes: Int64(status.st_size), seconds: modified.tv_sec,
        nanoseconds: modified.tv_nsec)
    }
  }
}
