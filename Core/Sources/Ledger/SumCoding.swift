import Base

/// Running sums as bytes: each as its difference to the one before. Whole differences (nearly all) are zigzag varints,
/// runs of equal sums a count; any other sum is written as its bits, so that it comes back exactly.
struct SumWriter {
  private var before = 0.0
  private var equal: UInt64 = 0

  mutating func put(_ sum: Double, to writer: inout ByteWriter) {
    let difference = sum - before
    if difference == 0 {
      equal += 1
      return
    }
    finish(&writer)
    if difference.magnitude < 0x1p52, difference == difference.rounded(), before + difference == sum {
      writer.byte(1)
      writer.signed(Int64(difference))
    } else {
      writer.byte(2)
      writer.double(sum)
    }
    before = sum
  }

  mutating func finish(_ writer: inout ByteWriter) {
    guard equal > 0 else { return }
    writer.byte(0)
    writer.varint(equal)
    equal = 0
  }
}

extension ByteReader {
  /// So many sums, each handed to `take` with its place. Answers whether they could be read.
  mutating func sums(_ count: Int, _ take: (Int, Double) -> Void) -> Bool {
    var (place, sum) = (0, 0.0)
    while place < count {
      var run = 1
      switch byte() {
      case 0:
        guard let equal = varint(), equal > 0, equal <= UInt64(count - place) else { return false }
        run = Int(equal)
      case 1:
        guard let difference = signed() else { return false }
        sum += Double(difference)
      case 2:
        guard let value = double(), value.isFinite else { return false }
        sum = value
      default: return false
      }
      for _ in 0..<run {
        take(place, sum)
        place += 1
      }
    }
    return true
  }
}
