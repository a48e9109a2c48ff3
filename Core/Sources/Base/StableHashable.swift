/// A key whose hash is the same in every process, unlike `Hashable`'s, which is seeded afresh in each.
///
/// Equal keys have equal hashes. Not for input that an attacker chooses and that must not collide.
public protocol StableHashable: Hashable, Comparable, Sendable {
  var stableHash: UInt64 { get }
}

/// FNV-1a of 64 bits (Fowler, Noll, Vo; RFC 9923).
public struct StableHasher: Sendable {
  public var value: UInt64 = 0xcbf2_9ce4_8422_2325

  @inlinable public init() {}

  @inlinable public mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  @inlinable public mutating func combine(_ word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      value = (value ^ (word >> UInt64(shift) & 0xFF)) &* 0x100_0000_01b3
    }
  }
}

extension String: StableHashable {
  /// FNV-1a of the UTF-8. Canonically equivalent strings that are written differently are one key to `==` and may
  /// fall apart here; names are ASCII or normalised at the border.
  @inlinable public var stableHash: UInt64 {
    var hasher = StableHasher()
    hasher.combine(utf8)
    return hasher.value
  }
}

extension ULID: StableHashable {
  @inlinable public var stableHash: UInt64 {
    var hasher = StableHasher()
    hasher.combine(high)
    hasher.combine(low)
    return hasher.value
  }
}

extension Int64: StableHashable {
  @inlinable public var stableHash: UInt64 {
    var hasher = StableHasher()
    hasher.combine(UInt64(bitPattern: self))
    return hasher.value
  }
}
