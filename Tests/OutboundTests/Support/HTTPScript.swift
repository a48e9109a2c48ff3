import Synchronization

struct SeenRequest: Sendable {
  var line: String
  var headers: [(name: String, value: String)]
  var body: [UInt8]

  func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
  var text: String { String(decoding: body, as: UTF8.self) }
}

/// Keeps what a server saw.
final class Seen<Element: Sendable>: Sendable {
  private let storage = Mutex<[Element]>([])

  func add(_ element: Element) { storage.withLock { $0.append(element) } }
  var all: [Element] { storage.withLock { $0 } }
}

extension Connection {
  func request() async throws -> SeenRequest? {
    guard let first = try await line() else { return nil }
    var headers: [(name: String, value: String)] = []
    while let line = try await line(), !line.isEmpty {
      let name = line.prefix { $0 != ":" }
      headers.append((String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " })))
    }
    var seen = SeenRequest(line: first, headers: headers, body: [])
    if let length = seen.header("content-length").flatMap({ Int($0) }) { seen.body = try await bytes(length) }
    return seen
  }
}

/// A whole answer with its length.
func answer(_ status: String, _ headers: [String] = [], _ body: [UInt8] = []) -> [UInt8] {
  let head = (["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers).joined(separator: "\r\n")
  return Array((head + "\r\n\r\n").utf8) + body
}

func answer(_ status: String, _ headers: [String] = [], _ body: String) -> [UInt8] {
  answer(status, headers, Array(body.utf8))
}

/// A server that gives each request to `reply` and writes what that returns.
func withHTTP<Result>(
  _ reply: @escaping @Sendable (SeenRequest) async throws -> [UInt8], _ body: (Int) async throws -> Result
) async throws -> Result {
  try await withServer({ connection in
    while let request = try await connection.request() { try await connection.write(reply(request)) }
  }) { port in try await body(port) }
}
