/// What one service counts, and its exposition in the Prometheus text format 0.0.4.
struct DemoMetrics: Sendable {
  /// Upper bounds of the histogram in seconds, as written in `le`; `+Inf` follows.
  static let bounds: [(text: String, seconds: Double)] = [
    ("0.05", 0.05), ("0.1", 0.1), ("0.25", 0.25), ("0.5", 0.5), ("1", 1), ("2.5", 2.5),
  ]

  let service: String
  /// Counts by status. The two usual ones are there from the start, so that the first failure is an increase.
  private var requests: [(code: Int, count: Int)] = [(200, 0), (500, 0)]
  /// Not cumulative; the last one is `+Inf`'s.
  private var buckets = [Int](repeating: 0, count: bounds.count + 1)
  private var sum = 0.0

  init(service: String) { self.service = service }

  mutating func record(code: Int, seconds: Double) {
    if let index = requests.firstIndex(where: { $0.code == code }) {
      requests[index].count += 1
    } else {
      requests.append((code, 1))
      requests.sort { $0.code < $1.code }
    }
    buckets[Self.bounds.firstIndex { seconds <= $0.seconds } ?? Self.bounds.count] += 1
    sum += seconds
  }

  /// Requests answered since the start.
  var total: Int { requests.reduce(0) { $0 + $1.count } }

  /// Requests answered with 5xx since the start.
  var failed: Int { requests.filter { $0.code >= 500 }.reduce(0) { $0 + $1.count } }

  /// The exposition. Names are the demo's own and need no escapes.
  var text: String {
    var lines = [
      "# HELP http_requests_total Requests answered, by status code and method.",
      "# TYPE http_requests_total counter",
    ]
    for (code, count) in requests {
      lines.append("http_requests_total{service=\"\(service)\",code=\"\(code)\",method=\"GET\"} \(count)")
    }
    lines.append("# HELP http_request_duration_seconds Time to answer, in seconds.")
    lines.append("# TYPE http_request_duration_seconds histogram")
    let name = "http_request_duration_seconds"
    var running = 0
    for (index, bound) in (Self.bounds.map(\.text) + ["+Inf"]).enumerated() {
      running += buckets[index]
      lines.append("\(name)_bucket{service=\"\(service)\",le=\"\(bound)\"} \(running)")
    }
    lines.append("\(name)_sum{service=\"\(service)\"} \(sum)")
    lines.append("\(name)_count{service=\"\(service)\"} \(running)")
    return lines.joined(separator: "\n") + "\n"
  }
}
