import Base

/// The newest evaluation of every SLO, with what pages look things up by. Built once an evaluation and then shared.
public struct ObjectiveList: Sendable {
  /// Sorted by name.
  public let all: [ObjectiveStatus]
  /// The longest time that any SLO has data of.
  public let recorded: Interval
  private let places: [String: Int]
  private let placesOfService: [String: [Int]]
  private let texts: [[UInt8]]

  /// - Parameter objectives: sorted by name.
  public init(_ objectives: [ObjectiveStatus] = []) {
    all = objectives
    recorded = objectives.map { Interval.seconds(Int64($0.window.seconds * $0.covered)) }.max() ?? .zero
    places = Dictionary(zip(objectives.map(\.name), objectives.indices)) { first, _ in first }
    placesOfService = Dictionary(grouping: objectives.indices) { objectives[$0].service }
    texts = objectives.map { slo in
      Self.folded([slo.name, slo.title ?? "", slo.service, slo.team ?? ""].joined(separator: "\n"))
    }
  }

  public func named(_ name: String) -> ObjectiveStatus? { places[name].map { all[$0] } }

  public func of(service: String) -> [ObjectiveStatus] { (placesOfService[service] ?? []).map { all[$0] } }

  /// The worst of a service's objectives; no data where it has none that is measured.
  func health(of service: String) -> Health {
    (placesOfService[service] ?? []).map { all[$0].health }.max { $0.rank < $1.rank } ?? .noData
  }

  /// Those that a filter wants, in its order.
  func matching(_ filter: ObjectiveFilter) -> [ObjectiveStatus] {
    let needle = Self.folded(filter.text)
    let found = all.indices.filter { index in
      let slo = all[index]
      return (filter.state == nil || slo.health == filter.state) && (filter.tier == nil || slo.tier == filter.tier)
        && (filter.team.isEmpty || slo.team == filter.team)
        && (filter.service.isEmpty || slo.service == filter.service)
        && (needle.isEmpty || Self.contains(texts[index], needle))
    }
    let ordered = found.sorted { filter.sort.precedes(all[$0], all[$1]) }
    return (filter.isReversed ? ordered.reversed() : ordered).map { all[$0] }
  }

  /// Lower case for ASCII; other scripts are compared as they are written.
  private static func folded(_ text: String) -> [UInt8] {
    text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
  }

  private static func contains(_ text: [UInt8], _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, text.count >= needle.count else { return needle.isEmpty }
    return (0...(text.count - needle.count)).contains { start in
      text[start] == first && text[start..<start + needle.count].elementsEqual(needle)
    }
  }
}

/// What a reader wants to see of the objectives; kept in the address, so that it can be shared.
struct ObjectiveFilter: Sendable, Equatable {
  enum Sort: String, Sendable, CaseIterable {
    /// Worst first.
    case state
    case name, service, target
    /// The least left first.
    case budget
    /// The fastest first.
    case burn

    func precedes(_ one: ObjectiveStatus, _ other: ObjectiveStatus) -> Bool {
      let (left, right): (Double, Double) =
        switch self {
        case .state: (Double(-one.health.rank), Double(-other.health.rank))
        case .name: (0, 0)
        case .service: (0, 0)
        case .target: (one.objective, other.objective)
        case .budget: (one.budgetLeft ?? .infinity, other.budgetLeft ?? .infinity)
        case .burn: (-(one.burnNow ?? -1), -(other.burnNow ?? -1))
        }
      if left != right { return left < right }
      if self == .service, one.service != other.service { return one.service < other.service }
      if self == .state, one.budgetLeft != other.budgetLeft {
        return (one.budgetLeft ?? .infinity) < (other.budgetLeft ?? .infinity)
      }
      return one.name < other.name
    }
  }

  var state: Health?
  var team = ""
  var tier: Int?
  var service = ""
  var text = ""
  var sort = Sort.state
  var isReversed = false

  var isEmpty: Bool { state == nil && team.isEmpty && tier == nil && service.isEmpty && text.isEmpty }

  /// - Throws: `Problem` for a state, tier or order that does not exist.
  init(_ request: WebRequest) throws {
    func value(_ name: String) -> String { request.query(name) ?? "" }
    (team, service, text) = (value("team"), value("service"), value("text"))
    if !value("state").isEmpty {
      guard let state = Health(rawValue: value("state")) else {
        throw Problem.invalid(
          "'\(value("state").prefix(40))' is no state.",
          "Use \(Health.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      self.state = state
    }
    if !value("tier").isEmpty {
      guard let tier = Int(value("tier")), tier >= 0 else {
        throw Problem.invalid("'\(value("tier").prefix(40))' is no tier.", "Use a number: 0 is the most important.")
      }
      self.tier = tier
    }
    if !value("sort").isEmpty {
      isReversed = value("sort").hasPrefix("-")
      guard let sort = Sort(rawValue: String(value("sort").drop { $0 == "-" })) else {
        throw Problem.invalid(
          "'\(value("sort").prefix(40))' is no order.",
          "Use \(Sort.allCases.map(\.rawValue).joined(separator: ", ")), with - before it for the other way round.")
      }
      self.sort = sort
    }
  }

  init() {}

  /// The address of the list with this filter.
  func path(_ base: String = "/slos", cursor: String? = nil) -> String {
    let order = isReversed ? "-\(sort.rawValue)" : sort.rawValue
    let pairs = [
      ("state", state?.rawValue ?? ""), ("team", team), ("tier", tier.map(String.init) ?? ""), ("service", service),
      ("text", text), ("sort", order == "state" ? "" : order), ("cursor", cursor ?? ""),
    ]
    .filter { !$0.1.isEmpty }
    return base + (pairs.isEmpty ? "" : "?")
      + pairs.map { "\($0.0)=\(SafeURL.encode($0.1))" }.joined(separator: "&")
  }

  func with(_ change: (inout ObjectiveFilter) -> Void) -> ObjectiveFilter {
    var copy = self
    change(&copy)
    return copy
  }
}
