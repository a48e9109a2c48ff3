import Foundation

/// A file that holds disk space back, so that there is some to give up when the disk is full.
struct Ballast: Sendable {
  let path: String
  /// Bytes.
  let size: Int64

  /// Whether the file holds its space now.
  var isHeld: Bool {
    var status = stat()
    // Blocks, not the size: a file with holes holds nothing back.
    return stat(path, &status) == 0 && Int64(status.st_blocks) * 512 >= size
  }

  /// Allocates the file's blocks; false, and no file, where there is no room for all of them.
  func make() -> Bool {
    if isHeld { return true }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    #if os(Linux)
      let isMade = posix_fallocate(descriptor, 0, off_t(size)) == 0
    #else
      let isMade = fill(descriptor)
    #endif
    guard isMade, fsync(descriptor) == 0 else {
      release()
      return false
    }
    return true
  }

  /// Gives the space back. Cutting the file needs less room than unlinking on file systems that copy on write.
  @discardableResult
  func release() -> Bool {
    let wasHeld = isHeld
    truncate(path, 0)
    unlink(path)
    return wasHeld
  }

  #if !os(Linux)
    private func fill(_ descriptor: Int32) -> Bool {
      let block = [UInt8](repeating: 0, count: 1 << 16)
      var written: Int64 = 0
      while written < size {
        let count = write(descriptor, block, Int(min(Int64(block.count), size - written)))
        guard count > 0 else { return false }
        written += Int64(count)
      }
      return true
    }
  #endif
}

/// The free space of a disk.
enum FreeSpace {
  /// Bytes an ordinary process may still use on the file system that holds `path`; `nil` where that is not known.
  static func bytes(at path: String) -> Int64? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }
}
