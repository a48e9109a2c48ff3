import Base

/// `Tracker`: where action items of reviews are kept as issues: a GitHub repository or a GitLab project.
public struct TrackerSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Tracker")

  public var type: TrackerType
  /// What the paths of the API follow; that of github.com or gitlab.com by default.
  public var url: String
  /// `owner/name`; for GitLab the project's whole path.
  public var repository: String
  /// An access token that may read and write issues.
  public var tokenRef: SecretRef?
  /// The key of the webhook that tells of closed issues; without one they are asked for from time to time.
  public var webhookSecretRef: SecretRef?
  /// Whose action items it is for; all where none is named.
  public var services: [EntityRef]
  /// What each issue carries besides `mainstay`.
  public var labels: [String]
  /// Whether action items become issues as soon as they are written.
  public var automatic: Bool

  public enum TrackerType: String, Sendable, CaseIterable, Codable {
    case github, gitlab

    /// The public service's address.
    public var standardURL: String {
      switch self {
      case .github: "https://api.github.com"
      case .gitlab: "https://gitlab.com/api/v4"
      }
    }
  }

  public init(_ fields: Fields) {
    let type = fields.choice("type", TrackerType.self) ?? .github
    self.type = type
    url = fields.string(ifPresent: "url") ?? type.standardURL
    if !Formats.isURL(url) || !url.lowercased().hasPrefix("http") {
      fields.error("url", "\(quoted(url)) is not a URL; write it with http:// or https://")
    }
    repository = fields.string("repository")
    let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
    let isPath = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.allSatisfy(Self.isNameCharacter) }
    if !repository.isEmpty, !isPath || (type == .github ? parts.count != 2 : parts.count < 2) {
      let form = type == .github ? "owner/name" : "group/project"
      fields.error("repository", "\(quoted(repository)) is not a repository; write it as \(form)")
    }
    tokenRef = fields.secret(ifPresent: "tokenRef")
    if tokenRef == nil, !fields.has("tokenRef") {
      fields.missing("tokenRef", "where the access token is kept: env:NAME or file:PATH")
    }
    webhookSecretRef = fields.secret(ifPresent: "webhookSecretRef")
    services = fields.references(ifPresent: "services", to: "Component", "Service")
    labels = fields.strings(ifPresent: "labels")
    for label in labels where !(1...50).contains(label.count) || label.contains(",") {
      fields.error("labels", "\(quoted(label)) is not a label; use 1 to 50 characters without commas")
    }
    automatic = fields.bool(ifPresent: "automatic") ?? false
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
  }
}
