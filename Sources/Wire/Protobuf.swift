/// Reads protobuf messages field by field without building objects (protobuf.dev, "Encoding").
struct ProtobufReader {
  enum Problem: Error { case malformed }

  enum WireType: UInt64 { case varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 }

  private let base: UnsafeBufferPointer<UInt8>
  private(set) var position: Int
  private let end: Int

  init(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.base = base
    position = range.lowerBound
    end = min(range.upperBound, base.count)
  }

  var isAtEnd: Bool { position >= end }

  @inline(__always)
  mutating func varint() throws(Problem) -> UInt64 {
    // Nearly always a single byte: tags, and the lengths of labels.
    if position < end, base[position] < 0x80 {
      defer { position += 1 }
      return UInt64(base[position])
    }
    return try longVarint()
  }

  private mutating func longVarint() throws(Problem) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = base[position]
      position += 1
      if shift == 63, byte > 1 { throw .malformed }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .malformed
  }

  /// The next field's number and type; `nil` at the end of the message.
  @inline(__always)
  mutating func field() throws(Problem) -> (number: UInt64, type: WireType)? {
    if isAtEnd { return nil }
    let key = try varint()
    guard key >> 3 > 0, key >> 3 < 1 << 29, let type = WireType(rawValue: key & 7) else { throw .malformed }
    return (key >> 3, type)
  }

  mutating func fixed64() throws(Problem) -> UInt64 {
    guard end - position >= 8 else { throw .malformed }
    defer { position += 8 }
    return UInt64(
      littleEndian: UnsafeRawBufferPointer(base).loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// Where a length-delimited field's bytes stand.
  @inline(__always)
  mutating func bytes() throws(Problem) -> Range<Int> {
    let length = try varint()
    guard length <= UInt64(end - position) else { throw .malformed }
    let start = position
    position += Int(length)
    return start..<position
  }

  mutating func skip(_ type: WireType) throws(Problem) {
    switch type {
    case .varint: _ = try varint()
    case .fixed64: _ = try fixed64()
    case .bytes: _ = try bytes()
    case .fixed32:
      guard end - position >= 4 else { throw .malformed }
      position += 4
    }
  }
}

/// Writes protobuf messages. For tests and small senders.
public struct ProtobufWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  public mutating func integer(_ field: UInt64, _ value: Int64) {
    varint(field << 3)
    varint(UInt64(bitPattern: value))
  }

  public mutating func double(_ field: UInt64, _ value: Double) {
    varint(field << 3 | 1)
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }

  public mutating func bytes(_ field: UInt64, _ value: some Collection<UInt8>) {
    varint(field << 3 | 2)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }
}
