import Base

/// Everything that a status page shows, and nothing else: what is not in here cannot be rendered.
public struct StatusSite: Sendable, Equatable {
  public struct Component: Sendable, Equatable {
    public var name: String
    public var description: String?
    public var state: ComponentState
    /// The oldest first, today last.
    public var days: [Day]
    /// The share of the time on record without a partial or major outage; `nil` where nothing is on record.
    public var uptime: Double?
    public var attainment: Attainment?
  }

  public struct Day: Sendable, Equatable {
    public var date: CivilDate
    /// The worst of the day; `nil` before anything was on record.
    public var worst: ComponentState?
    /// How long it was down, by the parts of the day that were on record.
    public var down: Interval
  }

  /// How many events of an SLO were good over its window.
  public struct Attainment: Sendable, Equatable {
    public var share: Double
    public var target: Double
    public var window: Interval

    public init(share: Double, target: Double, window: Interval) {
      self.share = share
      self.target = target
      self.window = window
    }
  }

  public struct Incident: Sendable, Equatable {
    public var number: Int
    public var title: String
    public var worst: ComponentState
    public var phase: StatusPhase
    public var components: [String]
    public var startedAt: Instant
    public var resolvedAt: Instant?
    /// The newest first.
    public var updates: [Update]
    /// The number of the one in which it goes on, where the page shows that.
    public var mergedInto: Int?
    /// The numbers of those on the page that go on in this one.
    public var merged: [Int] = []

    public var isOpen: Bool { resolvedAt == nil }
    /// The last time that anything about it changed.
    public var changedAt: Instant {
      updates.reduce(max(startedAt, resolvedAt ?? startedAt)) { max($0, $1.amendedAt ?? $1.at) }
    }
  }

  public struct Update: Sendable, Equatable {
    /// Unique in its incident and the same for good.
    public var id: Int64
    public var at: Instant
    public var phase: StatusPhase
    public var text: String
    public var amendedAt: Instant?
  }

  public struct Maintenance: Sendable, Equatable {
    public var components: [String]
    public var from: Instant
    public var to: Instant
    public var announcement: String?
  }

  public var name: String
  public var title: String
  public var description: String?
  public var url: String
  public var contact: String?
  /// Days of history that are shown.
  public var history: Int
  /// Since when incidents are on record.
  public var since: Instant
  public var components: [Component]
  /// The newest first.
  public var incidents: [Incident]
  /// Under way or to come, the earliest first.
  public var maintenance: [Maintenance]

  public var open: [Incident] { incidents.filter(\.isOpen) }
  /// Those that stand by themselves: what goes on in another one is told there.
  var listed: [Incident] { incidents.filter { $0.mergedInto == nil } }

  /// The worst of all components.
  public var state: ComponentState { components.map(\.state).max() ?? .operational }
}
