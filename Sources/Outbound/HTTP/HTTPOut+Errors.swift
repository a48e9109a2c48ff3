import AsyncHTTPClient
import Base
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension HTTPOut {
  /// What happened, in our words: the libraries' own texts name types and codes, and some hold the whole URL.
  static func explain(
    _ error: any Error, label: String, request: Request, configuration: Configuration
  ) -> OutboundError {
    switch error {
    case let error as OutboundError: error
    case is CancellationError: OutboundError(.cancelled, "\(label): the call was cancelled")
    case let error as HTTPClientError: explain(error, label: label, request: request, configuration: configuration)
    case is ResponseAccumulator.ResponseTooBigError:
      OutboundError(
        .tooLarge,
        "\(label): the answer is larger than \(request.maxResponseBytes ?? configuration.maxResponseBytes) bytes")
    default: explain(connection: error, label: label, timeout: configuration.connectTimeout)
    }
  }

  private static func explain(
    _ error: HTTPClientError, label: String, request: Request, configuration: Configuration
  ) -> OutboundError {
    let timeout = (request.timeout ?? configuration.timeout).spoken
    switch error {
    case .connectTimeout, .tlsHandshakeTimeout:
      return OutboundError(.timeout, "\(label): no connection within \(configuration.connectTimeout.spoken)")
    case .getConnectionFromPoolTimeout:
      return OutboundError(.timeout, "\(label): no connection became free in time")
    case .deadlineExceeded, .readTimeout, .writeTimeout:
      return OutboundError(.timeout, "\(label): no complete answer within \(timeout)")
    case .cancelled:
      return OutboundError(.cancelled, "\(label): the call was cancelled")
    case .alreadyShutdown:
      return OutboundError(.cancelled, "\(label): the client is shutting down")
    case .invalidURL, .emptyHost, .emptyScheme:
      return OutboundError(.invalid, "\(request.label ?? "the URL") is not an absolute http or https URL")
    case .remoteConnectionClosed, .uncleanShutdown:
      return OutboundError(.broken, "\(label): the connection was closed before the answer was complete")
    default:
      return OutboundError(.broken, "\(label): \(error.shortDescription)")
    }
  }

  /// Errors of connecting and of the bytes on the connection, shared with SMTP.
  static func explain(connection error: any Error, label: String, timeout: Interval) -> OutboundError {
    switch error {
    case let error as OutboundError:
      return error
    case is CancellationError:
      return OutboundError(.cancelled, "\(label): the call was cancelled")
    case let error as NIOConnectionError:
      return explain(error, label: label)
    case let error as IOError:
      return OutboundError(.connect, "\(label): \(reason(error.errnoCode))")
    case let error as ChannelError:
      if case .connectTimeout = error {
        return OutboundError(.timeout, "\(label): no connection within \(timeout.spoken)")
      }
      return OutboundError(.broken, "\(label): the connection was closed")
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      return OutboundError(.tls, "\(label): TLS failed: \(tlsReason(error))")
    default:
      let type = String(describing: type(of: error))
      if type.contains("Decompression") {
        return OutboundError(.broken, "\(label): the answer's compression is broken or unpacks to too much")
      }
      return OutboundError(.broken, "\(label): the answer is not valid HTTP (\(type))")
    }
  }

  private static func explain(_ error: NIOConnectionError, label: String) -> OutboundError {
    if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
      return OutboundError(.connect, "\(label): no address is known for '\(error.host)'")
    }
    if let first = error.connectionErrors.first?.error as? IOError {
      return OutboundError(.connect, "\(label): \(reason(first.errnoCode))")
    }
    return OutboundError(.connect, "\(label): could not connect")
  }

  private static func tlsReason(_ error: any Error) -> String {
    let text = "\(error)"
    if text.contains("CERTIFICATE_VERIFY_FAILED") { return "its certificate is not trusted" }
    if text.contains("failedToValidateHostname") { return "its certificate is for another host name" }
    if text.contains("WRONG_VERSION_NUMBER") { return "the other side does not speak TLS on this port" }
    if text.contains("uncleanShutdown") { return "the connection was cut off" }
    return text.singleLine(limit: 200)
  }

  private static func reason(_ code: CInt) -> String {
    switch code {
    case ECONNREFUSED: "connection refused"
    case ECONNRESET, EPIPE: "connection reset by the other side"
    case EHOSTUNREACH, ENETUNREACH: "no route to it"
    case ETIMEDOUT: "connection timed out"
    case EMFILE, ENFILE: "this process has too many files open"
    default: "connection error \(code)"
    }
  }
}

extension Interval {
  /// `5 s` or `250 ms`, for error texts.
  var spoken: String { nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000) s" : "\(milliseconds) ms" }
}
