import Base

extension Series {
  /// `places` are the SLIs' places in the snapshot.
  func write(to writer: inout ByteWriter, _ places: [Int: Int]) {
    writer.varint(UInt64(key.count))
    writer.raw(key)
    writer.byte(kind.rawValue << 1 | (truncated ? 1 : 0))
    let targets = targets.filter { places[Int($0.sli)] != nil }
    writer.varint(UInt64(targets.count))
    for target in targets { target.write(to: &writer, place: places[Int(target.sli)]!) }
    writer.instant(lastHeard == .min ? nil : Instant(nanoseconds: lastHeard))
    writer.varint(UInt64(count))
    var before: Int64 = 0
    for place in 0..<count {
      let point = self[place]
      writer.signed(point.time &- before)
      writer.double(point.value)
      writer.byte(point.created == .min ? 0 : point.isInferred ? 2 : 1)
      if point.created != .min { writer.signed(point.created) }
      before = point.time
    }
  }

  init?(_ reader: inout ByteReader, slis: Int) {
    guard let length = reader.count(), let key = reader.raw(length), let flags = reader.byte(),
      let kind = SampleKind(rawValue: flags >> 1), let targets = reader.count(ofAtLeast: 2)
    else { return nil }
    self.init(key: Array(key), targets: [], kind: kind)
    for _ in 0..<targets {
      guard let target = Target(&reader, slis: slis) else { return nil }
      self.targets.append(target)
    }
    guard let heard = reader.instant() else { return nil }
    if let heard { self.heard(heard.nanoseconds) }
    guard readPoints(&reader), newest != nil else { return nil }
    truncated = flags & 1 == 1
  }

  init?(version1 reader: inout ByteReader, slis: Int) {
    guard let length = reader.count(), let key = reader.raw(length), let flags = reader.byte(),
      let targets = reader.count(ofAtLeast: 2)
    else { return nil }
    self.init(key: Array(key), targets: [])
    for _ in 0..<targets {
      guard let place = reader.varint(), place < UInt64(slis), let side = reader.byte().flatMap(SLISide.init) else {
        return nil
      }
      self.targets.append(Target(sli: Int32(place), side: side, weight: 1, reading: .increase))
    }
    guard readPoints(&reader), count > 0 else { return nil }
    truncated = flags == 1
  }

  private mutating func readPoints(_ reader: inout ByteReader) -> Bool {
    guard let points = reader.count(ofAtLeast: 10) else { return false }
    var time: Int64 = 0
    for index in 0..<points {
      guard let step = reader.signed(), let value = reader.double(), value.isFinite,
        let birth = reader.byte(), birth <= 2
      else { return false }
      time = time &+ step
      guard Ledger.isSane(time), index == 0 || time > self.time(index - 1) else { return false }
      var point = Point(time: time, value: value, created: .min, isInferred: birth == 2)
      if birth > 0 {
        guard let created = reader.signed() else { return false }
        point.created = created
      }
      insert(point, at: index)
    }
    return true
  }
}

extension Series.Target {
  func write(to writer: inout ByteWriter, place: Int) {
    writer.varint(UInt64(place))
    let number: UInt8 =
      switch reading {
      case .increase: 0
      case .value: 1
      case .samples: 2
      case .samplesWhere: 3
      case .share: 4
      }
    // The side in the low bits, then whether the weight is another than 1, then the reading.
    writer.byte(side.rawValue | (weight == 1 ? 0 : 4) | number << 3)
    if weight != 1 { writer.double(weight) }
    if case .samplesWhere(let comparison, let threshold) = reading {
      writer.byte(comparison.rawValue)
      writer.double(threshold)
    }
  }

  init?(_ reader: inout ByteReader, slis: Int) {
    guard let place = reader.varint(), place < UInt64(slis), let flags = reader.byte(),
      let side = SLISide(rawValue: flags & 3)
    else { return nil }
    self.init(sli: Int32(place), side: side, weight: 1, reading: .increase)
    if flags & 4 != 0 {
      guard let value = reader.double(), value.isFinite, value.magnitude <= Ledger.largest else { return nil }
      weight = value
    }
    switch flags >> 3 {
    case 0: break
    case 1: reading = .value
    case 2: reading = .samples
    case 3:
      guard let comparison = reader.byte().flatMap(Comparison.init), let threshold = reader.double() else {
        return nil
      }
      reading = .samplesWhere(comparison, threshold)
    case 4: reading = .share
    default: return nil
    }
  }
}
