import Foundation

/// What this process has used so far.
enum Usage {
  /// User and system time in seconds.
  static func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
  }

  static func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// More memory than the processor's caches hold. Going through it takes everything else out of them, as the rest of a
/// server does between two evaluations.
struct CacheSweep {
  private var bytes = [UInt64](repeating: 1, count: 8 << 20)

  mutating func run() -> UInt64 {
    var sum: UInt64 = 0
    for index in stride(from: 0, to: bytes.count, by: 8) {
      bytes[index] &+= sum
      sum &+= bytes[index]
    }
    return sum
  }
}

/// Collects the passes of one measurement.
struct Passes {
  private(set) var seconds: [Double] = []

  mutating func measure(_ work: () -> Void) {
    let before = Usage.cpuSeconds()
    work()
    seconds.append(Usage.cpuSeconds() - before)
  }
}
