import Base

/// Writes the little-endian, varint-based encoding of the ledger's snapshots and log.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Room for about so many bytes, so that a large snapshot is not copied while it grows.
  public init(reserving count: Int) { bytes.reserveCapacity(count) }

  public mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// A number's bits.
  public mutating func double(_ value: Double) { uint64(value.bitPattern) }

  public mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

  public mutating func uint32(_ value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  public mutating func uint64(_ value: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
  }

  /// LEB128: seven bits a byte, low ones first.
  public mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A signed number as a zigzag varint.
  public mutating func signed(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  public mutating func text(_ value: String) {
    var value = value
    value.withUTF8 { utf8 in
      varint(UInt64(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }

  public mutating func instant(_ value: Instant?) {
    byte(value == nil ? 0 : 1)
    if let value { signed(value.nanoseconds) }
  }
}

/// Reads what `ByteWriter` wrote. Every read is bounded by the bytes that are there and answers `nil` past the end.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  public private(set) var position: Int
  private let end: Int

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  public init(_ bytes: [UInt8], range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  public var isAtEnd: Bool { position >= end }
  public var remaining: Int { end - position }

  public mutating func byte() -> UInt8? {
    guard position < end else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  public mutating func raw(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  public mutating func uint32() -> UInt32? {
    guard let slice = raw(4) else { return nil }
    return slice.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  public mutating func uint64() -> UInt64? {
    guard let slice = raw(8) else { return nil }
    return slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  public mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard let next = byte() else { return nil }
      if shift == 63, next > 1 { return nil }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
    }
    return nil
  }

  public mutating func signed() -> Int64? {
    guard let value = varint() else { return nil }
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  public mutating func double() -> Double? { uint64().map { Double(bitPattern: $0) } }

  /// A count of things of at least `size` bytes each: refused where so many cannot follow.
  public mutating func count(ofAtLeast size: Int = 1) -> Int? {
    guard let value = varint(), let count = Int(exactly: value), count <= remaining / max(1, size) else { return nil }
    return count
  }

  public mutating func text() -> String? {
    guard let count = count(), let slice = raw(count) else { return nil }
    return String(validating: slice, as: UTF8.self)
  }

  /// `.some(nil)` is a written absence; `nil` is a failure to read.
  public mutating func instant() -> Instant?? {
    switch byte() {
    case 0: return .some(nil)
    case 1: return signed().map { Instant(nanoseconds: $0) }
    default: return nil
    }
  }
}
