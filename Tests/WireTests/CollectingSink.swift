import Ledger

@testable import Wire

/// A sink that remembers everything: series in order of first sight, all of them counted but those of `unwanted`
/// metrics.
struct CollectingSink: TelemetrySink {
  var unwanted: Set<String> = []
  var keys: [[UInt8]: SeriesVerdict] = [:]
  var labels: [LabelSet] = []
  var samples: [[CounterSample]] = []
  var learnt = 0
  var skipped: [SeriesVerdict: Int] = [:]

  mutating func find(_ key: UnsafeRawBufferPointer) -> SeriesVerdict { keys[Array(key)] ?? .unknown }

  mutating func learn(_ key: UnsafeRawBufferPointer, _ set: LabelSet?) -> SeriesVerdict {
    learnt += 1
    var verdict = SeriesVerdict.invalid
    if let set, unwanted.contains(set.metric) {
      verdict = .ignored
    } else if let set {
      verdict = .counted(Int32(labels.count))
      labels.append(set)
      samples.append([])
    }
    keys[Array(key)] = verdict
    return verdict
  }

  mutating func add(_ sample: CounterSample, to series: Int32) { samples[Int(series)].append(sample) }

  mutating func skip(_ samples: Int, _ verdict: SeriesVerdict) { skipped[verdict, default: 0] += samples }
}

/// A 2.0 request, written by hand.
struct SecondWriter {
  var symbols = [""]
  var series: [[UInt8]] = []

  mutating func reference(_ text: String) -> UInt64 {
    if let place = symbols.firstIndex(of: text) { return UInt64(place) }
    symbols.append(text)
    return UInt64(symbols.count - 1)
  }

  /// - Parameter rest: writes fields behind the labels.
  mutating func add(_ labels: [(String, String)], _ rest: (inout ProtobufWriter) -> Void) {
    var packed: [UInt8] = []
    for (name, value) in labels {
      for number in [reference(name), reference(value)] { packed += Self.varint(number) }
    }
    var message = ProtobufWriter()
    message.bytes(1, packed)
    rest(&message)
    series.append(message.bytes)
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
  }

  static func sample(_ value: Double, _ milliseconds: Int64, started: Int64? = nil) -> [UInt8] {
    var inner = ProtobufWriter()
    inner.double(1, value)
    inner.integer(2, milliseconds)
    if let started { inner.integer(3, started) }
    return inner.bytes
  }

  var bytes: [UInt8] {
    var request = ProtobufWriter()
    for symbol in symbols { request.bytes(4, Array(symbol.utf8)) }
    for one in series { request.bytes(5, one) }
    return request.bytes
  }
}
