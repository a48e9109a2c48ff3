import Base
import Definitions
import Events

/// A status page as its definition wants it, with what else the definitions say of its components.
public struct StatusPlan: Sendable {
  public struct Component: Sendable, Equatable {
    public var name: String
    public var description: String?
    /// Sorted; never shown.
    public var services: [String]
    /// Never shown.
    public var slo: String?

    public init(name: String, description: String? = nil, services: [String], slo: String? = nil) {
      self.name = name
      self.description = description
      self.services = services.sorted()
      self.slo = slo
    }
  }

  /// Planned maintenance, once or again and again.
  public struct Window: Sendable {
    public var services: [String]
    public var start: Instant
    public var length: Interval
    public var recurrence: RecurrenceRule?
    public var zone: Zone
    /// What the public is told of it, besides its time and its components.
    public var announcement: String?

    public init(
      services: [String], start: Instant, length: Interval, recurrence: RecurrenceRule? = nil, zone: Zone = .utc,
      announcement: String? = nil
    ) {
      self.services = services
      self.start = start
      self.length = length
      self.recurrence = recurrence
      self.zone = zone
      self.announcement = announcement
    }

    /// Its times that touch a range, in order.
    func times(within range: Range<Instant>) -> [Range<Instant>] {
      let starts: [Instant]
      if let recurrence {
        starts = recurrence.occurrences(
          from: zone.civil(at: start), in: zone, within: (range.lowerBound - length)..<range.upperBound)
      } else {
        starts = [start]
      }
      return starts.map { $0..<($0 + length) }.filter { $0.overlaps(range) }
    }
  }

  /// Of the definition: the name of the directory and of the path.
  public var name: String
  public var title: String
  public var description: String?
  /// Where it is published, without a slash at the end.
  public var url: String
  public var contact: String?
  /// Days.
  public var history: Int
  public var showsAll: Bool
  public var components: [Component]
  public var windows: [Window]
  /// The severities that the public hears of; what has another one does not show.
  public var severities: Set<IncidentSeverity>

  public init(
    name: String, title: String, description: String? = nil, url: String, contact: String? = nil, history: Int = 90,
    showsAll: Bool = false, components: [Component], windows: [Window] = [],
    severities: Set<IncidentSeverity> = Set(IncidentSeverity.allCases)
  ) {
    self.severities = severities
    self.name = name
    self.title = title
    self.description = description
    self.url = url
    self.contact = contact
    self.history = history
    self.showsAll = showsAll
    self.components = components
    self.windows = windows
  }
}

extension StatusPlan {
  /// The pages of a snapshot, sorted by name.
  ///
  /// - Parameters:
  ///   - zone: finds the zones that planned maintenance recurs in.
  ///   - journey: the services that a journey passes through.
  ///   - severities: those that the public hears of.
  public static func plans(
    in snapshot: Snapshot, severities: Set<IncidentSeverity>, zone: (_ name: String) -> Zone?,
    journey: (EntityRef) -> [String]
  ) -> [StatusPlan] {
    let windows = snapshot.all(MaintenanceSpec.self).map { entity in
      Window(
        services: entity.spec.services.map(\.shortName), start: entity.spec.start,
        length: entity.spec.end - entity.spec.start, recurrence: entity.spec.recurrence,
        zone: zone(entity.spec.timeZone) ?? .utc, announcement: entity.spec.announcement)
    }
    return snapshot.all(StatusPageSpec.self).map { page in
      let components = page.spec.components.map { component in
        Component(
          name: component.name, description: component.description,
          services: Set(component.services.map(\.shortName) + (component.journey.map(journey) ?? [])).sorted(),
          slo: component.slo?.shortName)
      }
      return StatusPlan(
        name: pathName(page.ref), title: page.spec.title, description: page.spec.description, url: page.spec.url,
        contact: page.spec.contact, history: page.spec.history, showsAll: page.spec.incidents == .all,
        components: components, windows: windows, severities: severities)
    }
    .sorted { $0.name < $1.name }
  }

  /// A page of another namespace than the default one is `namespace~name`, which no name can be.
  private static func pathName(_ ref: EntityRef) -> String {
    String(ref.shortName.map { $0 == "/" ? "~" : $0 })
  }
}
