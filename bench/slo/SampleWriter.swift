import Foundation

/// Writes the samples of `Traffic` in the text formats of Prometheus, many millions of them in a few seconds.
struct SampleWriter {
  enum Format {
    /// Times in seconds, ended by `# EOF`.
    case openMetrics
    /// Times in milliseconds.
    case prometheus
  }

  private let format: Format
  private let prefixes: [[UInt8]]
  private var buffer: [UInt8] = []
  private var handle: FileHandle

  init(_ traffic: Traffic, as format: Format, to handle: FileHandle) {
    self.format = format
    self.handle = handle
    prefixes = (0..<traffic.services * Traffic.seriesPerService).map { index in
      let labels = Traffic.labels(index % Traffic.seriesPerService)
      let service = Traffic.name(index / Traffic.seriesPerService)
      return Array(
        """
        http_requests_total{service="\(service)",code="\(labels.code)",pod="\(labels.pod)",instance="fleet",job="slo"} \

        """.utf8)
    }
    let family = format == .openMetrics ? "http_requests" : "http_requests_total"
    buffer.append(contentsOf: Array("# TYPE \(family) counter\n".utf8))
  }

  /// Writes all series as they are at the traffic's tick.
  mutating func write(_ traffic: Traffic) throws {
    let seconds = UInt64(traffic.tick * Traffic.step)
    let time = format == .openMetrics ? seconds : seconds * 1_000
    for (prefix, value) in zip(prefixes, traffic.values) {
      buffer.append(contentsOf: prefix)
      append(UInt64(value))
      buffer.append(UInt8(ascii: " "))
      append(time)
      buffer.append(UInt8(ascii: "\n"))
    }
    if buffer.count > 1 << 20 { try flush() }
  }

  mutating func finish() throws {
    if format == .openMetrics { buffer.append(contentsOf: Array("# EOF\n".utf8)) }
    try flush()
  }

  private mutating func flush() throws {
    try handle.write(contentsOf: buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func append(_ number: UInt64) {
    let first = buffer.count
    var rest = number
    repeat {
      buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    buffer[first...].reverse()
  }
}
