import Base
import Simulation

/// Plays seeds one after another: `simulator FIRST COUNT`. A line a seed, `SEED TRACE EVENTS PAGES CRASHES`, so that
/// two processes can be compared; broken promises on lines of their own, and exit 1. With `--follow` everything that
/// happens is printed too.
func play() -> Int32 {
  let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
  let follow = CommandLine.arguments.contains("--follow")
  guard arguments.count == 2, arguments[1] > 0 else {
    print("usage: simulator FIRST COUNT [--follow]    plays the seeds FIRST ..< FIRST + COUNT")
    return 2
  }
  var broken = 0
  var totals = (events: 0, pages: 0, crashes: 0)
  for seed in arguments[0]..<(arguments[0] + arguments[1]) {
    var simulation = Simulation(seed: seed, listener: follow ? { print("    \($0)") } : nil)
    let report = simulation.run()
    print("\(seed) \(String(report.trace, radix: 16)) \(report.events) \(report.pages) \(report.crashes)")
    for violation in report.violations { print("  seed \(seed): \(violation)") }
    if !report.violations.isEmpty { broken += 1 }
    totals.events += report.events
    totals.pages += report.pages
    totals.crashes += report.crashes
  }
  print(
    "\(arguments[1]) seeds: \(broken) broken; \(totals.events) events, \(totals.pages) pages landed, "
      + "\(totals.crashes) crashes")
  return broken == 0 ? 0 : 1
}

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
exit(play())
