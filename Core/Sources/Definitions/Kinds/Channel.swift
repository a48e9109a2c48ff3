/// `Channel`: a way out of the platform: a webhook, a mail relay, a Slack-compatible webhook, push through an
/// ntfy server, SMS through Twilio's API.
public struct ChannelSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Channel")

  public var type: ChannelType
  /// For `webhook` and `slack`: where to post; for `ntfy` and `sms`: the server's address. With a
  /// `secretRef` beside it, what is used while the secret is not set.
  public var url: String?
  /// The whole URL, kept as a secret.
  public var secretRef: SecretRef?
  /// For `webhook`: the key with which bodies are signed (HMAC-SHA-256). For `slack`: the app's signing secret; with it
  /// messages carry buttons that act, and their clicks are taken at /intake/slack/interactive.
  public var signingSecretRef: SecretRef?
  /// For `webhook`: headers sent with each request. Their values are not secret.
  public var headers: [StringPair]
  public var smtp: SMTP?
  /// For `ntfy`: the topic of those who name none as their address.
  public var topic: String?
  /// For `ntfy`: an access token. For `slack`: the app's bot token, with which the dialog of `/incident` is opened.
  public var tokenRef: SecretRef?
  /// For `slack`: where the Web API is, `https://slack.com/api` unless said otherwise.
  public var apiURL: String?
  public var sms: SMS?

  /// An account at Twilio, or at what speaks its API.
  public struct SMS: Hashable, Sendable {
    /// The account's SID.
    public var account: String
    /// The account's auth token: logs in, and checks the signature of replies.
    public var tokenRef: SecretRef?
    /// The number messages come from, in international form.
    public var from: String
  }

  public enum ChannelType: String, Sendable, CaseIterable, Codable {
    case webhook, smtp, slack, ntfy, sms
  }

  public struct SMTP: Hashable, Sendable {
    public var host: String
    public var port: Int
    public var from: String
    public var tls: TLS
    public var username: String?
    public var passwordRef: SecretRef?
  }

  public enum TLS: String, Sendable, CaseIterable, Codable {
    /// Upgrade with STARTTLS, and refuse a server that cannot.
    case startTLS = "starttls"
    /// TLS from the first byte.
    case implicit
    /// Plain text; for a relay on the same machine.
    case none
  }

  public init(_ fields: Fields) {
    type = fields.choice("type", ChannelType.self) ?? .webhook
    url = fields.string(ifPresent: "url")
    secretRef = fields.secret(ifPresent: "secretRef")
    signingSecretRef = fields.secret(ifPresent: "signingSecretRef")
    headers = fields.stringMap(ifPresent: "headers")
    smtp = fields.object(ifPresent: "smtp", Self.smtp)
    topic = fields.string(ifPresent: "topic")
    tokenRef = fields.secret(ifPresent: "tokenRef")
    apiURL = fields.string(ifPresent: "apiURL")
    sms = fields.object(ifPresent: "sms", Self.sms)
    if let topic, !Formats.isTopic(topic) {
      fields.error("topic", "\(quoted(topic)) is not a topic; use letters, digits, _ and -, at most 64")
    }
    if let url, !Formats.isURL(url) || !url.lowercased().hasPrefix("http") {
      fields.error("url", "\(quoted(url)) is not a URL; write it with http:// or https://")
    }
    if let apiURL, !Formats.isURL(apiURL) || !apiURL.lowercased().hasPrefix("http") {
      fields.error("apiURL", "\(quoted(apiURL)) is not a URL; write it with https://")
    }
    if type == .slack, tokenRef != nil, signingSecretRef == nil, !fields.has("signingSecretRef") {
      fields.error(
        "tokenRef", "opens dialogs for commands, and those are not taken without signingSecretRef; name it too")
    }
    switch type {
    case .smtp where !fields.has("smtp"): fields.missing("smtp", "the mail relay: host, port, from")
    case .webhook, .slack:
      if url == nil, secretRef == nil, !fields.has("url"), !fields.has("secretRef") {
        fields.error("has neither url nor secretRef; say where to post")
      }
    case .ntfy where url == nil && !fields.has("url"): fields.missing("url", "the ntfy server's address")
    case .sms where !fields.has("sms"): fields.missing("sms", "the account: account, tokenRef, from")
    case .smtp, .ntfy, .sms: break
    }
  }

  private static func sms(_ fields: Fields) -> SMS {
    let from = fields.string("from")
    if !from.isEmpty, !Formats.isPhoneNumber(from) {
      fields.error("from", "\(quoted(from)) is not a number in international form, such as +351210000000")
    }
    let token = fields.secret(ifPresent: "tokenRef")
    if token == nil, !fields.has("tokenRef") { fields.missing("tokenRef", "the account's auth token, as env:NAME") }
    return SMS(account: fields.string("account"), tokenRef: token, from: from)
  }

  private static func smtp(_ fields: Fields) -> SMTP {
    let from = fields.string("from")
    if !from.isEmpty, !Formats.isMailAddress(from) {
      fields.error("from", "\(quoted(from)) is not a mail address")
    }
    let tls = fields.choice(ifPresent: "tls", TLS.self) ?? .startTLS
    return SMTP(
      host: fields.string("host"),
      port: fields.int(ifPresent: "port", in: 1...65_535) ?? (tls == .implicit ? 465 : 587), from: from, tls: tls,
      username: fields.string(ifPresent: "username"), passwordRef: fields.secret(ifPresent: "passwordRef"))
  }
}
