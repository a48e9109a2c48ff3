import Definitions
import Outbound

/// Who answers over the channels that can, by the definitions in force: accounts there and their people here.
public struct ReplyBook: Sendable {
  public struct TextAccount: Sendable {
    public var account: String
    public var token: Outbound.SecretRef
  }

  /// The signing secrets of the Slack apps that clicks may come from.
  public private(set) var slackSecrets: [Outbound.SecretRef] = []
  public private(set) var textAccounts: [TextAccount] = []
  private var slackUsers: [String: String] = [:]
  private var numbers: [String: String] = [:]

  public init(_ snapshot: Snapshot) {
    for channel in snapshot.all(ChannelSpec.self) {
      if channel.spec.type == .slack,
        let secret = channel.spec.signingSecretRef.flatMap({ Outbound.SecretRef($0.text) }),
        !slackSecrets.contains(secret)
      {
        slackSecrets.append(secret)
      }
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

  /// Whose Slack account that is: their method's address is its id, such as `U024BE7LH`, or `@name`.
  public func person(slackID: String, name: String) -> String? { slackUsers[slackID] ?? slackUsers["@\(name)"] }

  /// Whose telephone that is.
  public func person(number: String) -> String? { numbers[number] }
}
