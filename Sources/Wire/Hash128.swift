/// A hash wide enough to stand for the bytes themselves: for keys and for telling a repeated body, not for secrets.
/// Two lanes of multiply-and-fold over 8 bytes at a time.
public struct Hash128: Hashable, Sendable {
  public private(set) var high: UInt64 = 0x9E37_79B9_7F4A_7C15
  public private(set) var low: UInt64 = 0xC2B2_AE3D_27D4_EB4F

  public init() {}

  public init(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { combine($0, 0..<$0.count) }
  }

  private mutating func mix(_ word: UInt64) {
    let first = (high ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    let second = (low ^ word &+ 0xE703_7ED1_A0B4_28DB).multipliedFullWidth(by: 0x8EBC_6AF0_9C88_C6E3)
    (high, low) = (first.high ^ first.low ^ low, second.high ^ second.low &+ word)
  }

  /// Adds bytes and their number, so that neighbours do not run into each other.
  mutating func combine(_ base: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    mix(UInt64(range.count))
    var place = range.lowerBound
    let raw = UnsafeRawBufferPointer(base)
    while place + 8 <= range.upperBound {
      mix(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
      place += 8
    }
    guard place < range.upperBound else { return }
    var last: UInt64 = 0
    for index in place..<range.upperBound { last = last << 8 | UInt64(base[index]) }
    mix(last)
  }

  mutating func combine(_ number: UInt64) { mix(number) }
}

extension Hash128 {
  init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}
