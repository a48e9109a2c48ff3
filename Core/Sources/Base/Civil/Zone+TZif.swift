extension Zone {
  /// Reads a TZif file (RFC 9636, versions 1 to 4).
  ///
  /// - Throws: `ZoneError` where the bytes are not one, or count leap seconds as the files under `right/` do.
  public init(name: String, tzif bytes: [UInt8]) throws(ZoneError) {
    var reader = TZifReader(zone: name, bytes: bytes)
    self = try reader.read()
  }
}

private struct TZifReader {
  struct Header {
    var version: UInt8
    var utcIndicators, standardIndicators, leapSeconds, transitions, types, characters: Int

    /// The length of the data that the header announces.
    func length(timeSize: Int) -> Int {
      transitions * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardIndicators
        + utcIndicators
    }
  }

  let zone: String
  let bytes: [UInt8]
  var index = 0

  init(zone: String, bytes: [UInt8]) {
    self.zone = zone
    self.bytes = bytes
  }

  /// tzdata's largest file has 4 KiB.
  static let bytesMax = 1 << 20

  mutating func read() throws(ZoneError) -> Zone {
    guard bytes.count <= Self.bytesMax else { throw malformed("larger than \(Self.bytesMax) bytes") }
    var header = try readHeader()
    var timeSize = 4
    if header.version >= UInt8(ascii: "2") {
      // The first block repeats the data in 32 bits for readers of 2005 and before.
      try need(header.length(timeSize: 4))
      index += header.length(timeSize: 4)
      header = try readHeader()
      timeSize = 8
    }
    try need(header.length(timeSize: timeSize))
    let times = try readTimes(header, size: timeSize)
    let typeIndices = bytes[index..<(index + header.transitions)].map(Int.init)
    index += header.transitions
    let offsets = try readOffsets(header)
    guard header.leapSeconds == 0 else { throw malformed("it counts leap seconds") }
    index += header.standardIndicators + header.utcIndicators
    guard typeIndices.allSatisfy(offsets.indices.contains) else { throw malformed("a transition has no type") }
    let transitions = zip(times, typeIndices).map { Zone.Transition(time: $0, offset: offsets[$1]) }
    let rule = timeSize == 8 ? try readFooter() : nil
    return Zone(name: zone, initial: offsets[0], transitions: transitions, rule: rule)
  }

  private mutating func readHeader() throws(ZoneError) -> Header {
    try need(44)
    guard bytes[index..<(index + 4)].elementsEqual("TZif".utf8) else { throw malformed("not a TZif file") }
    let version = bytes[index + 4]
    guard version == 0 || version >= UInt8(ascii: "2") else { throw malformed("of unknown version \(version)") }
    index += 20
    let counts = (0..<6).map { _ in readInteger(4) & 0xFFFF_FFFF }
    let header = Header(
      version: version, utcIndicators: counts[0], standardIndicators: counts[1], leapSeconds: counts[2],
      transitions: counts[3], types: counts[4], characters: counts[5])
    guard header.types > 0, header.types <= 256, header.characters > 0 else { throw malformed("it has no local time") }
    guard [0, header.types].contains(header.utcIndicators), [0, header.types].contains(header.standardIndicators) else {
      throw malformed("its counts contradict each other")
    }
    return header
  }

  private mutating func readTimes(_ header: Header, size: Int) throws(ZoneError) -> [Int] {
    var times: [Int] = []
    times.reserveCapacity(header.transitions)
    for _ in 0..<header.transitions {
      let time = readInteger(size)
      // 2^59 seconds is beyond the age of the universe; the bound keeps sums within 64 bits.
      guard time.magnitude <= 1 << 59 else { throw malformed("a transition is out of range") }
      if let last = times.last, last >= time { throw malformed("its transitions are not in order") }
      times.append(time)
    }
    return times
  }

  private mutating func readOffsets(_ header: Header) throws(ZoneError) -> [Zone.Offset] {
    var raw: [(seconds: Int, isDST: UInt8, name: Int)] = []
    for _ in 0..<header.types {
      let seconds = readInteger(4)
      raw.append((seconds, bytes[index], Int(bytes[index + 1])))
      index += 2
    }
    let names = bytes[index..<(index + header.characters)]
    index += header.characters
    var offsets: [Zone.Offset] = []
    for type in raw {
      guard type.seconds > -Zone.offsetMax, type.seconds < Zone.offsetMax, type.isDST <= 1 else {
        throw malformed("a local time is out of range")
      }
      let tail = names.dropFirst(type.name)
      guard let end = tail.firstIndex(of: 0), tail[..<end].allSatisfy({ (0x20..<0x7F).contains($0) }) else {
        throw malformed("an abbreviation has no end")
      }
      let name = String(decoding: tail[..<end], as: UTF8.self)
      offsets.append(Zone.Offset(seconds: type.seconds, abbreviation: name, isDST: type.isDST == 1))
    }
    return offsets
  }

  /// The line after the data: a rule in POSIX form, or nothing.
  private mutating func readFooter() throws(ZoneError) -> ZoneRule? {
    try need(1)
    guard bytes[index] == 0x0A, let end = bytes[(index + 1)...].firstIndex(of: 0x0A) else {
      throw malformed("its footer is cut short")
    }
    let text = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
    if text.isEmpty { return nil }
    guard let rule = ZoneRule(posix: text) else { throw malformed("its footer '\(text)' is no rule") }
    return rule
  }

  private func need(_ count: Int) throws(ZoneError) {
    if bytes.count - index < count { throw malformed("cut short") }
  }

  /// A big-endian signed integer of 4 or 8 bytes.
  private mutating func readInteger(_ size: Int) -> Int {
    var value: UInt64 = 0
    for byte in bytes[index..<(index + size)] { value = value << 8 | UInt64(byte) }
    index += size
    return size == 4 ? Int(Int32(truncatingIfNeeded: value)) : Int(Int64(bitPattern: value))
  }

  private func malformed(_ what: String) -> ZoneError {
    let remedy =
      what.contains("leap")
      ? "use the zone of the same name outside 'right/'" : "reinstall tzdata, or look whether the file is another one"
    return ZoneError(zone: zone, problem: "its file cannot be read: \(what)", remedy: remedy)
  }
}
