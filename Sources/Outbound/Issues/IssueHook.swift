import Base
import Crypto

/// What a tracker's webhook says of an issue.
public struct IssueHook: Sendable, Hashable {
  /// `owner/name`, or the project's path.
  public var repository: String
  public var number: Int64
  public var isOpen: Bool

  /// GitHub's `issues` event; `nil` for any other.
  public static func github(_ body: [UInt8], event: String) -> IssueHook? {
    guard event == "issues", let json = try? JSON(parsing: body), let action = json["action"]?.string,
      ["closed", "reopened", "deleted"].contains(action), let number = json["issue"]?["number"]?.int,
      let repository = json["repository"]?["full_name"]?.string
    else { return nil }
    return IssueHook(repository: repository, number: number, isOpen: action == "reopened")
  }

  /// GitLab's issue hook.
  public static func gitlab(_ body: [UInt8]) -> IssueHook? {
    guard let json = try? JSON(parsing: body), json["object_kind"]?.string == "issue",
      let work = json["object_attributes"], let action = work["action"]?.string, ["close", "reopen"].contains(action),
      let number = work["iid"]?.int, let repository = json["project"]?["path_with_namespace"]?.string
    else { return nil }
    return IssueHook(repository: repository, number: number, isOpen: action == "reopen")
  }

  /// GitHub's `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the body.
  public static func isSigned(_ body: [UInt8], _ signature: String, secret: Secret) -> Bool {
    let code = HMAC<Crypto.SHA256>.authenticationCode(
      for: body, using: SymmetricKey(data: Array(secret.reveal().utf8)))
    return ReplySignature.equal("sha256=" + WebhookForm.hex(code), signature)
  }

  /// GitLab sends the secret itself as `X-Gitlab-Token`.
  public static func isToken(_ token: String, secret: Secret) -> Bool { ReplySignature.equal(secret.reveal(), token) }
}
