import Base
import Crypto

extension Channels {
  func send(_ message: ChannelMessage, to target: WebhookTarget, now: Instant) async throws(OutboundError)
    -> ChannelOutcome
  {
    let url = try secrets.value(of: target.url)
    let body = WebhookForm.json(message).bytes
    var headers = [
      HTTPOut.Header("Content-Type", "application/json"),
      HTTPOut.Header("Idempotency-Key", message.key),
    ]
    for header in target.headers {
      headers.append(.init(header.name, try secrets.value(of: header.value)))
    }
    if let ref = target.secret {
      let secret = try secrets.resolve(ref)
      let timestamp = "\(now.seconds)"
      headers.append(.init("X-Mainstay-Timestamp", timestamp))
      headers.append(
        .init("X-Mainstay-Signature", WebhookForm.signature(secret: secret, timestamp: timestamp, body: body)))
    }
    let response = try await http.send(
      HTTPOut.Request(
        .post, url, headers: headers, body: body, timeout: timeout, maxResponseBytes: 64 << 10))
    return .of(response, from: OriginURL(url)?.origin ?? "")
  }
}

/// The webhook's document and signature, as docs/channels.md describes them.
public enum WebhookForm {
  /// Members are always there, with `null` where there is nothing to tell.
  static func json(_ message: ChannelMessage) -> JSON {
    [
      "version": 1,
      "key": .string(message.key),
      "thread": message.thread.map(JSON.string) ?? .null,
      "kind": .string(message.kind.rawValue),
      "title": .string(message.title),
      "body": .string(message.body),
      "severity": .string(message.severity),
      "service": message.service.map(JSON.string) ?? .null,
      "time": .string(message.time.rfc3339),
      "links": [
        "page": message.link.map(JSON.string) ?? .null,
        "acknowledge": message.acknowledgeLink.map(JSON.string) ?? .null,
        "resolve": message.resolveLink.map(JSON.string) ?? .null,
      ],
      "fields": .array(
        message.fields.map { ["name": .string($0.name), "value": .string($0.value)] }),
    ]
  }

  /// `sha256=` and the HMAC-SHA256 (RFC 2104) in hexadecimal, over the timestamp, a full stop and the body.
  public static func signature(secret: Secret, timestamp: String, body: [UInt8]) -> String {
    var mac = HMAC<Crypto.SHA256>(key: SymmetricKey(data: Array(secret.reveal().utf8)))
    mac.update(data: Array(timestamp.utf8))
    mac.update(data: [UInt8(ascii: ".")])
    mac.update(data: body)
    return "sha256=" + hex(mac.finalize())
  }

  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
