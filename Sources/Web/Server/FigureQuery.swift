import Base
import Engine
import Figures
import Incidents

/// Which figures a page or a document shows, as its address says.
struct FigureQuery: Sendable {
  static let periods = [30, 90, 180, 365]
  static let daysMax: Int64 = 3_660

  var from: Instant
  var to: Instant
  /// Over so many days until now; `nil` where the address names the times.
  var days: Int?
  var filter: FigureFilter
  var by: Grouping?

  /// - Throws: a problem that names the word that is none.
  init(_ request: WebRequest, by standard: Grouping?, time: (String) throws -> Instant) throws {
    let text = request.query("days")
    let isNamed = text == nil && (request.query("from") != nil || request.query("to") != nil)
    to = try request.query("to").map(time) ?? request.now
    if isNamed {
      (from, days) = (try request.query("from").map(time) ?? to - .days(90), nil)
    } else {
      guard let count = Int(text ?? "90"), (1...3_660).contains(count) else {
        throw Problem.invalid("days '\((text ?? "").prefix(20))' is not between 1 and \(Self.daysMax).")
      }
      (days, to) = (count, request.now)
      from = to - .days(Int64(count))
    }
    guard from < to, to - from <= .days(Self.daysMax) else {
      throw Problem.invalid("from is not before to, or more than \(Self.daysMax) days before it.")
    }
    filter = FigureFilter()
    for grouping in Grouping.allCases { filter[grouping] = request.query(grouping.rawValue) }
    by = standard
    if let word = request.query("by") {
      guard let grouping = Grouping(rawValue: word) else {
        throw Problem.invalid(
          "'\(word.prefix(40))' is nothing that incidents are told apart by.",
          "Use one of \(Grouping.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      by = grouping
    }
  }

  /// The address with something changed.
  func path(_ base: String = "/figures", _ change: (inout FigureQuery) -> Void = { _ in }) -> String {
    var query = self
    change(&query)
    var parts = query.days.map { ["days=\($0)"] } ?? ["from=\(query.from.rfc3339)", "to=\(query.to.rfc3339)"]
    for grouping in Grouping.allCases {
      if let value = query.filter[grouping] { parts.append("\(grouping.rawValue)=\(SafeURL.encode(value))") }
    }
    if let by = query.by { parts.append("by=\(by.rawValue)") }
    return "\(base)?\(parts.joined(separator: "&"))"
  }
}

extension CatalogView {
  /// Where each service stands. The definitions in force say so, also for incidents of the past.
  var placements: [String: Placement] {
    Dictionary(
      services.map { service in
        let needing = journeys.filter { $0.steps.contains { $0.service == service.name } }.map(\.name).sorted()
        return (service.name, Placement(tier: service.tier, team: service.owner, journeys: needing))
      }, uniquingKeysWith: { $1 })
  }
}

/// The figures that a request asks for, of the incidents that its reader may see.
struct FigureView: Sendable {
  var query: FigureQuery
  var report: FiguresReport
  /// What can be chosen: the values that incidents of the range have.
  var choices: [Grouping: [String]]
}

extension Desk {
  func figures(_ request: WebRequest, by standard: Grouping? = nil) throws -> FigureView {
    let query = try FigureQuery(request, by: standard) { try time($0, request) }
    let placements = platform.catalog().placements
    let place: (String) -> Placement = { placements[$0] ?? Placement() }
    let records = countable(request)
    let report = FiguresReport(
      records, from: query.from, to: query.to, filter: query.filter, by: query.by, place: place)
    var choices: [Grouping: Set<String>] = [:]
    for record in records where record.start >= query.from && record.start < query.to {
      for grouping in Grouping.allCases { choices[grouping, default: []].formUnion(grouping.names(record, place)) }
    }
    for grouping in Grouping.allCases {
      if let wanted = query.filter[grouping] { choices[grouping, default: []].insert(wanted) }
    }
    return FigureView(query: query, report: report, choices: choices.mapValues { $0.sorted() })
  }

  /// The incidents that figures may count for a reader.
  func countable(_ request: WebRequest) -> [IncidentRecord] {
    let state = platform.committed().state
    let viewer = request.viewer
    return state.incidentBook.records.map(\.value).filter { state.incidents.privacy.maySee($0.id, viewer) }
  }
}
