import Base
import Foundation
import Ledger

/// Holds the error ratios that Prometheus recorded against ours on the same samples, and finds where each difference
/// comes from.
///
/// Reads lines of service, time of the rule in milliseconds, time of the newest sample that Prometheus had then in
/// seconds, window in seconds and error ratio, separated by tabs.
struct CompareBench {
  private struct Recorded {
    var service: Int
    var at: Instant
    var newest: Int64
    var window: Interval
    var ratio: Double
  }

  /// The largest differences of a window, as burn rates.
  private struct Differences {
    var readings = 0
    var burnMax = 0.0
    /// Ours and what Prometheus recorded.
    var all = 0.0
    /// As a share of the larger one, where it burns at 1 or faster.
    var relative = 0.0
    /// Ours and the same events counted one by one between the same edges. Anything but 0 is an error of ours.
    var recount = 0.0
    /// Because our windows end at the newest complete sample, theirs at the time of the rule.
    var watermark = 0.0
    /// Because our windows begin and end on bucket edges.
    var edges = 0.0
    /// Because `rate` stretches, leaves out the increment into the window and takes each series apart.
    var extrapolation = 0.0
    /// What Prometheus recorded, and `rate` computed by its documented rules from the same samples. Anything but a
    /// rounding error would mean that the differences above are not understood.
    var unexplained = 0.0
  }

  let seed: UInt64
  let services: Int
  let startSeconds: Int64

  func run(_ path: String) throws -> String {
    let recorded = try read(path)
    let traffic = Traffic(seed: seed, services: services, startSeconds: startSeconds)
    var fleet = Fleet(services: services, at: traffic.time)
    fleet.addSeries()
    fleet.count(traffic)
    var recount = Recount(traffic)
    var found: [Interval: Differences] = [:]
    for one in recorded {
      while recount.traffic.tick < one.newest / Traffic.step {
        recount.advance(to: recount.traffic.tick + 1)
        fleet.count(recount.traffic)
      }
      compare(one, fleet, recount, &found[one.window, default: Differences()])
    }
    return "[" + found.sorted { $0.key < $1.key }.map { Self.line($0.key, $0.value) }.joined(separator: ",\n ") + "]"
  }

  private func compare(_ one: Recorded, _ fleet: Fleet, _ recount: Recount, _ found: inout Differences) {
    guard let ours = fleet.badShare(one.service, one.window, now: one.at) else { return }
    let budget = 1 - Fleet.target
    func burn(_ first: Double, _ second: Double) -> Double { abs(first - second) / budget }
    let watermark = recount.traffic.time
    let same = recount.badShare(one.service, from: ours.from, to: ours.to)
    let atWatermark = recount.badShare(one.service, from: watermark - one.window, to: watermark)
    let exact = recount.badShare(one.service, from: one.at - one.window, to: one.at)
    found.readings += 1
    found.burnMax = max(found.burnMax, ours.share / budget)
    found.all = max(found.all, burn(ours.share, one.ratio))
    if max(ours.share, one.ratio) >= budget {
      found.relative = max(found.relative, abs(ours.share - one.ratio) / max(ours.share, one.ratio))
    }
    found.recount = max(found.recount, burn(ours.share, same))
    found.edges = max(found.edges, burn(same, atWatermark))
    found.watermark = max(found.watermark, burn(atWatermark, exact))
    found.extrapolation = max(found.extrapolation, burn(exact, one.ratio))
    let theirs = recount.promqlShare(one.service, one.window, at: one.at) ?? 0
    found.unexplained = max(found.unexplained, burn(theirs, one.ratio))
  }

  private func read(_ path: String) throws -> [Recorded] {
    var recorded: [Recorded] = []
    for (number, line) in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").enumerated() {
      let fields = line.split(separator: "\t")
      guard fields.count == 5, let service = Int(fields[0]), service < services, let time = Int64(fields[1]),
        let newest = Int64(fields[2]), let window = Int64(fields[3]), let ratio = Double(fields[4])
      else { throw BenchFailure("\(path):\(number + 1): not a service, two times, a window and a ratio") }
      recorded.append(
        Recorded(
          service: service, at: Instant(milliseconds: time), newest: newest, window: .seconds(window), ratio: ratio))
    }
    return recorded.sorted { $0.newest < $1.newest }
  }

  private static func line(_ window: Interval, _ found: Differences) -> String {
    """
    {"window": "\(window.text)", "readings": \(found.readings), "burn_max": \(found.burnMax), \
    "difference": \(found.all), "relative": \(found.relative), "recount": \(found.recount), \
    "edges": \(found.edges), "watermark": \(found.watermark), "extrapolation": \(found.extrapolation), \
    "unexplained": \(found.unexplained)}
    """
  }
}

struct BenchFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
