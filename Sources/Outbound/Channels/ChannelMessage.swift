import Base

/// One page, or the notice that follows it, before a channel gives it its form.
public struct ChannelMessage: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case fired
    case acknowledged
    case resolved
    /// Somebody tries out a channel.
    case test
  }

  public struct Field: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The idempotency key: the same on every attempt to send this message, different for any other message.
  public var key: String
  /// The same for all messages about one alert, so that mail programs and receivers can put them together.
  public var thread: String?
  public var kind: Kind
  /// One line.
  public var title: String
  /// Plain text, any number of lines.
  public var body: String
  /// The alert's or incident's page.
  public var link: String?
  /// Shows the alert with a button that acknowledges it. Whoever has the link may use it.
  public var acknowledgeLink: String?
  /// `critical`, `error`, `warning` or `info`.
  public var severity: String
  public var service: String?
  /// Shown below the body in this order.
  public var fields: [Field]
  /// When what the message tells happened.
  public var time: Instant

  public init(
    key: String, thread: String? = nil, kind: Kind, title: String, body: String, link: String? = nil,
    acknowledgeLink: String? = nil, severity: String, service: String? = nil, fields: [Field] = [], time: Instant
  ) {
    self.key = key
    self.thread = thread
    self.kind = kind
    self.title = title
    self.body = body
    self.link = link
    self.acknowledgeLink = acknowledgeLink
    self.severity = severity
    self.service = service
    self.fields = fields
    self.time = time
  }
}

/// Where a message goes.
public struct ChannelTarget: Sendable, Hashable {
  public enum Transport: Sendable, Hashable {
    case webhook(WebhookTarget)
    case slack(SlackTarget)
    case smtp(SMTPTarget)
  }

  /// As definitions name it; errors begin with it.
  public var name: String
  public var transport: Transport

  public init(name: String, transport: Transport) {
    self.name = name
    self.transport = transport
  }
}

public struct WebhookTarget: Sendable, Hashable {
  public var url: Setting
  /// Signs each request where it is given.
  public var secret: SecretRef?
  /// Added to each request, such as `Authorization`.
  public var headers: [HeaderSetting]

  public struct HeaderSetting: Sendable, Hashable {
    public var name: String
    public var value: Setting

    public init(name: String, value: Setting) {
      self.name = name
      self.value = value
    }
  }

  public init(url: Setting, secret: SecretRef? = nil, headers: [HeaderSetting] = []) {
    self.url = url
    self.secret = secret
    self.headers = headers
  }
}

/// Slack's incoming webhooks, and what speaks their JSON.
public struct SlackTarget: Sendable, Hashable {
  public var url: Setting

  public init(url: Setting) { self.url = url }
}

public struct SMTPTarget: Sendable, Hashable {
  public var server: SMTPServer
  /// The sender; its domain also makes the message ids.
  public var from: Mailbox
  public var to: [Mailbox]

  public init(server: SMTPServer, from: Mailbox, to: [Mailbox]) {
    self.server = server
    self.from = from
    self.to = to
  }
}

/// What became of one attempt.
public enum ChannelOutcome: Sendable, Hashable {
  /// The other side has taken the message; its answer on one line.
  case accepted(receipt: String)
  /// Not taken, or nobody knows: send the same message with the same key again, after `after` where the other side
  /// asked for that.
  case retry(reason: String, after: Interval?)
  /// Not taken, and the same message never will be.
  case rejected(reason: String)
}
