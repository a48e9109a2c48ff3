import Foundation

let usage = """
  usage: slo-bench samples FROM UNTIL            OpenMetrics on standard output, of the ticks in [FROM, UNTIL)
         slo-bench expositions FROM UNTIL DIR    a page for each tick in [FROM, UNTIL): DIR/SECONDS.txt
         slo-bench evaluate UNTIL                counts every sample up to UNTIL and evaluates, one line of JSON
         slo-bench compare FILE                  recorded error ratios against ours, a JSON array by window
         slo-bench grow                          evaluation and memory alone at this many SLOs, one line of JSON
  flags: --slos 20  --seed 1  --start SECONDS (of the first sample, for all but grow)  --passes 21
  times are in seconds since 1970; ticks are multiples of 15
  """

/// The value after a flag.
func option(_ name: String, default value: Int64) -> Int64 {
  guard let index = CommandLine.arguments.firstIndex(of: "--\(name)"), index + 1 < CommandLine.arguments.count else {
    return value
  }
  return Int64(CommandLine.arguments[index + 1]) ?? value
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(2)
}

/// What stands between the verb and the flags.
let operands = CommandLine.arguments.dropFirst(2).prefix { !$0.hasPrefix("--") }.map { $0 }
let (seed, services) = (UInt64(option("seed", default: 1)), Int(option("slos", default: 20)))
let (start, passes) = (option("start", default: 0), Int(option("passes", default: 21)))

func seconds(_ index: Int) -> Int64 {
  guard index < operands.count, let value = Int64(operands[index]), value >= start else { fail(usage) }
  return value
}

func writeSamples() throws {
  var traffic = Traffic(seed: seed, services: services, startSeconds: start)
  var writer = SampleWriter(traffic, as: .openMetrics, to: .standardOutput)
  // The first tick at or after a time.
  let (from, until) = ((seconds(0) + Traffic.step - 1) / Traffic.step, seconds(1))
  traffic.advance(to: from)
  while traffic.tick * Traffic.step < until {
    try writer.write(traffic)
    traffic.next()
  }
  try writer.finish()
}

func writeExpositions() throws {
  guard operands.count == 3 else { fail(usage) }
  var traffic = Traffic(seed: seed, services: services, startSeconds: start)
  traffic.advance(to: (seconds(0) + Traffic.step - 1) / Traffic.step)
  while traffic.tick * Traffic.step < seconds(1) {
    let path = "\(operands[2])/\(traffic.tick * Traffic.step).txt"
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { fail("cannot write \(path)") }
    var writer = SampleWriter(traffic, as: .prometheus, to: file)
    try writer.write(traffic)
    try writer.finish()
    try file.close()
    traffic.next()
  }
}

guard CommandLine.arguments.count >= 2 else { fail(usage) }
guard services > 0, services <= 100_000, passes > 0 else { fail("--slos and --passes: 1 to 100000, at least 1") }
do {
  switch CommandLine.arguments[1] {
  case "samples": try writeSamples()
  case "expositions": try writeExpositions()
  case "evaluate":
    let bench = EvaluateBench(seed: seed, services: services, passes: passes)
    print(bench.backfilled(startSeconds: start, endSeconds: seconds(0)))
  case "compare":
    guard let path = operands.first else { fail(usage) }
    print(try CompareBench(seed: seed, services: services, startSeconds: start).run(path))
  case "grow": print(EvaluateBench(seed: seed, services: services, passes: passes).grown())
  default: fail(usage)
  }
} catch {
  fail("slo-bench: \(error)")
}
