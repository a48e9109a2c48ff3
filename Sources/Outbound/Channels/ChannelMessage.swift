import Base

/// One page, or the notice that follows it, before a channel gives it its form.
public struct ChannelMessage: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case fired
    case acknowledged
    case resolved
    /// Somebody tries out a channel.
    case test
    /// Something to know that asks for no answer, such as what is open at the beginning of a shift.
    case notice
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
  /// The same page, with what ends the alert first.
  public var resolveLink: String?
  /// What buttons of channels that answer by themselves send back: the alert's id.
  public var answer: String?
  /// What a reply to a text message begins with: four digits that stand for the alert.
  public var replyCode: String?
  /// `critical`, `error`, `warning` or `info`.
  public var severity: String
  public var service: String?
  /// Shown below the body in this order.
  public var fields: [Field]
  /// When what the message tells happened.
  public var time: Instant

  public init(
    key: String, thread: String? = nil, kind: Kind, title: String, body: String, link: String? = nil,
    acknowledgeLink: String? = nil, resolveLink: String? = nil, answer: String? = nil, replyCode: String? = nil,
    severity: String, service: String? = nil, fields: [Field] = [], time: Instant
  ) {
    self.key = key
    self.thread = thread
    self.kind = kind
    self.title = title
    self.body = body
    self.link = link
    self.acknowledgeLink = acknowledgeLink
    self.resolveLink = resolveLink
    self.answer = answer
    self.replyCode = replyCode
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
    case ntfy(NtfyTarget)
    case sms(SMSTarget)
  }

  /// As definitions name it; errors begin with it.
  public var name: String
  public var transport: Transport
  /// What it shares with other targets of the same channel: how many attempts are under way at once, and pauses that
  /// the other side asked for.
  public var lane: String

  public init(name: String, transport: Transport, lane: String? = nil) {
    self.name = name
    self.transport = transport
    self.lane = lane ?? name
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
  /// Whether buttons act: the app's clicks come to /intake/slack/interactive. Otherwise they are links.
  public var isInteractive: Bool

  public init(url: Setting, isInteractive: Bool = false) {
    self.url = url
    self.isInteractive = isInteractive
  }
}

/// A topic of an ntfy server.
public struct NtfyTarget: Sendable, Hashable {
  /// The server's address, without a topic.
  public var server: Setting
  public var topic: String
  /// An access token.
  public var token: SecretRef?

  public init(server: Setting, topic: String, token: SecretRef? = nil) {
    self.server = server
    self.topic = topic
    self.token = token
  }
}

/// A number, by an account at Twilio or at what speaks its API.
public struct SMSTarget: Sendable, Hashable {
  /// The API's address, without a path.
  public var server: Setting
  public var account: String
  public var token: SecretRef
  public var from: String
  public var to: String

  public init(server: Setting, account: String, token: SecretRef, from: String, to: String) {
    self.server = server
    self.account = account
    self.token = token
    self.from = from
    self.to = to
  }
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
