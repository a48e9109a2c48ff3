import Definitions
import Outbound

/// Who answers over the channels that can, by the definitions in force: accounts there and their people here.
public struct ReplyBook: Sendable {
  public struct TextAccount: Sendable {
    public var account: String
    public var token: Outbound.SecretRef
  }

  /// A Slack app that clicks and commands may come from.
  public struct SlackApp: Sendable {
    public var signingSecret: Outbound.SecretRef
    /// Its bot token; without one Mainstay can only answer it.
    public var token: Outbound.SecretRef?
    /// Where the Web API is, without a slash at the end.
    public var api: String
  }

  public private(set) var slackApps: [SlackApp] = []
  public private(set) var textAccounts: [TextAccount] = []
  private var slackUsers: [String: String] = [:]
  private var numbers: [String: String] = [:]

  public init(_ snapshot: Snapshot) {
    for channel in snapshot.all(ChannelSpec.self) {
      if channel.spec.type == .slack { add(channel.spec) }
      if let sms = channel.spec.sms, let token = sms.tokenRef.flatMap({ Outbound.SecretRef($0.text) }) {
        textAccounts.append(TextAccount(account: sms.account, token: token))
      }
    }
    for contact in snapshot.all(ContactSpec.self) {
      for method in contact.spec.methods {
        guard let address = method.address, let channel = snapshot.find(ChannelSpec.self, method.channel) else {
          continue
        }
        switch channel.spec.type {
        case .slack: slackUsers[address] = contact.spec.user.shortName
        case .sms: numbers[address] = contact.spec.user.shortName
        default: break
        }
      }
    }
  }

  /// Several channels can belong to one app.
  private mutating func add(_ slack: ChannelSpec) {
    guard let secret = slack.signingSecretRef.flatMap({ Outbound.SecretRef($0.text) }) else { return }
    let token = slack.tokenRef.flatMap { Outbound.SecretRef($0.text) }
    let api = slack.apiURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? "https://slack.com/api"
    if let index = slackApps.firstIndex(where: { $0.signingSecret == secret }) {
      if slackApps[index].token == nil { (slackApps[index].token, slackApps[index].api) = (token, api) }
    } else {
      slackApps.append(SlackApp(signingSecret: secret, token: token, api: api))
    }
  }

  /// Whose Slack account that is: their method's address is its id, such as `U024BE7LH`, or `@name`.
  public func person(slackID: String, name: String) -> String? { slackUsers[slackID] ?? slackUsers["@\(name)"] }

  /// Whose telephone that is.
  public func person(number: String) -> String? { numbers[number] }
}
