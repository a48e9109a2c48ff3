/// A time-ordered identifier: 48 bits of milliseconds and 80 random bits, written as 26 characters of Crockford's
/// base 32 (the ULID specification). Text order is time order.
public struct ULID: Hashable, Sendable {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The time the identifier was made, to the millisecond.
  public var time: Instant { Instant(milliseconds: Int64(high >> 16)) }
}

extension ULID: Comparable {
  public static func < (lhs: ULID, rhs: ULID) -> Bool { (lhs.high, lhs.low) < (rhs.high, rhs.low) }
}

extension ULID: LosslessStringConvertible {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  public var description: String {
    String(unsafeUninitializedCapacity: 26) { buffer in
      var (high, low) = (self.high, self.low)
      for index in stride(from: 25, through: 0, by: -1) {
        buffer[index] = Self.alphabet[Int(low & 31)]
        low = (low >> 5) | (high << 59)
        high >>= 5
      }
      return 26
    }
  }

  /// What each byte stands for; 255 where it is none of the alphabet.
  private static let digits: [UInt8] = {
    var digits = [UInt8](repeating: 255, count: 256)
    for (digit, byte) in alphabet.enumerated() {
      digits[Int(byte)] = UInt8(digit)
      if byte >= 65 { digits[Int(byte) + 32] = UInt8(digit) }
    }
    return digits
  }()

  /// Reads the 26-character form, in either case; `nil` for anything else.
  public init?(_ text: Substring) {
    // Every fold reads the subject of every event: bytes in place, and no copy.
    let found = text.utf8.withContiguousStorageIfAvailable { Self.parse($0) }
    guard let (high, low) = found ?? Array(text.utf8).withUnsafeBufferPointer({ Self.parse($0) }) else { return nil }
    self.init(high: high, low: low)
  }

  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
    guard bytes.count == 26 else { return nil }
    return digits.withUnsafeBufferPointer { digits in
      var (high, low): (UInt64, UInt64) = (0, 0)
      for byte in bytes {
        let digit = digits[Int(byte)]
        guard digit < 32, high >> 59 == 0 else { return nil }
        high = (high << 5) | (low >> 59)
        low = (low << 5) | UInt64(digit)
      }
      return (high, low)
    }
  }

  public init?(_ description: String) { self.init(description[...]) }
}

extension ULID: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = ULID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not an identifier")
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Makes identifiers that only grow, even when the clock stands still or steps back.
public struct IDGenerator: Sendable {
  private var random: SeededGenerator
  private var last = ULID(high: 0, low: 0)

  public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  public mutating func next(at now: Instant) -> ULID {
    let millis = UInt64(max(0, now.milliseconds)) & 0xFFFF_FFFF_FFFF
    if millis > last.high >> 16 {
      last = ULID(high: (millis << 16) | (random.next() & 0xFFFF), low: random.next())
    } else {
      // Same or earlier millisecond: count up from the last one by a random step, as the specification allows.
      let (low, carry) = last.low.addingReportingOverflow(1 + (random.next() >> 32))
      last = ULID(high: carry ? last.high &+ 1 : last.high, low: low)
    }
    return last
  }
}
