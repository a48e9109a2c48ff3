import AsyncHTTPClient
import Base
import NIOCore

/// The lines of a body as they arrive, without their ends (LF or CR LF). A last line without an end counts.
///
/// Nothing runs ahead of the reader, and dropping the iterator closes the connection.
public struct LineSequence: AsyncSequence, Sendable {
  public typealias Element = String

  let body: HTTPClientResponse.Body
  let label: String
  /// Bytes; a longer line ends the sequence with an error.
  let maxLineBytes: Int

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(chunks: body.makeAsyncIterator(), label: label, splitter: LineSplitter(limit: maxLineBytes))
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    var chunks: HTTPClientResponse.Body.AsyncIterator
    let label: String
    var splitter: LineSplitter
    var ended = false

    public mutating func next() async throws -> String? {
      while true {
        do {
          if let line = try splitter.next() { return line }
        } catch {
          throw OutboundError(.tooLarge, "\(label): a line is longer than \(splitter.limit) bytes")
        }
        if ended { return splitter.rest() }
        do {
          guard let chunk = try await chunks.next() else {
            ended = true
            continue
          }
          splitter.append(chunk.readableBytesView)
        } catch is CancellationError {
          throw OutboundError(.cancelled, "\(label): the call was cancelled")
        } catch {
          throw OutboundError(.broken, "\(label): the connection was closed")
        }
      }
    }
  }
}

/// Cuts bytes into lines, with a bound on their length.
struct LineSplitter: Sendable {
  struct TooLong: Error {}

  let limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  /// Up to here there is no line end.
  private var searched = 0

  init(limit: Int) { self.limit = limit }

  /// Whether every byte has been given out.
  var isEmpty: Bool { start == buffer.count }

  mutating func append(_ bytes: some Sequence<UInt8>) {
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next complete line, or `nil` when more bytes are needed.
  mutating func next() throws(TooLong) -> String? {
    guard let end = buffer[searched...].firstIndex(of: 10) else {
      searched = buffer.count
      if buffer.count - start > limit { throw TooLong() }
      return nil
    }
    guard end - start <= limit else { throw TooLong() }
    let line = take(upTo: end)
    start = end + 1
    searched = start
    return line
  }

  /// What stands after the last line end, once; `nil` when nothing does.
  mutating func rest() -> String? {
    guard start < buffer.count else { return nil }
    let line = take(upTo: buffer.count)
    buffer = []
    start = 0
    searched = 0
    return line
  }

  private func take(upTo end: Int) -> String {
    let last = end > start && buffer[end - 1] == 13 ? end - 1 : end
    return String(decoding: buffer[start..<last], as: UTF8.self)
  }
}
