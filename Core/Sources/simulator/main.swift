import Base
import Simulation

/// What is asked on the command line.
struct Options {
  var first: UInt64
  var count: UInt64
  var follow = false
  var untilBroken = false
  var crowd = 0
  /// Which line of the product is left out, in a build for that.
  var canary: Canary?

  static let usage = """
    usage: simulator FIRST COUNT [--follow] [--crowd RUNS]    plays the seeds FIRST ..< FIRST + COUNT
           simulator FIRST COUNT --canary LINE                leaves out a line and plays until a seed shows it
           simulator --canaries                               the lines that a build with -DCANARY can leave out
    """

  init?(_ arguments: [String]) {
    var numbers: [UInt64] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--follow": follow = true
      case "--crowd":
        guard let runs = rest.popFirst().flatMap({ Int($0) }), runs > 0 else { return nil }
        crowd = runs
      case "--canary":
        guard let line = rest.popFirst().flatMap(Canary.init(rawValue:)) else { return nil }
        canary = line
        untilBroken = true
      default:
        guard let number = UInt64(argument) else { return nil }
        numbers.append(number)
      }
    }
    guard numbers.count == 2, numbers[1] > 0 else { return nil }
    (first, count) = (numbers[0], numbers[1])
  }
}

/// Plays seeds one after another, a line a seed, `SEED TRACE EVENTS PAGES CRASHES`, so that two processes can be
/// compared; broken promises on lines of their own, then how often what happened, and exit 1 where a promise was broken
/// or, in a hundred seeds and more, something happened too seldom. With `--follow` everything that happens is printed.
func play() -> Int32 {
  let arguments = Array(CommandLine.arguments.dropFirst())
  if arguments == ["--canaries"] {
    for line in Canary.allCases { print(line.rawValue) }
    return 0
  }
  guard let options = Options(arguments) else {
    print(Options.usage)
    return 2
  }
  #if CANARY
    Canary.omitted = options.canary
  #else
    guard options.canary == nil else {
      print("this build leaves nothing out; build with -Xswiftc -DCANARY, as Scripts/simulate --canary does")
      return 2
    }
  #endif
  return play(options)
}

func play(_ options: Options) -> Int32 {
  var (played, broken) = (UInt64(0), 0)
  var totals = (events: 0, pages: 0, crashes: 0)
  var coverage = Coverage()
  for seed in options.first..<(options.first + options.count) {
    var simulation = Simulation(
      seed: seed, crowd: options.crowd, listener: options.follow ? { print("    \($0)") } : nil)
    let report = simulation.run()
    played += 1
    print("\(seed) \(String(report.trace, radix: 16)) \(report.events) \(report.pages) \(report.crashes)")
    for violation in report.violations { print("  seed \(seed): \(violation)") }
    if !report.violations.isEmpty { broken += 1 }
    totals.events += report.events
    totals.pages += report.pages
    totals.crashes += report.crashes
    coverage.add(report.coverage)
    if options.untilBroken, broken > 0 { break }
  }
  let isWhole = options.crowd == 0 && !options.untilBroken
  let missing = isWhole ? coverage.missing(in: Int(played)) : []
  if isWhole { for line in coverage.lines { print(line) } }
  for line in missing { print("  seldom: \(line)") }
  print(
    "\(played) seeds: \(broken) broken; \(totals.events) events, \(totals.pages) pages landed, "
      + "\(totals.crashes) crashes")
  return broken == 0 && missing.isEmpty ? 0 : 1
}

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
exit(play())
