/// A message as DATA wants it (RFC 5321, section 4.5.2).
enum DotStuffing {
  /// Every line ends with CR LF, whatever it ended with; a line that begins with a dot gets a second one; the line
  /// with the single dot closes it. Bare CR and LF would let a message end early at servers that take them for line
  /// ends.
  static func encode(_ message: [UInt8]) -> [UInt8] {
    let (cr, lf, dot) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: "."))
    var result: [UInt8] = []
    result.reserveCapacity(message.count + 64)
    var atStart = true
    var index = 0
    while index < message.count {
      let byte = message[index]
      index += 1
      if byte == cr || byte == lf {
        if byte == cr, index < message.count, message[index] == lf { index += 1 }
        result += [cr, lf]
        atStart = true
        continue
      }
      if atStart, byte == dot { result.append(dot) }
      result.append(byte)
      atStart = false
    }
    if !atStart { result += [cr, lf] }
    result += [dot, cr, lf]
    return result
  }
}
