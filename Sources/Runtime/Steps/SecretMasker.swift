import CProcess

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Replaces secrets by `***` in a stream of bytes, wherever the stream is cut. Overlapping secrets are hidden together.
struct SecretMasker: Sendable {
  static let mask = Array("***".utf8)
  /// The beginning of a secret at the very end, where a program was stopped while printing it.
  private static let beginningMin = 4

  private let patterns: [[UInt8]]
  /// Held back: the beginning of what may become a secret.
  private var held: [UInt8] = []
  /// How much at the beginning of `held` belongs to a secret that is hidden already.
  private var covered = 0

  init(_ patterns: [[UInt8]]) { self.patterns = patterns }

  /// Hands on what can be handed on.
  mutating func mask(_ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) -> Void) {
    guard !patterns.isEmpty else { return sink(bytes) }
    if held.isEmpty {
      work(bytes, isLast: false, into: sink)
    } else {
      let joined = held + bytes
      joined.withUnsafeBytes { work($0, isLast: false, into: sink) }
    }
  }

  /// Hands on the rest.
  mutating func finish(into sink: (UnsafeRawBufferPointer) -> Void) {
    guard !held.isEmpty else { return }
    let rest = held
    rest.withUnsafeBytes { work($0, isLast: true, into: sink) }
  }

  private mutating func work(
    _ bytes: UnsafeRawBufferPointer, isLast: Bool, into sink: (UnsafeRawBufferPointer) -> Void
  ) {
    let begun = beginning(in: bytes)
    // What starts at `limit` or after waits for what follows.
    let limit = isLast ? bytes.count : begun
    // Up to here everything has been handed on or hidden.
    var done = covered
    var next = patterns.map { find($0, in: bytes, from: 0) }
    while let start = next.min(), start < limit {
      var end = start
      for (index, pattern) in patterns.enumerated() where next[index] == start {
        end = max(end, start + pattern.count)
        next[index] = find(pattern, in: bytes, from: start + 1)
      }
      if start >= done {
        emit(bytes, done..<start, sink)
        Self.mask.withUnsafeBytes(sink)
      }
      done = max(done, end)
    }
    held = Array(bytes[limit...])
    covered = max(0, done - limit)
    guard isLast, bytes.count - begun >= Self.beginningMin else {
      if done < limit { emit(bytes, done..<limit, sink) }
      return
    }
    guard done <= begun else { return }
    emit(bytes, done..<begun, sink)
    Self.mask.withUnsafeBytes(sink)
  }

  private func emit(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ sink: (UnsafeRawBufferPointer) -> Void
  ) {
    if !range.isEmpty { sink(UnsafeRawBufferPointer(rebasing: bytes[range])) }
  }

  private func find(_ pattern: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = bytes.baseAddress, start + pattern.count <= bytes.count else { return .max }
    let found = pattern.withUnsafeBytes {
      cprocess_find(base + start, bytes.count - start, $0.baseAddress, $0.count)
    }
    return found.map { $0 - base } ?? .max
  }

  /// Where the longest end of the bytes starts that begins a secret and is not all of it.
  private func beginning(in bytes: UnsafeRawBufferPointer) -> Int {
    var earliest = bytes.count
    guard let base = bytes.baseAddress else { return earliest }
    for pattern in patterns {
      var start = max(0, bytes.count - pattern.count + 1)
      while start < earliest, let found = memchr(base + start, CInt(pattern[0]), earliest - start) {
        start = UnsafeRawPointer(found) - base
        if pattern.withUnsafeBytes({ memcmp(base + start, $0.baseAddress!, bytes.count - start) }) == 0 {
          earliest = start
        } else {
          start += 1
        }
      }
    }
    return earliest
  }
}
