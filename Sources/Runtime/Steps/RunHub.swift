import Base
import Synchronization

/// One performance of a step of a run.
public struct StepKey: Hashable, Sendable {
  public var run: ULID
  public var index: Int
  /// Counted from 1.
  public var attempt: Int
  public var undo: Bool

  public init(run: ULID, index: Int, attempt: Int, undo: Bool) {
    self.run = run
    self.index = index
    self.attempt = attempt
    self.undo = undo
  }

  /// `RUN/INDEX/ATTEMPT` or `RUN/INDEX/undo/ATTEMPT`.
  public var text: String { "\(run)/\(index)\(undo ? "/undo" : "")/\(attempt)" }
}

/// The output of steps under way, for any number of readers. Who comes late gets what is there so far first.
public final class RunHub: Sendable {
  /// Outputs that have ended stay until their run's events are read, this many at most.
  static let endedMax = 256

  private struct State {
    var outputs: [StepKey: StepOutput] = [:]
    var ended: [StepKey] = []
  }

  private let state = Mutex(State())

  public init() {}

  /// The output of a step that begins.
  ///
  /// - Parameter secrets: hidden in all that is handed on.
  func open(_ key: StepKey, secrets: [String]) -> StepOutput {
    let output = StepOutput(secrets: secrets)
    state.withLock { state in
      state.outputs[key] = output
      state.ended.removeAll { $0 == key }
    }
    return output
  }

  /// What came is all. It is still here for those who read it, until many others have ended.
  func end(_ key: StepKey) {
    state.withLock { state in
      state.outputs[key]?.end()
      state.ended.append(key)
      if state.ended.count > Self.endedMax { state.outputs[state.ended.removeFirst()] = nil }
    }
  }

  /// The output from its beginning, then each piece as it comes, until the step ends: UTF-8 text without secrets or
  /// control characters. A reader that is too slow misses what is kept no more, and is told how much that was. Ends at
  /// once where no such step is under way or has just ended.
  public func follow(_ key: StepKey) -> AsyncStream<[UInt8]> {
    guard let output = state.withLock({ $0.outputs[key] }) else { return AsyncStream { $0.finish() } }
    return output.follow()
  }
}

/// What one step prints: taken from its pipe, without its secrets.
final class StepOutput: Sendable {
  private struct State {
    var masker: SecretMasker
    var buffer = OutputBuffer()
    var hasEnded = false
    var readers: [Int: AsyncStream<Void>.Continuation] = [:]
    var nextReader = 0
  }

  private static let pieceMax = 64 << 10
  private let patterns: [[UInt8]]
  private let state: Mutex<State>

  init(secrets: [String]) {
    patterns = SecretPatterns.patterns(of: secrets)
    state = Mutex(State(masker: SecretMasker(patterns)))
  }

  func take(_ bytes: UnsafeRawBufferPointer) {
    let readers = state.withLock { state in
      var buffer = state.buffer
      state.buffer = OutputBuffer()
      state.masker.mask(bytes) { buffer.append($0) }
      state.buffer = buffer
      return Array(state.readers.values)
    }
    readers.forEach { $0.yield() }
  }

  /// A line of the runner's own, or a body that came another way.
  func take(_ text: String) {
    var text = text
    text.withUTF8 { take(UnsafeRawBufferPointer($0)) }
  }

  func end() {
    let readers = state.withLock { state in
      guard !state.hasEnded else { return [AsyncStream<Void>.Continuation]() }
      var buffer = state.buffer
      state.buffer = OutputBuffer()
      state.masker.finish { buffer.append($0) }
      state.buffer = buffer
      state.hasEnded = true
      defer { state.readers = [:] }
      return Array(state.readers.values)
    }
    for reader in readers {
      reader.yield()
      reader.finish()
    }
  }

  /// One line of a person's, such as an error, without the secrets.
  func masked(_ text: String) -> String {
    var masker = SecretMasker(patterns)
    var bytes: [UInt8] = []
    Array(text.utf8).withUnsafeBytes { masker.mask($0) { bytes += $0 } }
    masker.finish { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is kept of it, as text that is harmless to show, and how many bytes came in all.
  var kept: (bytes: [UInt8], total: Int) {
    let buffer = state.withLock(\.buffer)
    var cleaner = TextCleaner()
    var bytes: [UInt8] = []
    var offset = 0
    while true {
      let piece = buffer.piece(from: offset, limit: Self.pieceMax)
      if piece.skipped > 0 {
        bytes += cleaner.clean([], last: true) + OutputBuffer.gap(piece.skipped)
        cleaner = TextCleaner()
      }
      bytes += cleaner.clean(piece.bytes)
      offset = piece.next
      if offset == buffer.total { break }
    }
    return (bytes + cleaner.clean([], last: true), buffer.total)
  }

  func follow() -> AsyncStream<[UInt8]> {
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state -> Int? in
      guard !state.hasEnded else { return nil }
      state.nextReader += 1
      state.readers[state.nextReader] = continuation
      return state.nextReader
    }
    if id == nil { continuation.finish() }
    let reader = Reader(output: self, signals: signals)
    return AsyncStream {
      await reader.next()
    } onCancel: { [weak self] in
      continuation.finish()
      if let id { self?.state.withLock { _ = $0.readers.removeValue(forKey: id) } }
    }
  }

  /// Where one reader is.
  private final class Reader: Sendable {
    private struct Place {
      var offset = 0
      var cleaner = TextCleaner()
      var isOver = false
    }

    private let output: StepOutput
    private let signals: AsyncStream<Void>
    private let place = Mutex(Place())

    init(output: StepOutput, signals: AsyncStream<Void>) {
      self.output = output
      self.signals = signals
    }

    func next() async -> [UInt8]? {
      while true {
        let (piece, isOver) = take()
        if !piece.isEmpty { return piece }
        if isOver { return nil }
        var iterator = signals.makeAsyncIterator()
        let isNews = await iterator.next() != nil
        // After the last signal there may be a last piece.
        if !isNews, Task.isCancelled { return nil }
      }
    }

    private func take() -> (piece: [UInt8], isOver: Bool) {
      let place = self.place.withLock { $0 }
      if place.isOver { return ([], true) }
      let (piece, isLast) = output.state.withLock { state in
        let piece = state.buffer.piece(from: place.offset, limit: StepOutput.pieceMax)
        return (piece, state.hasEnded && piece.next == state.buffer.total)
      }
      return self.place.withLock { place in
        var bytes: [UInt8] = []
        if piece.skipped > 0 {
          bytes += place.cleaner.clean([], last: true) + OutputBuffer.gap(piece.skipped)
          place.cleaner = TextCleaner()
        }
        bytes += place.cleaner.clean(piece.bytes, last: isLast)
        place.offset = piece.next
        place.isOver = isLast
        return (bytes, isLast)
      }
    }
  }
}
