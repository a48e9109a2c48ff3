/// Answers of OTLP/HTTP in the encoding of the request (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response").
public enum OTLPReply {
  public enum Encoding: Hashable, Sendable {
    case protobuf
    case json

    /// The encoding that a `Content-Type` names, `nil` for another.
    public init?(contentType: String) {
      switch contentType.prefix(while: { $0 != ";" }).filter({ $0 != " " }).lowercased() {
      case "application/x-protobuf": self = .protobuf
      case "application/json": self = .json
      default: return nil
      }
    }

    public var contentType: String { self == .protobuf ? "application/x-protobuf" : "application/json" }
  }

  /// The codes of google.rpc.Code that are used here.
  public enum Code: Int64, Sendable {
    case invalidArgument = 3
    case permissionDenied = 7
    case resourceExhausted = 8
    case internalError = 13
    case unavailable = 14
    case unauthenticated = 16

    /// The code that goes with a status of HTTP.
    public init(status: Int) {
      switch status {
      case 401: self = .unauthenticated
      case 403: self = .permissionDenied
      case 429: self = .resourceExhausted
      case 502, 503, 504: self = .unavailable
      case 400..<500: self = .invalidArgument
      default: self = .internalError
      }
    }
  }

  /// `Export…ServiceResponse`, whose fields are the same for each signal but for the JSON name of the count.
  ///
  /// - Parameter rejected: points, spans or records that were not taken.
  /// - Parameter message: why; also a warning where nothing was rejected. Empty with 0 leaves partial success out.
  public static func success(
    _ encoding: Encoding, rejected: Int, countName: StaticString, message: String
  ) -> [UInt8] {
    let isWhole = rejected == 0 && message.isEmpty
    switch encoding {
    case .protobuf:
      guard !isWhole else { return [] }
      var partial = ProtobufWriter()
      if rejected > 0 { partial.integer(1, Int64(rejected)) }
      partial.bytes(2, Array(message.utf8))
      var response = ProtobufWriter()
      response.bytes(1, partial.bytes)
      return response.bytes
    case .json:
      guard !isWhole else { return Array("{}".utf8) }
      return Array(
        "{\"partialSuccess\":{\"\(countName)\":\"\(rejected)\",\"errorMessage\":\(OTLPValue.quoted(message))}}".utf8)
    }
  }

  /// `google.rpc.Status`.
  public static func status(_ encoding: Encoding, _ code: Code, _ message: String) -> [UInt8] {
    switch encoding {
    case .protobuf:
      var status = ProtobufWriter()
      status.integer(1, code.rawValue)
      status.bytes(2, Array(message.utf8))
      return status.bytes
    case .json: return Array("{\"code\":\(code.rawValue),\"message\":\(OTLPValue.quoted(message))}".utf8)
    }
  }

}
