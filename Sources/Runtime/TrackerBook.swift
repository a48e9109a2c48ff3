import Definitions
import Outbound

/// The trackers of the definitions in force.
public struct TrackerBook: Sendable {
  public struct Entry: Sendable {
    public var target: IssueTarget
    /// Checks what its webhook sends.
    public var webhookSecret: Outbound.SecretRef?
  }

  public private(set) var entries: [Entry] = []

  public init() {}

  public init(_ snapshot: Snapshot) {
    entries = snapshot.all(TrackerSpec.self).compactMap { tracker in
      guard let token = tracker.spec.tokenRef.flatMap({ Outbound.SecretRef($0.text) }) else { return nil }
      return Entry(
        target: IssueTarget(
          name: tracker.ref.shortName, kind: tracker.spec.type == .github ? .github : .gitlab, url: tracker.spec.url,
          repository: tracker.spec.repository, token: token, labels: tracker.spec.labels),
        webhookSecret: tracker.spec.webhookSecretRef.flatMap { Outbound.SecretRef($0.text) })
    }
  }

  public func target(_ name: String) -> IssueTarget? { entries.first { $0.target.name == name }?.target }
}
