import Base
import Journal

/// The links of calendar feeds, which calendar programs read without a login: whose feed, the generation that revoking
/// ends, and a signature over both.
struct FeedLink: Equatable {
  enum Owner: String { case schedule, user }

  var owner: Owner
  var name: String

  var subject: Subject { Subject(owner.rawValue, name) }

  /// `/feeds/schedule.0.SIGNATURE.primary.ics`
  func path(generation: Int, secret: [UInt8]) -> String {
    let signature = Signer(secret: secret).sign(claim(generation), for: "feed")
    return "/feeds/\(owner.rawValue).\(generation).\(signature).\(SafeURL.encode(name)).ics"
  }

  private func claim(_ generation: Int) -> String { "\(owner.rawValue).\(generation).\(name)" }

  /// Reads a token without its `.ics`; `nil` where the signature is not ours.
  static func open(_ token: String, secret: [UInt8]) -> (link: FeedLink, generation: Int)? {
    let parts = token.split(separator: ".", maxSplits: 3)
    guard parts.count == 4, let owner = Owner(rawValue: String(parts[0])), let generation = Int(parts[1]) else {
      return nil
    }
    let link = FeedLink(owner: owner, name: String(parts[3]))
    guard Signer(secret: secret).verify(parts[2], of: link.claim(generation), for: "feed") else { return nil }
    return (link, generation)
  }
}
