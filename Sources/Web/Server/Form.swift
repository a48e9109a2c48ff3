/// `application/x-www-form-urlencoded`, at most a thousand pairs.
public enum Form {
  public static func parse(_ bytes: [UInt8]) -> [(name: String, value: String)] {
    bytes.split(separator: UInt8(ascii: "&"), maxSplits: 1_000).prefix(1_000).map { pair in
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (decode(parts[0], plus: true), parts.count > 1 ? decode(parts[1], plus: true) : "")
    }
  }

  static func parse(_ text: some StringProtocol) -> [(name: String, value: String)] { parse(Array(text.utf8)) }

  /// Percent decoding; what is no valid escape stays as it is.
  static func decode(_ bytes: some Sequence<UInt8>, plus: Bool = false) -> String {
    var result: [UInt8] = []
    var pending: [UInt8] = []
    func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case 48...57: byte - 48
      case 65...70: byte - 55
      case 97...102: byte - 87
      default: nil
      }
    }
    for byte in bytes {
      if pending.isEmpty {
        if byte == UInt8(ascii: "%") {
          pending = [byte]
        } else {
          result.append(plus && byte == UInt8(ascii: "+") ? 32 : byte)
        }
        continue
      }
      pending.append(byte)
      guard digit(byte) != nil else {
        result += pending
        pending = []
        continue
      }
      if pending.count == 3, let high = digit(pending[1]), let low = digit(pending[2]) {
        result.append(high << 4 | low)
        pending = []
      }
    }
    return String(decoding: result + pending, as: UTF8.self)
  }
}
