import Foundation

let usage = """
  usage: journal-bench writers DIR [--writers 64] [--seconds 3]  concurrent callers, each reply after its sync
         journal-bench plain DIR [--seconds 3]                   one thread, one row a transaction, synchronous=FULL
         journal-bench fill DIR [--events 1000000]               alerts fired and resolved, with a snapshot
         journal-bench restart DIR                               from nothing to serving on what fill left
  prints one line of JSON
  """

/// The value after a flag.
func option(_ name: String, default value: Double) -> Double {
  guard let index = CommandLine.arguments.firstIndex(of: "--\(name)"), index + 1 < CommandLine.arguments.count else {
    return value
  }
  return Double(CommandLine.arguments[index + 1]) ?? value
}

guard CommandLine.arguments.count >= 3 else {
  FileHandle.standardError.write(Data((usage + "\n").utf8))
  exit(2)
}
let directory = CommandLine.arguments[2]
switch CommandLine.arguments[1] {
case "writers":
  let bench = try WriterBench(directory: directory)
  print(try await bench.run(writers: Int(option("writers", default: 64)), seconds: option("seconds", default: 3)))
case "plain":
  print(try PlainLoop(directory: directory).run(seconds: option("seconds", default: 3)))
case "fill":
  print(try RestartBench(directory: directory).fill(events: Int64(option("events", default: 1_000_000))))
case "restart":
  print(try await RestartBench(directory: directory).restart())
default:
  FileHandle.standardError.write(Data((usage + "\n").utf8))
  exit(2)
}
