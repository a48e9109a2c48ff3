import Base
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
  static func text(_ text: String, _ type: String, status: Int = 200, headers: [(String, String)] = []) -> Response {
    var fields = HTTPFields()
    fields[.contentType] = type
    fields[.cacheControl] = "no-store"
    for (name, value) in headers {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return Response(
      status: HTTPResponse.Status(code: status), headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  static func json(_ json: JSON, status: Int = 200) -> Response {
    text(json.text + "\n", "application/json", status: status)
  }

  /// A problem document (RFC 9457).
  static func problem(_ status: Int, _ title: String) -> Response {
    let document: JSON = ["title": .string(title), "status": .int(Int64(status))]
    return text(document.text + "\n", "application/problem+json", status: status)
  }
}

/// Refuses what a page of another site sends through somebody's browser: the demo listens where browsers are.
func isCrossSite(_ request: Request) -> Bool {
  guard let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] else { return false }
  return site == "cross-site" || site == "same-site"
}
