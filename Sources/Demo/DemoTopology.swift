/// The services of the example company and how they call each other.
public struct DemoTopology: Sendable, Hashable {
  public struct Service: Sendable, Hashable {
    public var name: String
    /// Called once for each request served; a failure there is a failure here.
    public var dependencies: [String]
    /// Requests that the load generator sends each second.
    public var requestsPerSecond: Double
    /// The least time that serving takes, in milliseconds.
    public var workMilliseconds: Int

    public init(_ name: String, calls dependencies: [String] = [], requestsPerSecond: Double, workMilliseconds: Int) {
      self.name = name
      self.dependencies = dependencies
      self.requestsPerSecond = requestsPerSecond
      self.workMilliseconds = workMilliseconds
    }
  }

  /// The first one listens on the base port, the next on the one after it.
  public var services: [Service]

  public init(services: [Service]) { self.services = services }

  /// What `examples/reel` describes. Breaking `playback` is one clear fault; breaking `catalog` or `identity` shows a
  /// fault that comes from below.
  public static let reel = DemoTopology(services: [
    Service("playback", calls: ["catalog", "identity"], requestsPerSecond: 20, workMilliseconds: 4),
    Service("catalog", requestsPerSecond: 4, workMilliseconds: 2),
    Service("search", calls: ["catalog"], requestsPerSecond: 6, workMilliseconds: 8),
    Service("upload", calls: ["identity"], requestsPerSecond: 2, workMilliseconds: 20),
    Service("encoder", requestsPerSecond: 2, workMilliseconds: 40),
    Service("recommendations", calls: ["catalog"], requestsPerSecond: 5, workMilliseconds: 12),
    Service("billing", calls: ["identity"], requestsPerSecond: 2, workMilliseconds: 15),
    Service("identity", requestsPerSecond: 4, workMilliseconds: 3),
    Service("notifications", calls: ["identity"], requestsPerSecond: 2, workMilliseconds: 5),
  ])

  public var names: [String] { services.map(\.name) }
}

/// What is wrong with a service, on purpose.
public enum DemoMode: String, Sendable, Hashable, CaseIterable {
  case healthy
  /// Every request is answered 500.
  case fail
  /// Every request takes between 1.5 and 2.5 seconds.
  case slow
}

/// What a person did wrong with the demo, or what stands in its way: one line.
public struct DemoError: Error, Sendable, Hashable, CustomStringConvertible {
  public var text: String

  public init(_ text: String) { self.text = text }

  public var description: String { text }

  static func unknownService(_ name: String, known: [String]) -> DemoError {
    DemoError("no service '\(name)' in the demo; there are \(known.joined(separator: ", "))")
  }
}
