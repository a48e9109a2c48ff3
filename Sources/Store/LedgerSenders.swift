import Base
import Ledger

/// Which of a pair of Prometheus servers is listened to: both send the same series, told apart by a replica label.
/// The other one takes over when the first was silent for half a minute (the rule of Cortex' and Mimir's HA tracker).
struct ReplicaElection {
  struct Group: Hashable, Sendable {
    var cluster: String
    var replica: String
  }

  private struct Elected {
    var replica: String
    var heard: Instant
  }

  private var groups: [Group] = []
  private var places: [Group: Int32] = [:]
  private var elected: [String: Elected] = [:]
  static let patience = Interval.seconds(30)
  static let clusterLimit = 10_000
  static let groupLimit = 40_000

  /// The labels without the replica's, and the place of whose they are; −1 where there is no replica label.
  mutating func group(of labels: LabelSet) -> (LabelSet, Int32) {
    let replica = labels["__replica__"]
    guard !replica.isEmpty else { return (labels, -1) }
    return (labels.removing("__replica__"), place(of: Group(cluster: labels["cluster"], replica: replica)))
  }

  private mutating func place(of group: Group) -> Int32 {
    if let known = places[group] { return known }
    guard groups.count < Self.groupLimit else { return -1 }
    groups.append(group)
    places[group] = Int32(groups.count - 1)
    return Int32(groups.count - 1)
  }

  /// Whether what this sender sends now counts.
  mutating func accepts(_ place: Int32, at now: Instant) -> Bool {
    let group = groups[Int(place)]
    if let current = elected[group.cluster], current.replica != group.replica, now - current.heard < Self.patience {
      return false
    }
    guard elected[group.cluster] != nil || elected.count < Self.clusterLimit else { return true }
    elected[group.cluster] = Elected(replica: group.replica, heard: now)
    return true
  }
}
