/// The snappy block format, as remote write uses it (google/snappy, format_description.txt; never the framed one).
public enum Snappy {
  public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
    case truncated
    case tooLarge(Int)
    case wrongLength
    case badOffset

    public var description: String {
      switch self {
      case .truncated: "the snappy body ends too early"
      case .tooLarge(let length): "the snappy body unpacks to \(length) bytes, which is more than is taken"
      case .wrongLength: "the snappy body does not have the length it states"
      case .badOffset: "the snappy body refers to bytes before its start"
      }
    }
  }

  /// Unpacks a block. Nothing larger than `limit` is ever allocated, whatever length the block states; a block cannot
  /// grow by more than 64 bytes for each 3 of input, so a stated length beyond that is refused at once.
  public static func decode(_ input: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
    var position = 0
    let length = try statedLength(input, &position)
    guard length <= limit else { throw .tooLarge(length) }
    guard length <= (input.count - position) * 32 else { throw .wrongLength }
    var problem: Problem?
    // Some room behind the end lets copies go in whole words.
    let output = [UInt8](unsafeUninitializedCapacity: length + slack) { output, count in
      problem = input.withUnsafeBytes { input in
        unpack(input, from: position, into: UnsafeMutableRawBufferPointer(output), length)
      }
      count = problem == nil ? length : 0
    }
    if let problem { throw problem }
    return output
  }

  private static let slack = 64

  private static func statedLength(_ input: [UInt8], _ position: inout Int) throws(Problem) -> Int {
    var length = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      guard position < input.count else { throw .truncated }
      let byte = input[position]
      position += 1
      length |= Int(byte & 0x7F) << shift
      if byte < 0x80 {
        guard length <= 0xFFFF_FFFF else { throw .wrongLength }
        return length
      }
    }
    throw .wrongLength
  }

  /// Every index below is checked before it is used; the pointers only spare the second check. A copy may write up to
  /// `slack` bytes more than it should: what comes next overwrites them, and they never reach past the room.
  private static func unpack(
    _ input: UnsafeRawBufferPointer, from start: Int, into output: UnsafeMutableRawBufferPointer, _ size: Int
  ) -> Problem? {
    guard let source = input.baseAddress, let target = output.baseAddress else { return .truncated }
    var (from, to) = (start, 0)
    let end = input.count
    while from < end {
      let tag = Int(source.load(fromByteOffset: from, as: UInt8.self))
      from += 1
      if tag & 3 == 0 {
        var length = (tag >> 2) + 1
        if length <= 16, end - from >= 16, size - to >= length {
          copy16(source + from, target + to)
        } else {
          if length > 60 {
            let extra = length - 60
            guard extra <= end - from else { return .truncated }
            length = number(source + from, extra) + 1
            from += extra
          }
          guard length <= end - from else { return .truncated }
          guard length <= size - to else { return .wrongLength }
          (target + to).copyMemory(from: source + from, byteCount: length)
        }
        from += length
        to += length
        continue
      }
      let extra = tag & 3 == 1 ? 1 : tag & 3 == 2 ? 2 : 4
      guard extra <= end - from else { return .truncated }
      var offset = number(source + from, extra)
      from += extra
      var length = (tag >> 2) + 1
      if extra == 1 {
        length = (tag >> 2 & 7) + 4
        offset |= (tag >> 5) << 8
      }
      guard offset > 0, offset <= to else { return .badOffset }
      guard length <= size - to else { return .wrongLength }
      repeatBytes(target + to, offset, length)
      to += length
    }
    return to == size ? nil : .wrongLength
  }

  /// A little-endian number of 1 to 4 bytes.
  @inline(__always)
  private static func number(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    var value = 0
    for index in 0..<count { value |= Int(bytes.load(fromByteOffset: index, as: UInt8.self)) << (8 * index) }
    return value
  }

  @inline(__always)
  private static func copy16(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    let (low, high) = (from.loadUnaligned(as: UInt64.self), from.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    to.storeBytes(of: low, as: UInt64.self)
    to.storeBytes(of: high, toByteOffset: 8, as: UInt64.self)
  }

  /// Copies `length` (at most 64) bytes from `offset` bytes before `to`. Where the two overlap the bytes repeat.
  @inline(__always)
  private static func repeatBytes(_ to: UnsafeMutableRawPointer, _ offset: Int, _ length: Int) {
    let from = UnsafeRawPointer(to - offset)
    if offset >= 16 {
      var index = 0
      while index < length {
        copy16(from + index, to + index)
        index += 16
      }
    } else if offset >= 8 {
      var index = 0
      while index < length {
        to.storeBytes(
          of: from.loadUnaligned(fromByteOffset: index, as: UInt64.self), toByteOffset: index, as: UInt64.self)
        index += 8
      }
    } else {
      for index in 0..<length {
        to.storeBytes(of: from.load(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
      }
    }
  }

  /// Packs bytes as literals and, where four bytes repeat, as copies. For tests and small senders.
  public static func encode(_ input: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var length = input.count
    while length >= 0x80 {
      output.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    output.append(UInt8(length))
    var seen: [UInt32: Int] = [:]
    var (literal, position) = (0, 0)
    while position + 4 <= input.count {
      let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(input[position + $1]) << UInt32(8 * $1) }
      let earlier = seen.updateValue(position, forKey: word)
      guard let earlier, position - earlier < 65_536 else {
        position += 1
        continue
      }
      var count = 4
      while count < 64, position + count < input.count, input[earlier + count] == input[position + count] { count += 1 }
      appendLiteral(input[literal..<position], to: &output)
      let offset = position - earlier
      output += [UInt8(count - 1) << 2 | 2, UInt8(offset & 0xFF), UInt8(offset >> 8)]
      position += count
      literal = position
    }
    appendLiteral(input[literal...], to: &output)
    return output
  }

  private static func appendLiteral(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let length = bytes.count - 1
    if length < 60 {
      output.append(UInt8(length) << 2)
    } else {
      output.append(63 << 2)
      for shift in [0, 8, 16, 24] { output.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }
    output += bytes
  }
}
