import DiskFaults
import Testing

/// Counts and breaks what this process does to the files below a path.
final class DiskFault {
  private let handle: Int32

  init(below path: String) throws {
    handle = disk_faults_watch(path + "/")
    try #require(handle >= 0, "sixteen paths are watched already")
  }

  /// One file alone.
  init(file path: String) throws {
    handle = disk_faults_watch(path + "$")
    try #require(handle >= 0, "sixteen paths are watched already")
  }

  deinit { disk_faults_unwatch(handle) }

  var syncs: Int { disk_faults_syncs(handle) }

  func failSyncs(with error: Int32) { disk_faults_fail_syncs(handle, error) }
  func failWrites(with error: Int32, after bytes: Int = 0) { disk_faults_fail_writes(handle, error, bytes) }
}
