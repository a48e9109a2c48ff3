import Base
import Ledger

/// A book of attribution as bytes, so that it outlives the process. docs/formats/evidence.md describes them.
extension Attribution {
  /// The same book for the same contents.
  public var bytes: [UInt8] {
    var writer = ByteWriter()
    var used: [Int32: UInt64] = [:]
    var texts: [String] = []
    func number(_ text: Int32) -> UInt64 {
      if let known = used[text] { return known }
      used[text] = UInt64(texts.count)
      texts.append(self.texts[Int(text)])
      return UInt64(texts.count - 1)
    }
    var body = ByteWriter()
    let slis = books.keys.sorted()
    body.varint(UInt64(slis.count))
    for sli in slis {
      let hours = books[sli] ?? []
      body.text(sli)
      body.varint(UInt64(hours.count))
      for hour in hours {
        body.signed(hour.hour)
        body.double(hour.bad)
        body.varint(UInt64(hour.labels.count))
        for (label, cells) in hour.labels {
          body.varint(number(label))
          body.varint(UInt64(cells.count))
          for cell in cells {
            body.varint(number(cell.value))
            body.double(cell.bad)
            body.double(cell.error)
          }
        }
      }
    }
    // Only texts that are still used: the book itself never forgets one.
    writer.varint(UInt64(texts.count))
    for text in texts { writer.text(text) }
    writer.raw(body.bytes)
    return writer.bytes
  }

  /// Restores what `bytes` gave; `nil` for anything else. Bounds hold whatever the bytes say.
  public init?(bytes: [UInt8], limits: Limits = Limits()) {
    self.init(limits: limits)
    var reader = ByteReader(bytes)
    guard let count = reader.count() else { return nil }
    var numbers: [Int32] = []
    for _ in 0..<count {
      guard let text = reader.text() else { return nil }
      numbers.append(number(of: text))
    }
    guard let slis = reader.count(ofAtLeast: 2) else { return nil }
    for _ in 0..<slis {
      guard let sli = reader.text(), let count = reader.count(ofAtLeast: 10) else { return nil }
      var hours: [Hour] = []
      for _ in 0..<count {
        guard let hour = Self.hour(&reader, numbers, limits), hours.last.map({ $0.hour < hour.hour }) ?? true else {
          return nil
        }
        hours.append(hour)
      }
      let newest = hours.last?.hour ?? 0
      hours.removeAll { newest - $0.hour >= limits.hours }
      cells += hours.reduce(0) { $0 + $1.count }
      books[sli] = hours
      while cells > limits.cells { dropOldest() }
    }
    guard reader.isAtEnd else { return nil }
  }

  private static func hour(_ reader: inout ByteReader, _ texts: [Int32], _ limits: Limits) -> Hour? {
    func text() -> Int32? {
      guard let number = reader.varint(), number < UInt64(texts.count) else { return nil }
      return texts[Int(number)]
    }
    guard let number = reader.signed(), number.magnitude < 1 << 40, let bad = reader.double(), bad.isFinite,
      let labels = reader.count(ofAtLeast: 2), labels <= 1_000
    else { return nil }
    var hour = Hour(hour: number, bad: bad)
    for _ in 0..<labels {
      guard let label = text(), let count = reader.count(ofAtLeast: 17) else { return nil }
      var cells: [Cell] = []
      for _ in 0..<count {
        guard let value = text(), let bad = reader.double(), let error = reader.double(), bad.isFinite, error.isFinite
        else { return nil }
        cells.append(Cell(value: value, bad: bad, error: error))
      }
      if cells.count > limits.values { cells = Array(cells.sorted { $0.bad > $1.bad }.prefix(limits.values)) }
      hour.labels.append((label, cells))
    }
    return hour
  }
}
