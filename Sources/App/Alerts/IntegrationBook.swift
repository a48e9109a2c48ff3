import Alerts
import Base
import Definitions
import Outbound
import Synchronization
import Web

/// The integrations in force with the hashes of their keys, and what was heard of each.
///
/// Keys are read again from time to time, so that a rotated file is picked up. A key is looked up by its SHA-256,
/// which tells nothing by its time.
final class IntegrationBook: Sendable {
  struct Entry: Sendable {
    var source: AlertSource
    var type: IntegrationSpec.IntakeType
    var description: String?
    var signature: IntegrationSpec.Signature?
    var secretRef: Outbound.SecretRef?
    var heartbeat: HeartbeatRule?
    var problem: String?

    var name: String { source.id.split(separator: "/", maxSplits: 1).last.map(String.init) ?? source.id }
  }

  private struct Heard {
    var at: Instant?
    var received = 0
    var refused = 0
    var lastRefusal: String?
  }

  private struct Contents {
    var entries: [String: Entry] = [:]
    var byHash: [String: String] = [:]
    var keysReadAt: Instant?
    var heard: [String: Heard] = [:]
  }

  /// How old a key may be in memory.
  private static let keyLife = Interval.seconds(10)

  private let contents = Mutex(Contents())
  private let resolver: SecretResolver
  private let now: @Sendable () -> Instant

  init(resolver: SecretResolver = .system, now: @escaping @Sendable () -> Instant) {
    self.resolver = resolver
    self.now = now
  }

  func use(_ snapshot: Snapshot, heartbeats: [HeartbeatRule]) {
    var entries: [String: Entry] = [:]
    for integration in snapshot.all(IntegrationSpec.self) {
      let name = integration.ref.shortName
      entries[name] = Entry(
        source: AlertSource(integration), type: integration.spec.type, description: integration.metadata.description,
        signature: integration.spec.signature,
        secretRef: integration.spec.secretRef.flatMap { Outbound.SecretRef($0.text) },
        heartbeat: heartbeats.first { $0.name == name })
    }
    contents.withLock { contents in
      contents.entries = entries
      contents.keysReadAt = nil
      contents.heard = contents.heard.filter { entries[$0.key] != nil || $0.key.hasPrefix("(") }
    }
  }

  private func refresh(_ contents: inout Contents) {
    let now = now()
    if let read = contents.keysReadAt, now - read < Self.keyLife { return }
    contents.keysReadAt = now
    contents.byHash = [:]
    for (name, entry) in contents.entries.sorted(by: { $0.key < $1.key }) {
      guard let reference = entry.secretRef else { continue }
      do throws(OutboundError) {
        let hash = BearerToken.hash(try resolver.resolve(reference).reveal())
        contents.entries[name]?.problem = nil
        if let other = contents.byHash[hash] {
          contents.entries[name]?.problem = "its key is that of Integration \(other); give it one of its own"
        } else {
          contents.byHash[hash] = name
        }
      } catch {
        contents.entries[name]?.problem = error.description
      }
    }
  }

  subscript(name: String) -> Entry? { contents.withLock { $0.entries[name] } }

  /// The name of the integration whose key has this hash.
  func name(ofKey hash: String) -> String? {
    contents.withLock { contents in
      refresh(&contents)
      return contents.byHash[hash]
    }
  }

  /// The integration that presents a key itself, as PagerDuty's clients do.
  func entry(ofKey key: String) -> Entry? { name(ofKey: BearerToken.hash(key)).flatMap { self[$0] } }

  /// The key of an integration, to check a signature with.
  func key(of entry: Entry) -> String? { entry.secretRef.flatMap { try? resolver.resolve($0).reveal() } }

  /// The integration of a type that a request came by: the one whose key it had, or whose name its token has.
  func entry(actor: String, type: IntegrationSpec.IntakeType) -> Entry? {
    guard actor.hasPrefix("integration/") || actor.hasPrefix("token/") else { return nil }
    let name = String(actor.drop { $0 != "/" }.dropFirst())
    return self[name].flatMap { $0.type == type ? $0 : nil }
  }

  // MARK: What was heard

  func note(_ name: String, received: Int) {
    let now = now()
    contents.withLock {
      $0.heard[name, default: Heard()].at = now
      $0.heard[name, default: Heard()].received += received
    }
  }

  func note(_ name: String, refused reason: String) {
    contents.withLock {
      $0.heard[name, default: Heard()].refused += 1
      $0.heard[name, default: Heard()].lastRefusal = reason.cut(300)
    }
  }

  func lastSeen(_ name: String) -> Instant? { contents.withLock { $0.heard[name]?.at } }

  func views(deadline: (HeartbeatRule) -> Instant?) -> [IntegrationView] {
    let contents = contents.withLock { contents in
      refresh(&contents)
      return contents
    }
    var views = contents.entries.values.map { entry in
      view(entry.name, entry.type.rawValue, entry, contents.heard[entry.name], deadline)
    }
    // What comes in without an Integration is shown as well.
    for (name, heard) in contents.heard where contents.entries[name] == nil {
      views.append(view(name, String(name.dropFirst().dropLast()), nil, heard, deadline))
    }
    return views.sorted { ($0.type, $0.name) < ($1.type, $1.name) }
  }

  private func view(
    _ name: String, _ type: String, _ entry: Entry?, _ heard: Heard?, _ deadline: (HeartbeatRule) -> Instant?
  ) -> IntegrationView {
    let path =
      switch type {
      case "alertmanager": "/intake/alertmanager/api/v2/alerts"
      case "pagerduty": "/intake/pagerduty/v2/enqueue"
      case "grafana", "webhook": "/intake/webhook/\(name)"
      case "heartbeat": "/intake/heartbeat/\(name)"
      default: "/intake/\(type)"
      }
    return IntegrationView(
      name: name, type: type, description: entry?.description, service: entry?.source.service, path: path,
      problem: entry?.problem, lastSeen: heard?.at, received: heard?.received ?? 0, refused: heard?.refused ?? 0,
      lastRefusal: heard?.lastRefusal,
      heartbeat: entry?.heartbeat.map { .init(every: $0.every, grace: $0.grace, deadline: deadline($0)) })
  }
}
