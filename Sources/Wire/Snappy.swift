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
    var output = [UInt8](repeating: 0, count: length)
    let problem: Problem? = input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in unpack(input, from: position, into: output) }
    }
    if let problem { throw problem }
    return output
  }

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

  /// Every index below is checked before it is used; the pointers only spare the second check.
  private static func unpack(
    _ input: UnsafeBufferPointer<UInt8>, from start: Int, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> Problem? {
    var (from, to) = (start, 0)
    while from < input.count {
      let tag = input[from]
      from += 1
      if tag & 3 == 0 {
        var length = Int(tag >> 2) + 1
        if length > 60 {
          let extra = length - 60
          guard from + extra <= input.count else { return .truncated }
          length = 0
          for index in 0..<extra { length |= Int(input[from + index]) << (8 * index) }
          length += 1
          from += extra
        }
        guard length <= input.count - from else { return .truncated }
        guard length <= output.count - to else { return .wrongLength }
        for index in 0..<length { output[to + index] = input[from + index] }
        from += length
        to += length
      } else {
        let size = tag & 3 == 1 ? 1 : tag & 3 == 2 ? 2 : 4
        guard from + size <= input.count else { return .truncated }
        var offset = 0
        for index in 0..<size { offset |= Int(input[from + index]) << (8 * index) }
        from += size
        var length = Int(tag >> 2) + 1
        if size == 1 {
          length = Int(tag >> 2 & 7) + 4
          offset |= Int(tag >> 5) << 8
        }
        guard offset > 0, offset <= to else { return .badOffset }
        guard length <= output.count - to else { return .wrongLength }
        // The copy may overlap what it writes: then it repeats, so bytes go one by one.
        for index in 0..<length { output[to + index] = output[to - offset + index] }
        to += length
      }
    }
    return to == output.count ? nil : .wrongLength
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
