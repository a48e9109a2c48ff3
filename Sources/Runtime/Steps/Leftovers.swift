#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Ends what steps of a server that died have left running.
enum Leftovers {
  /// Kills every process that carries the marker, again and again until none is left.
  ///
  /// - Returns: how many there were.
  static func kill(marker: String) -> Int {
    var killed: Set<ProcessTable.Entry> = []
    for round in 0..<100 {
      let me = getpid()
      let found = ProcessTable.ids().filter { $0 != me && ProcessTable.environment(of: $0, has: marker) }
        .compactMap(ProcessTable.entry).filter { !$0.isZombie }
      if found.isEmpty { break }
      for entry in found {
        killed.insert(entry)
        Glibc.kill(entry.id, SIGKILL)
      }
      usleep(round < 10 ? 5_000 : 50_000)
    }
    return killed.count
  }
}
