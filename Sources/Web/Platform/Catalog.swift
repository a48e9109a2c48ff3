import Base
import Engine
import Events
import Freeze
import OnCall

/// What the definitions in force say, in the form that pages and the API show.
public struct CatalogView: Sendable {
  /// The snapshot's content hash.
  public var hash: String
  public var loadedAt: Instant
  public var documents: Int
  /// Sorted by name, as are all lists here.
  public var services: [ServiceEntry]
  public var people: [PersonEntry]
  public var schedules: [ScheduleEntry]
  /// The same schedules for questions over more than one of them.
  public var plan: OnCallPlan
  public var freezes: [FreezeWindow]
  public var silences: [PlannedSilence]
  public var runbooks: [RunbookEntry]
  /// Warnings of the snapshot in force, or the errors of a newer one that was refused.
  public var diagnostics: [DiagnosticEntry]
  /// The newest definitions are bad and these are older ones.
  public var isDegraded: Bool
  /// The names of what people choose from by hand.
  public var teams: [String] = []
  public var policies: [String] = []
  public var channels: [String] = []
  public var journeys: [JourneyEntry] = []
  /// In the order in which they are tried.
  public var routes: [RouteEntry] = []
  /// What the severities mean and ask for.
  public var severities = Severities()
  /// Whether a policy of the definitions pages for an alert; what none does is the catch-all's.
  public var isRouted: @Sendable (Signal) -> Bool = { _ in true }

  public init(
    hash: String, loadedAt: Instant, documents: Int, services: [ServiceEntry], people: [PersonEntry],
    schedules: [ScheduleEntry], plan: OnCallPlan = OnCallPlan(), freezes: [FreezeWindow] = [],
    silences: [PlannedSilence] = [],
    runbooks: [RunbookEntry],
    diagnostics: [DiagnosticEntry], isDegraded: Bool
  ) {
    self.hash = hash
    self.loadedAt = loadedAt
    self.documents = documents
    self.services = services
    self.people = people
    self.schedules = schedules
    self.plan = plan
    self.freezes = freezes
    self.silences = silences
    self.runbooks = runbooks
    self.diagnostics = diagnostics
    self.isDegraded = isDegraded
  }
}

public struct ServiceEntry: Sendable, Codable {
  public var name: String
  public var title: String?
  public var description: String?
  /// 0 is the most important.
  public var tier: Int?
  /// The team that owns it.
  public var owner: String?
  public var system: String?
  public var lifecycle: String?
  public var dependsOn: [String]
  public var dependents: [String]
  /// The services that it needs through resources, such as a database: each chain leads from it to the service.
  public var dependsThrough: [[String]]
  /// The services that need it through resources: each chain leads from it to the service.
  public var dependentsThrough: [[String]]
  public var policy: String?
  public var runbooks: [String]
  public var links: [LinkEntry]
  /// `file:line`.
  public var place: String?

  public init(
    name: String, title: String? = nil, description: String? = nil, tier: Int? = nil, owner: String? = nil,
    system: String? = nil, lifecycle: String? = nil, dependsOn: [String] = [], dependents: [String] = [],
    dependsThrough: [[String]] = [], dependentsThrough: [[String]] = [], policy: String? = nil, runbooks: [String] = [],
    links: [LinkEntry] = [], place: String? = nil
  ) {
    self.name = name
    self.title = title
    self.description = description
    self.tier = tier
    self.owner = owner
    self.system = system
    self.lifecycle = lifecycle
    self.dependsOn = dependsOn
    self.dependents = dependents
    self.dependsThrough = dependsThrough
    self.dependentsThrough = dependentsThrough
    self.policy = policy
    self.runbooks = runbooks
    self.links = links
    self.place = place
  }
}

public struct LinkEntry: Sendable, Codable {
  public var title: String
  public var url: String

  public init(title: String, url: String) {
    self.title = title
    self.url = url
  }
}

public struct PersonEntry: Sendable, Codable {
  public var name: String
  public var displayName: String?
  public var teams: [String]
  /// Whether a page can reach them.
  public var hasContact: Bool

  public init(name: String, displayName: String?, teams: [String], hasContact: Bool) {
    self.name = name
    self.displayName = displayName
    self.teams = teams
    self.hasContact = hasContact
  }
}

public struct ScheduleEntry: Sendable, Codable {
  public var name: String
  public var title: String?
  /// The IANA name of the zone in which it hands over.
  public var zone: String
  public var team: String?

  public init(name: String, title: String? = nil, zone: String, team: String? = nil) {
    self.name = name
    self.title = title
    self.zone = zone
    self.team = team
  }
}

public struct RunbookEntry: Sendable {
  public var name: String
  public var title: String
  public var service: String?
  /// The body without its front matter.
  public var markdown: String
  public var place: String?
  /// What its front matter and its blocks say.
  public var detail: RunbookDetail

  public init(
    name: String, title: String, service: String?, markdown: String, place: String?,
    detail: RunbookDetail = RunbookDetail()
  ) {
    self.name = name
    self.title = title
    self.service = service
    self.markdown = markdown
    self.place = place
    self.detail = detail
  }
}

public struct DiagnosticEntry: Sendable, Codable {
  public var file: String
  public var line: Int
  public var column: Int
  public var isError: Bool
  public var message: String

  public init(file: String, line: Int, column: Int, isError: Bool, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.isError = isError
    self.message = message
  }
}
