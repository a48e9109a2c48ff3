import Definitions
import Events
import Outbound

/// Where the channels that events name lead to, by the definitions in force: addresses are looked up when a page goes
/// out, never journalled.
public struct AddressBook: Sendable {
  private var targets: [String: ChannelTarget] = [:]

  public init() {}

  public init(_ snapshot: Snapshot) {
    for channel in snapshot.all(ChannelSpec.self) {
      let name = channel.ref.shortName
      targets[name] = Self.target(name, channel.spec, lane: name, address: nil)
    }
    for contact in snapshot.all(ContactSpec.self) {
      for method in contact.spec.methods {
        guard let channel = snapshot.find(ChannelSpec.self, method.channel) else { continue }
        let name = "\(contact.spec.user.shortName)/\(method.name)"
        targets[name] = Self.target(name, channel.spec, lane: channel.ref.shortName, address: method.address)
      }
    }
  }

  /// The target of a channel, `nil` where the definitions no longer have it.
  public func target(of channel: ChannelReference) -> ChannelTarget? { targets[channel.name] }

  private static func target(
    _ name: String, _ spec: ChannelSpec, lane: String, address: String?
  ) -> ChannelTarget? {
    transport(spec, address: address).map { ChannelTarget(name: name, transport: $0, lane: lane) }
  }

  private static func transport(_ spec: ChannelSpec, address: String?) -> ChannelTarget.Transport? {
    switch spec.type {
    case .webhook:
      guard let url = setting(spec.url, spec.secretRef) else { return nil }
      let headers = spec.headers.map { WebhookTarget.HeaderSetting(name: $0.key, value: .literal($0.value)) }
      let signing = spec.signingSecretRef.flatMap(secret)
      return .webhook(.init(url: url, secret: signing, headers: headers))
    case .slack:
      guard let url = setting(spec.url, spec.secretRef) else { return nil }
      return .slack(SlackTarget(url: url, isInteractive: spec.signingSecretRef != nil))
    case .ntfy:
      guard let server = setting(spec.url, spec.secretRef), let topic = address ?? spec.topic else { return nil }
      return .ntfy(NtfyTarget(server: server, topic: topic, token: spec.tokenRef.flatMap(secret)))
    case .sms:
      guard let sms = spec.sms, let token = sms.tokenRef.flatMap(secret), let to = address else { return nil }
      let server = setting(spec.url, spec.secretRef) ?? .literal("https://api.twilio.com")
      return .sms(SMSTarget(server: server, account: sms.account, token: token, from: sms.from, to: to))
    case .smtp: return mail(spec, address: address)
    }
  }

  private static func mail(_ spec: ChannelSpec, address: String?) -> ChannelTarget.Transport? {
    guard let smtp = spec.smtp, let from = Mailbox(smtp.from), let to = address.flatMap({ Mailbox($0) }) else {
      return nil
    }
    let security: SMTPServer.Security =
      switch smtp.tls {
      case .startTLS: .startTLS
      case .implicit: .tls
      case .none: .none
      }
    var login: SMTPServer.LoginSettings?
    if let user = smtp.username, let password = smtp.passwordRef.flatMap(secret) {
      login = .init(user: user, password: password)
    }
    let server = SMTPServer(host: smtp.host, port: smtp.port, security: security, login: login)
    return .smtp(.init(server: server, from: from, to: [to]))
  }

  /// The secret where there is one; the URL beside it is for where nobody has set it.
  private static func setting(_ url: String?, _ ref: Definitions.SecretRef?) -> Setting? {
    let secret = ref.flatMap(secret)
    if let secret, let url, (try? SecretResolver.system.resolve(secret)) == nil { return .literal(url) }
    return secret.map(Setting.secret) ?? url.map(Setting.literal)
  }

  private static func secret(_ ref: Definitions.SecretRef) -> Outbound.SecretRef? {
    Outbound.SecretRef(ref.text)
  }
}
