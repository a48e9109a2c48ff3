import AsyncHTTPClient
import Base
import NIOCore
import NIOHTTP1

extension HTTPOut {
  /// An answer whose body is read as it arrives. It holds a connection until the body is read or dropped.
  struct Stream: Sendable {
    var status: Int
    var headers: [Header]
    let body: HTTPClientResponse.Body
    let label: String

    func lines(maxLineBytes: Int) -> LineSequence {
      LineSequence(body: body, label: label, maxLineBytes: maxLineBytes)
    }

    /// The whole body; an error where it is larger than the limit.
    func collect(limit: Int) async throws -> [UInt8] {
      Array(try await body.collect(upTo: limit).readableBytesView)
    }
  }

  /// Makes the call and returns with the head of the answer. The timeout is for that head: a stream has no end.
  func stream(_ request: Request) async throws(OutboundError) -> Stream {
    let label = try Self.label(of: request)
    do {
      var outgoing = HTTPClientRequest(url: request.url)
      outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
      outgoing.headers = headers(of: request)
      if let body = request.body { outgoing.body = .bytes(ByteBuffer(bytes: body)) }
      let answer = try await client.execute(
        outgoing, timeout: (request.timeout ?? configuration.timeout).timeAmount)
      return Stream(
        status: Int(answer.status.code), headers: answer.headers.map { Header($0.name, $0.value) }, body: answer.body,
        label: label.text)
    } catch {
      throw Self.explain(error, label: label.text, request: request, configuration: configuration)
    }
  }
}
