import Base
import Synchronization
import Wire

/// The newest failing spans of each SLI that counts spans, for its page.
public final class SpanExemplars: Sendable {
  private let kept = Mutex<[String: [SpanExemplar]]>([:])

  public init() {}

  /// Takes over what one request had.
  public func add(_ exemplars: [String: [SpanExemplar]]) {
    guard !exemplars.isEmpty else { return }
    kept.withLock { kept in
      for (sli, new) in exemplars {
        kept[sli, default: []] += new
        SpanMatcher.trim(&kept[sli]!)
      }
    }
  }

  /// Forgets those of SLIs that are not counted any more.
  public func keep(_ slis: Set<String>) {
    kept.withLock { $0 = $0.filter { slis.contains($0.key) } }
  }

  /// All of them, for keeping.
  var bytes: [UInt8] { SpanExemplar.bytes(of: kept.withLock { $0 }) }

  /// The newest first, at most `SpanMatcher.exemplars`.
  public func newest(of sli: String) -> [SpanExemplar] { kept.withLock { ($0[sli] ?? []).reversed() } }
}
