/// One event of a stream of server-sent events (HTML Living Standard, section 9.2).
public struct ServerSentEvent: Sendable, Hashable {
  /// The last id the stream has named; what a reader gives as `Last-Event-ID` when it comes back.
  public var id: String?
  /// `message` where the stream names none.
  public var event: String
  public var data: String
}

/// Puts lines together to events.
struct ServerSentEventParser: Sendable {
  private var id: String?
  private var event = ""
  private var data: [String] = []

  /// The event that this line completes.
  mutating func take(_ line: String) -> ServerSentEvent? {
    guard !line.isEmpty else {
      defer {
        event = ""
        data = []
      }
      return data.isEmpty
        ? nil : ServerSentEvent(id: id, event: event.isEmpty ? "message" : event, data: data.joined(separator: "\n"))
    }
    let field = line.prefix { $0 != ":" }
    var value = line.dropFirst(field.count + 1)
    if value.first == " " { value = value.dropFirst() }
    switch field {
    case "id": id = String(value)
    case "event": event = String(value)
    case "data": data.append(String(value))
    default: break
    }
    return nil
  }
}

/// The events of a stream as they arrive; ends when the server ends it.
public struct ServerSentEvents: AsyncSequence, Sendable {
  public typealias Element = ServerSentEvent

  let lines: LineSequence

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lines: lines.makeAsyncIterator()) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    var lines: LineSequence.AsyncIterator
    var parser = ServerSentEventParser()

    public mutating func next() async throws -> ServerSentEvent? {
      while let line = try await lines.next() {
        if let event = parser.take(line) { return event }
      }
      return nil
    }
  }
}
