import Foundation

/// Seconds that single operations took.
struct Latencies: Sendable {
  var seconds: [Double] = []

  mutating func add(_ duration: Duration) {
    let (whole, fraction) = duration.components
    seconds.append(Double(whole) + Double(fraction) * 1e-18)
  }

  /// One line: the rate a second, and percentiles in milliseconds.
  func line(over elapsed: Double) -> String {
    let sorted = seconds.sorted()
    func percentile(_ share: Double) -> Double {
      sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] * 1_000
    }
    return String(
      format: #"{"rate":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"count":%d}"#,
      Double(seconds.count) / elapsed, percentile(0.5), percentile(0.99), percentile(1), seconds.count)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
