/// The kinds that are read. A new kind is added here and nowhere else.
public enum Kinds {
  public static let all: [any DefinitionSpec.Type] = [
    APISpec.self,
    ComponentSpec.self,
    DomainSpec.self,
    GroupSpec.self,
    LocationSpec.self,
    ResourceSpec.self,
    SystemSpec.self,
    TemplateSpec.self,
    ScaffolderTemplateSpec.self,
    UserSpec.self,

    DataSourceSpec.self,
    SLOSpec.self,
    SLISpec.self,
    AlertPolicySpec.self,
    AlertConditionSpec.self,
    AlertNotificationTargetSpec.self,
    AlertWindowsSpec.self,
    ServiceSpec.self,

    TierSpec.self,
    SeveritySpec.self,
    JourneySpec.self,
    ErrorBudgetPolicySpec.self,
    ContactSpec.self,
    ChannelSpec.self,
    IntegrationSpec.self,
    ScheduleSpec.self,
    EscalationPolicySpec.self,
    RouteSpec.self,
    MaintenanceSpec.self,
    SilenceSpec.self,
    InhibitionSpec.self,
    FreezeSpec.self,
    CalendarSpec.self,
  ]

  /// Kinds that belong here and are kept without being interpreted yet.
  static let kept: [KindName] = [
    .mainstay("Rollout"), .mainstay("GameDay"), .mainstay("KeyResult"),
    .mainstay("Scorecard"), .mainstay("Exception"), .mainstay("Lifecycle"),
    KindName("BudgetAdjustment", OpenSLO.Version.v2alpha.rawValue),
  ]

  /// The type that reads a kind, or `nil` where none does.
  static func spec(apiVersion: String, kind: String) -> (any DefinitionSpec.Type)? {
    all.first { $0.kind.name == kind && $0.kind.apiVersions.contains(apiVersion) }
  }

  /// The names of the kinds that an `apiVersion` has.
  static func names(in apiVersion: String) -> [String] {
    all.filter { $0.kind.apiVersions.contains(apiVersion) }.map { $0.kind.name }
      + kept.filter { $0.apiVersions.contains(apiVersion) }.map(\.name)
  }

  /// Every `apiVersion` that some kind is read under.
  static let apiVersions: [String] = Set(all.flatMap { $0.kind.apiVersions }).sorted()
}
