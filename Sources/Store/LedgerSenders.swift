import Base
import Ledger

/// What the keys of senders stand for, so that labels are read once for a series and not for every sample.
struct SeriesCache {
  enum Entry: Sendable {
    /// Nobody asked for it.
    case ignored
    case counted(SeriesID, ReplicaElection.Group?)
    /// Asked for, but past the bound on series.
    case refused
  }

  private var scopes: [String: [ArraySlice<UInt8>: Entry]] = [:]
  private var count = 0
  static let limit = 500_000

  func find(_ scope: String, _ key: ArraySlice<UInt8>) -> Entry? { scopes[scope]?[key] }

  mutating func remember(_ scope: String, _ key: ArraySlice<UInt8>, _ entry: Entry) {
    // Senders with ever new series cannot grow it without end: it begins anew.
    if count >= Self.limit { self = SeriesCache() }
    // A copy, for the slice holds on to the whole request.
    scopes[scope, default: [:]][Array(key)[...]] = entry
    count += 1
  }
}

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

  private var elected: [String: Elected] = [:]
  static let patience = Interval.seconds(30)
  static let clusterLimit = 10_000

  /// The labels without the replica's, and whose they are; no group where there is no replica label.
  func group(of labels: LabelSet) -> (LabelSet, Group?) {
    let replica = labels["__replica__"]
    guard !replica.isEmpty else { return (labels, nil) }
    return (labels.removing("__replica__"), Group(cluster: labels["cluster"], replica: replica))
  }

  mutating func accepts(_ group: Group, at now: Instant) -> Bool {
    if let current = elected[group.cluster], current.replica != group.replica, now - current.heard < Self.patience {
      return false
    }
    guard elected[group.cluster] != nil || elected.count < Self.clusterLimit else { return true }
    elected[group.cluster] = Elected(replica: group.replica, heard: now)
    return true
  }
}
