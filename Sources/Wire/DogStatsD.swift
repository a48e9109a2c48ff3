import Base
import Ledger

/// The DogStatsD protocol 1.0 to 1.6 (docs.datadoghq.com/developers/dogstatsd/datagram_shell): lines of a datagram,
/// `name:1:2|c|@0.5|#tag:value,other|c:in-1234|T1656581409|e:it-false,cn-nginx|card:low`.
public enum DogStatsD {
  public enum Kind: Hashable, Sendable {
    case count
    case gauge
    /// `ms`, `h` and `d`: single measurements.
    case measurement
    case set
  }

  /// One line of a metric; ranges are places in the datagram.
  public struct Line: Sendable {
    public var name: Range<Int>
    public var values: Range<Int>
    public var kind: Kind
    /// The share of events that was sent: each stands for its inverse.
    public var rate = 1.0
    public var tags: Range<Int>?
    /// Given by the client for what it added up itself (1.3).
    public var time: Instant?
  }

  public enum Item: Sendable {
    case metric(Line)
    case event
    case serviceCheck
    case malformed
  }

  /// Reads each line. Fields that are not known are left alone, as the protocol grows by them.
  public static func read(_ datagram: UnsafeBufferPointer<UInt8>, _ take: (Item) -> Void) {
    var start = 0
    while start < datagram.count {
      var end = start
      while end < datagram.count, datagram[end] != 0x0A { end += 1 }
      let line = start..<(end > start && datagram[end - 1] == 0x0D ? end - 1 : end)
      start = end + 1
      guard !line.isEmpty else { continue }
      if datagram[line].starts(with: "_e{".utf8) {
        take(.event)
      } else if datagram[line].starts(with: "_sc|".utf8) {
        take(.serviceCheck)
      } else {
        take(metric(datagram, line).map { .metric($0) } ?? .malformed)
      }
    }
  }

  private static func metric(_ base: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Line? {
    guard let colon = base[line].firstIndex(of: 0x3A), colon > line.lowerBound else { return nil }
    var fields = FieldReader(base: base, position: colon + 1, end: line.upperBound)
    guard let values = fields.next(), !values.isEmpty, let type = fields.next() else { return nil }
    let kind: Kind
    switch (type.count, base[type].first) {
    case (1, UInt8(ascii: "c")): kind = .count
    case (1, UInt8(ascii: "g")): kind = .gauge
    case (1, UInt8(ascii: "h")), (1, UInt8(ascii: "d")): kind = .measurement
    case (1, UInt8(ascii: "s")): kind = .set
    case (2, UInt8(ascii: "m")) where base[type].last == UInt8(ascii: "s"): kind = .measurement
    default: return nil
    }
    var result = Line(name: line.lowerBound..<colon, values: values, kind: kind)
    while let field = fields.next() {
      let rest = min(field.lowerBound + 1, field.upperBound)..<field.upperBound
      switch base[field].first {
      case UInt8(ascii: "@"):
        guard let rate = number(base, rest), rate > 0, rate <= 1 else { return nil }
        result.rate = rate
      case UInt8(ascii: "#"): result.tags = rest
      case UInt8(ascii: "T"):
        guard let seconds = number(base, rest), seconds > 0, seconds < 9_223_372_036 else { return nil }
        result.time = Instant(seconds: Int64(seconds))
      default: continue
      }
    }
    return result
  }

  private struct FieldReader {
    let base: UnsafeBufferPointer<UInt8>
    var position: Int
    let end: Int

    /// The text up to the next bar.
    mutating func next() -> Range<Int>? {
      guard position <= end else { return nil }
      var stop = position
      while stop < end, base[stop] != 0x7C { stop += 1 }
      defer { position = stop + 1 }
      return position..<stop
    }
  }

  /// The values of a line (several since 1.1); `nil` when one is no finite number.
  static func numbers(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [Double]? {
    var values: [Double] = []
    var start = range.lowerBound
    while start <= range.upperBound {
      var stop = start
      while stop < range.upperBound, base[stop] != 0x3A { stop += 1 }
      guard let value = number(base, start..<stop) else { return nil }
      values.append(value)
      start = stop + 1
    }
    return values
  }

  private static func number(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Double? {
    // Nearly all are short whole numbers.
    if (1...9).contains(range.count), base[range].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
      return Double(base[range].reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }
    guard (1...40).contains(range.count), let value = Double(String(decoding: base[range], as: UTF8.self)),
      value.isFinite
    else { return nil }
    return value
  }

  // MARK: Keys

  enum Part: UInt8 { case value = 0, count = 1 }

  /// The part, the name's length, the name, the tags as they came.
  static func key(_ part: Part, _ base: UnsafeBufferPointer<UInt8>, _ line: Line) -> [UInt8] {
    let length = UInt16(clamping: line.name.count)
    var key: [UInt8] = [part.rawValue, UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)]
    key += base[line.name].prefix(Int(length))
    if let tags = line.tags { key += base[tags] }
    return key
  }

  /// The labels behind a key.
  public static func labels(_ key: ArraySlice<UInt8>) -> LabelSet {
    let key = Array(key)
    guard key.count >= 3, let part = Part(rawValue: key[0]) else { return LabelSet([]) }
    let length = Int(key[1]) | Int(key[2]) << 8
    guard length > 0, length <= key.count - 3 else { return LabelSet([]) }
    let metric = DatadogNames.metric(key[3..<(3 + length)])
    var labels = DatadogLabels()
    for tag in key[(3 + length)...].split(separator: 0x2C) { labels.add(tag: tag) }
    return labels.set(part == .count ? metric + "_count" : metric)
  }
}
