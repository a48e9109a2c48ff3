import Base
import Events
import Figures

extension Desk {
  /// How long incidents took.
  var figureRoutes: [Route] {
    let range = [
      (name: "days", about: "Incidents that began in the last so many days, 90 by default."),
      (name: "from", about: "Instead: from when, RFC 3339 or a length before now."),
      (name: "to", about: "Until when; now by default."), (name: "tier", about: "Only of services of this tier."),
      (name: "team", about: "Only of services that it owns."),
      (name: "journey", about: "Only of services of this journey."), (name: "service", about: "Only of this service."),
      (name: "severity", about: "Only of this severity."),
      (name: "format", about: "csv for a table instead of JSON."),
    ]
    return [
      Route(
        "GET", "/api/v1/figures", .role(.viewer), .api,
        operation: .get(
          "getFigures", "How long incidents took to detect, acknowledge, mitigate and resolve, as distributions",
          "Incidents", query: range + [("by", "Told apart by tier, team, journey, service or severity as well.")])
      ) { request in
        let view = try figures(request)
        return try isCSV(request) ? csv(CSV.figures(view), "figures") : .json(Resource.figures(view))
      },
      Route(
        "GET", "/api/v1/figures/incidents", .role(.viewer), .api,
        operation: .list(
          "listIncidentTimes", "The incidents that the figures count with their times, newest first", "Incidents",
          query: range)
      ) { request in
        let incidents = Array(try figures(request).report.incidents.reversed())
        if try isCSV(request) { return csv(CSV.incidents(incidents), "incidents") }
        let (page, next) = try slice(incidents, request) { $0.id.description }
        return .json(list(page.map(Resource.incidentTimes), next))
      },
    ]
  }

  private func isCSV(_ request: WebRequest) throws -> Bool {
    switch request.query("format") ?? "json" {
    case "csv": true
    case "json": false
    case let word: throw Problem.invalid("format '\(word.prefix(20))' is neither json nor csv.")
    }
  }

  private func csv(_ text: String, _ name: String) -> WebResponse {
    WebResponse.text(text, type: "text/csv; charset=utf-8; header=present")
      .adding("content-disposition", "attachment; filename=\"\(name).csv\"").adding("cache-control", "no-store")
  }
}

/// Comma-separated values as RFC 4180 has them.
enum CSV {
  static func figures(_ view: FigureView) -> String {
    var lines = [
      line([
        "by", "group", "incidents", "open", "measure", "n", "median_seconds", "p90_seconds", "min_seconds",
        "max_seconds", "pending", "unknown", "out_of_order", "resolution_stands_in", "slowest_incident", "trend", "p",
      ])
    ]
    func add(_ by: String, _ group: String, _ incidents: Int, _ open: Int, _ measures: [MeasureFigures]) {
      for figures in measures {
        let values = figures.spread.values
        lines.append(
          line([
            by, group, String(incidents), String(open), figures.measure.rawValue, String(values.count),
            seconds(figures.median), seconds(figures.p90), seconds(values.first), seconds(values.last),
            String(figures.pending), String(figures.unknown), String(figures.outOfOrder), String(figures.standIns),
            figures.slowest.map { String($0.incident.number) } ?? "", figures.trend?.verdict.word ?? "",
            figures.trend?.p.map { "\($0)" } ?? "",
          ]))
      }
    }
    let report = view.report
    add("all", "", report.incidents.count, report.open, report.measures)
    for group in report.groups {
      add(view.query.by?.rawValue ?? "", group.name ?? "", group.incidents, group.open, group.measures)
    }
    return lines.joined()
  }

  static func incidents(_ incidents: [IncidentRecord]) -> String {
    let head = line(
      [
        "id", "number", "title", "services", "severity", "began_at", "detected_at", "acknowledged_at", "mitigated_at",
        "resolved_at",
      ] + Measure.allCases.map { "\($0.rawValue)_seconds" })
    return head
      + incidents.map { record in
        let times = [
          record.beganAt, record.detectedAt, record.acknowledgedAt, record.mitigatedAt, record.resolvedAt,
        ].map { $0?.rfc3339 ?? "" }
        let lengths = Measure.allCases.map { measure in
          if case .took(let length) = measure.reading(of: record) { seconds(length) } else { "" }
        }
        return line(
          [
            record.id.description, String(record.number), record.title, record.services.joined(separator: " "),
            record.severity.rawValue,
          ] + times + lengths)
      }.joined()
  }

  private static func seconds(_ interval: Interval?) -> String {
    interval.map { $0.nanoseconds % 1_000_000_000 == 0 ? String($0.nanoseconds / 1_000_000_000) : "\($0.seconds)" }
      ?? ""
  }

  private static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

  /// A field as it stands in a line. What a spreadsheet would run as a formula gets an apostrophe before it.
  static func field(_ text: String) -> String {
    let text = text.first.map { "=+-@\t\r".contains($0) } ?? false ? "'" + text : text
    guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}

extension Trend.Verdict {
  /// `tooFew`, `tooManyPending`, `noDifference`, `shorter`, `longer`.
  var word: String {
    switch self {
    case .tooFew: "tooFew"
    case .tooManyPending: "tooManyPending"
    case .noDifference: "noDifference"
    case .shorter: "shorter"
    case .longer: "longer"
    }
  }
}

extension Resource {
  private static func count(_ value: Int) -> JSON { .int(Int64(value)) }
  private static func seconds(_ interval: Interval?) -> JSON? { number(interval?.seconds) }

  static func figures(_ view: FigureView) -> JSON {
    let report = view.report
    let filter = Grouping.allCases.compactMap { grouping in
      view.query.filter[grouping].map { JSONObject.Member(key: grouping.rawValue, value: .string($0)) }
    }
    return object([
      ("from", time(report.from)), ("to", time(report.to)),
      ("filter", filter.isEmpty ? nil : .object(JSONObject(filter))), ("incidents", count(report.incidents.count)),
      ("open", count(report.open)), ("measures", .array(report.measures.map(measure))),
      ("by", text(view.query.by?.rawValue)),
      (
        "groups",
        view.query.by.map { _ in
          .array(
            report.groups.map { group in
              object([
                ("name", text(group.name)), ("incidents", count(group.incidents)), ("open", count(group.open)),
                ("measures", .array(group.measures.map(measure))),
              ])
            })
        }
      ),
    ])
  }

  /// The bounds of the histogram; the last cell has what lies above all of them.
  private static let bounds: [Interval] = [
    .seconds(10), .minutes(1), .minutes(5), .minutes(10), .minutes(20), .minutes(30), .hours(1), .hours(2), .hours(4),
    .hours(12), .days(1), .days(2), .days(7), .days(30),
  ]

  private static func measure(_ figures: MeasureFigures) -> JSON {
    let spread = figures.spread
    let cells = zip(bounds.map(Optional.some) + [nil], spread.histogram(bounds)).map { bound, cell in
      object([("belowSeconds", seconds(bound)), ("count", count(cell))])
    }
    return object([
      ("measure", .string(figures.measure.rawValue)), ("n", count(spread.count)),
      ("medianSeconds", seconds(figures.median)), ("p90Seconds", seconds(figures.p90)),
      ("minSeconds", seconds(spread.values.first)), ("maxSeconds", seconds(spread.values.last)),
      ("pending", count(figures.pending)), ("unknown", count(figures.unknown)),
      ("outOfOrder", count(figures.outOfOrder)), ("resolutionStandsIn", count(figures.standIns)),
      (
        "slowest",
        figures.slowest.map { item in
          object([
            ("id", .string(item.incident.id.description)), ("number", count(item.incident.number)),
            ("seconds", seconds(item.length)),
          ])
        }
      ), ("histogram", .array(cells)),
      (
        "trend",
        figures.trend.map { trend in
          object([
            ("verdict", .string(trend.verdict.word)), ("p", number(trend.p)), ("test", "Mann-Whitney U, Holm"),
            ("nBefore", count(trend.before.count)), ("pendingBefore", count(trend.before.pending)),
            ("medianBeforeSeconds", seconds(trend.before.median)),
          ])
        }
      ),
    ])
  }

  static func incidentTimes(_ record: IncidentRecord) -> JSON {
    let lengths = Measure.allCases.map { measure -> (String, JSON?) in
      if case .took(let length) = measure.reading(of: record) {
        ("\(measure.rawValue)Seconds", seconds(length))
      } else {
        ("\(measure.rawValue)Seconds", nil)
      }
    }
    return object(
      [
        ("id", .string(record.id.description)), ("number", count(record.number)), ("title", .string(record.title)),
        ("services", .array(record.services.map(JSON.string))), ("severity", .string(record.severity.rawValue)),
        ("beganAt", time(record.beganAt)), ("detectedAt", time(record.detectedAt)),
        ("acknowledgedAt", time(record.acknowledgedAt)), ("mitigatedAt", time(record.mitigatedAt)),
        ("resolvedAt", time(record.resolvedAt)),
      ] + lengths)
  }
}
