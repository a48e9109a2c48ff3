import Base
import Crypto

/// Whether an answer comes from where it says: clicks in Slack and replies through Twilio.
public enum ReplySignature {
  /// How old a signed click may be, and how far in the future.
  static let ageMax = Interval.minutes(5)

  /// Slack's `v0` signature: `v0=` and the HMAC-SHA256 of `v0:TIMESTAMP:BODY` with the app's signing secret.
  public static func isSlack(
    _ signature: String, timestamp: String, body: [UInt8], secret: Secret, now: Instant
  ) -> Bool {
    guard let seconds = Int64(timestamp), timestamp.utf8.count <= 12 else { return false }
    let age = now - Instant(seconds: seconds)
    guard age <= ageMax, age >= Interval.zero - ageMax else { return false }
    var mac = HMAC<Crypto.SHA256>(key: SymmetricKey(data: Array(secret.reveal().utf8)))
    mac.update(data: Array("v0:\(timestamp):".utf8))
    mac.update(data: body)
    return equal("v0=" + WebhookForm.hex(mac.finalize()), signature)
  }

  /// Twilio's `X-Twilio-Signature`: the HMAC-SHA1 of the URL and of the form's names and values in the names' order,
  /// in Base64, with the account's auth token.
  public static func isTwilio(
    _ signature: String, url: String, form: [(name: String, value: String)], token: Secret
  ) -> Bool {
    var seen: Set<String> = []
    // A name that comes twice with the same value is signed once, as Twilio's libraries do.
    let fields = form.filter { seen.insert("\($0.name)\u{0}\($0.value)").inserted }
      .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    let text = fields.reduce(into: url) { $0 += $1.name + $1.value }
    let code = HMAC<Insecure.SHA1>.authenticationCode(
      for: Array(text.utf8), using: SymmetricKey(data: Array(token.reveal().utf8)))
    return equal(SMSForm.base64(Array(code)), signature)
  }

  /// Without telling by its time where the difference is.
  static func equal(_ lhs: String, _ rhs: String) -> Bool {
    let (lhs, rhs) = (Array(lhs.utf8), Array(rhs.utf8))
    guard lhs.count == rhs.count else { return false }
    return zip(lhs, rhs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
