import Base

/// Sends messages over channels, one attempt a call. It keeps no state and starts nothing in the background: retries,
/// their order and their end belong to the outbox.
public struct Channels: Sendable {
  let http: HTTPOut
  let smtp: SMTPClient
  let secrets: SecretResolver
  /// For one attempt over HTTP. Pages are short; who does not answer by then is tried again.
  let timeout: Interval

  public init(
    http: HTTPOut, smtp: SMTPClient = SMTPClient(), secrets: SecretResolver = .system,
    timeout: Interval = .seconds(10)
  ) {
    self.http = http
    self.smtp = smtp
    self.secrets = secrets
    self.timeout = timeout
  }

  /// Makes one attempt.
  ///
  /// - Parameter now: the time of the attempt; signatures carry it.
  public func send(_ message: ChannelMessage, to target: ChannelTarget, now: Instant) async -> ChannelOutcome {
    let outcome: ChannelOutcome
    do {
      switch target.transport {
      case .webhook(let webhook): outcome = try await send(message, to: webhook, now: now)
      case .slack(let slack): outcome = try await send(message, to: slack)
      case .smtp(let mail): outcome = try await send(message, to: mail)
      case .ntfy(let ntfy): outcome = try await send(message, to: ntfy)
      case .sms(let sms): outcome = try await send(message, to: sms)
      }
    } catch {
      outcome = error.mayPass ? .retry(reason: error.text, after: nil) : .rejected(reason: error.text)
    }
    return outcome.prefixed(with: target.name)
  }
}

extension ChannelOutcome {
  fileprivate func prefixed(with name: String) -> ChannelOutcome {
    switch self {
    case .accepted: self
    case .retry(let reason, let after): .retry(reason: "\(name): \(reason)", after: after)
    case .rejected(let reason): .rejected(reason: "\(name): \(reason)")
    }
  }

  /// What an HTTP status says about a message, for receivers that say no more.
  static func of(_ response: HTTPOut.Response, from origin: String) -> ChannelOutcome {
    let excerpt = response.excerpt()
    let answer = "\(origin) answered \(response.status)" + (excerpt.isEmpty ? "" : ": \(excerpt)")
    switch response.status {
    case 200..<300:
      return .accepted(receipt: "\(response.status)" + (excerpt.isEmpty ? "" : " \(excerpt)"))
    case 408, 425, 429, 500...599:
      return .retry(reason: answer, after: RetryAfter.interval(response.header("retry-after")))
    case 300..<400:
      return .rejected(reason: "\(origin) answered \(response.status): redirects are not followed; correct the URL")
    default:
      return .rejected(reason: answer)
    }
  }
}

/// The `Retry-After` header (RFC 9110, section 10.2.3) in its form of seconds. The form of a date is not read: it
/// would trust the other side's clock, and the outbox has its own backoff.
enum RetryAfter {
  /// More than this is not believed: a page cannot wait for days.
  static let limit = Interval.hours(1)

  static func interval(_ header: String?) -> Interval? {
    guard let header else { return nil }
    let digits = header.filter { $0 != " " }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    guard let seconds = Int64(digits), seconds < 1 << 32 else { return limit }
    return min(.seconds(seconds), limit)
  }
}
