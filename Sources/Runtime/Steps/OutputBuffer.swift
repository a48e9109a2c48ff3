/// What a step prints, bounded: its beginning, its end, and a count of what lay between.
struct OutputBuffer: Sendable {
  static let headMax = 64 << 10
  static let tailMax = 192 << 10

  private var head: [UInt8] = []
  /// A ring once it is full; `next` is where its oldest byte stands then.
  private var tail: [UInt8] = []
  private var next = 0
  /// Bytes that came, kept or not.
  private(set) var total = 0

  /// Bytes that are kept nowhere any more.
  var leftOut: Int { total - head.count - tail.count }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    total += bytes.count
    let first = min(bytes.count, Self.headMax - head.count)
    if first > 0 { head.append(contentsOf: bytes[..<first]) }
    guard first < bytes.count else { return }
    // Only the last of a long piece can be kept.
    var rest = UnsafeRawBufferPointer(rebasing: bytes[first...].suffix(Self.tailMax))
    if tail.count < Self.tailMax {
      let count = min(rest.count, Self.tailMax - tail.count)
      tail.append(contentsOf: rest[..<count])
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    while !rest.isEmpty {
      let count = min(rest.count, Self.tailMax - next)
      tail.withUnsafeMutableBytes { ring in
        UnsafeMutableRawBufferPointer(rebasing: ring[next..<next + count]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
      }
      next = (next + count) % Self.tailMax
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// A piece for somebody who has read up to `offset` of all that came.
  ///
  /// - Returns: the piece, how many bytes before it are kept no more, and the offset to go on from.
  func piece(from offset: Int, limit: Int) -> (bytes: [UInt8], skipped: Int, next: Int) {
    if offset < head.count {
      let end = min(head.count, offset + limit)
      return (Array(head[offset..<end]), 0, end)
    }
    let start = total - tail.count
    let from = max(offset, start)
    let count = min(limit, total - from)
    return (inOrder(from - start, count), from - offset, from + count)
  }

  private func inOrder(_ start: Int, _ count: Int) -> [UInt8] {
    let first = (next + start) % max(tail.count, 1)
    let straight = min(count, tail.count - first)
    return Array(tail[first..<first + straight]) + tail[..<(count - straight)]
  }

  /// The line that stands for bytes that are not kept.
  static func gap(_ count: Int) -> [UInt8] { Array("\n[… \(count) bytes left out …]\n".utf8) }
}
