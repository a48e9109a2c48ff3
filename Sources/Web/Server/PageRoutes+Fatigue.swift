import Base
import Engine
import Events
import Fatigue
import Journal

/// Load, noise and hand-overs.
extension Desk {
  var fatiguePageRoutes: [Route] {
    [
      view("/load") { request, _, context in loadPage(try loadView(request), context) },
      view("/noise") { request, _, context in
        let days = try days(request)
        let (report, book) = noise(days: days, service: request.query("service"), at: request.now)
        var (adviser, advice) = (Adviser(book, since: report.from, now: request.now), [String: Advice]())
        for rule in report.rules.prefix(100) {
          advice[rule.key] = adviser.advice(for: rule).first
        }
        return noisePage(report, advice: advice, days: days, service: request.query("service"), context)
      },
      view("/noise/rule") { request, _, context in
        let (rule, book, from) = try rule(request)
        var adviser = Adviser(book, since: from, now: request.now)
        let offered = adviser.advice(for: rule).map { offer($0, rule.rule) }
        return rulePage(rule, offered, days: 30, context)
      },
      Route("GET", "/noise/patch", .role(.viewer), .page) { request in
        let name = request.query("change").flatMap(RuleChange.init(code:)).map(\.code) ?? "change"
        return WebResponse.text(try patch(request).text, type: "text/x-diff; charset=utf-8").adding(
          "content-disposition", "attachment; filename=\"\(name.replacing(":", with: "-")).patch\"")
      },
      view("/handovers") { request, site, context in
        let (page, next) = try slice(site.state.handovers.all, request) { $0.id.description }
        return handoversPage(page, planned: site.state.handovers.planned, next: next, context)
      },
      // Before the page of a hand-over: its path ends in the same segment.
      Route("GET", "/handovers/{id}.md", .role(.viewer), .page) { request in
        .text(try handover(request).draft.markdown, type: "text/markdown; charset=utf-8")
      },
      view("/handovers/{id}") { request, _, context in
        let handover = try handover(request)
        return handoverPage(handover, notes: try await notes(of: handover), context)
      },
    ]
  }

  var fatigueActionRoutes: [Route] {
    [
      form("/alerts/{id}/judge") { request in
        guard let actionable = try answer(request.field("actionable")) else {
          throw Problem.invalid("The form says neither yes nor no.")
        }
        try await platform.ask(.judgeAlert(try request.id(), actionable: actionable, by: request.actor))
        return Self.local(request.field("back"))
      },
      form("/handovers/{id}/notes") { request in
        try await platform.ask(.noteHandover(try request.id(), text: request.field("text"), by: request.actor))
        return "/handovers/\(try request.id())"
      },
    ]
  }

  /// `yes`, `no`, or nothing for no answer.
  func answer(_ text: String) throws -> Bool? {
    switch text {
    case "yes": true
    case "no": false
    case "": nil
    default: throw Problem.invalid("'\(text.prefix(20))' is neither yes nor no.")
    }
  }

  private func days(_ request: WebRequest) throws -> Int {
    let text = request.query("days") ?? "30"
    guard let days = Int(text), (1...400).contains(days) else {
      throw Problem.invalid("days '\(text.prefix(20))' is not between 1 and 400.")
    }
    return days
  }

  func handover(_ request: WebRequest) throws -> Handover {
    guard let handover = platform.committed().state.handovers[try request.id()] else {
      throw Problem.notFound("such hand-over")
    }
    return handover
  }

  /// The texts of a hand-over's notes by sequence.
  func notes(of handover: Handover) async throws -> [Int64: String] {
    guard !handover.notes.isEmpty else { return [:] }
    let query = JournalQuery(types: ["handover.noted"], subject: handover.subject.text, limit: 100)
    let pairs = try await platform.events(query).compactMap { event in
      event.data["text"]?.string.map { (event.sequence, $0) }
    }
    return Dictionary(pairs) { first, _ in first }
  }

  // MARK: Load

  func load(from: Instant, to: Instant, team: String?) -> (report: LoadReport, teams: [String: [String]]) {
    let (committed, protection) = (platform.committed(), platform.protection().protection)
    let teams = Dictionary(platform.catalog().people.map { ($0.name, $0.teams) }) { first, _ in first }
    var report = LoadReport(
      committed.state.alertBook, from: from, to: to, duties: committed.duties(protection, from: from, to: to),
      nights: protection.night)
    if let team { report.keep { teams[$0]?.contains(team) ?? false } }
    return (report, teams)
  }

  private func loadView(_ request: WebRequest) throws -> LoadView {
    let text = request.query("weeks") ?? "4"
    guard let weeks = Int(text), (1...57).contains(weeks) else {
      throw Problem.invalid("weeks '\(text.prefix(20))' is not between 1 and 57.")
    }
    let team = request.query("team")
    let from = request.now - LoadReport.week * Int64(weeks)
    let (report, teams) = load(from: from, to: request.now, team: team)
    let state = platform.committed().state
    let shown = Set(report.people.map(\.person))
    return LoadView(
      report: report, limits: state.limits.all.filter { $0.at >= from && shown.contains($0.what.person) },
      teams: teams, team: team, weeks: weeks,
      unjudged: state.alertBook.unjudged(people: shown.sorted(), since: max(from, request.now - .days(7)), limit: 10))
  }

  // MARK: Noise

  func noise(days: Int, service: String?, at now: Instant) -> (report: NoiseReport, book: AlertBook) {
    let book = platform.committed().state.alertBook
    let nights = platform.protection().protection
    return (NoiseReport(book, from: now - .days(Int64(days)), to: now, service: service, nights: nights.night), book)
  }

  private func rule(_ request: WebRequest) throws -> (RuleNoise, AlertBook, Instant) {
    let (report, book) = noise(days: 30, service: nil, at: request.now)
    guard let key = request.query("key"), let rule = report[key] else {
      throw Problem.notFound("such rule in the last 30 days")
    }
    return (rule, book, report.from)
  }

  func offer(_ advice: Advice, _ rule: AlertRule) -> OfferedAdvice {
    do {
      return OfferedAdvice(
        advice: advice, patch: try platform.protection().patch(advice.change, rule, advice.reason), instead: nil)
    } catch let impossible as DefinitionPatch.Impossible {
      return OfferedAdvice(advice: advice, patch: nil, instead: impossible.reason)
    } catch {
      return OfferedAdvice(advice: advice, patch: nil, instead: "No patch could be made: \(error).")
    }
  }

  /// The patch that a request names by rule and change.
  func patch(_ request: WebRequest) throws -> DefinitionPatch {
    guard let change = request.query("change").flatMap(RuleChange.init(code:)) else {
      throw Problem.invalid("The change is none of hold:10m, ticket, group:1m, remove.")
    }
    let (rule, book, from) = try rule(request)
    var adviser = Adviser(book, since: from, now: request.now)
    let advice = adviser.advice(for: rule).first { $0.change == change }
    do {
      return try platform.protection().patch(change, rule.rule, advice?.reason ?? "asked for by \(request.actor.text)")
    } catch let impossible as DefinitionPatch.Impossible {
      throw Refusal(.conflict, impossible.reason)
    }
  }
}
