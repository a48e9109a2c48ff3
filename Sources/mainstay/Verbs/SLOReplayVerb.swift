import ArgumentParser
import Base
import Definitions
import Foundation
import Ledger
import Objectives
import Outbound
import Wire

/// `mainstay slo replay`.
struct SLOReplayVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Compute a budget from recorded samples; no server is needed.",
    discussion: """
      EXAMPLE
        mainstay slo replay checkout-availability --definitions definitions --samples november.om --format json
        mainstay slo replay checkout-availability --definitions definitions --prometheus http://127.0.0.1:9090
        mainstay slo replay --slo checkout-availability --definitions definitions --prometheus http://127.0.0.1:9090 \\
          --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z

      With --prometheus the raw samples are fetched from the HTTP API of Prometheus, Thanos, Mimir or VictoriaMetrics,
      and counted as a server counts them: nothing is extrapolated. A file is OpenMetrics text in which each sample has
      its timestamp (Prometheus writes such a file with `promtool tsdb dump-openmetrics`). The objective is judged every
      step as a server would, so the alerts that would have gone out are listed too.
      """)

  @Argument(help: "The SLO; not needed where the definitions have one alone.") var name: String?
  @Option(name: .long, help: .init("A directory of definitions or one file.", valueName: "dir"))
  var definitions: String
  @Option(name: .customLong("slo"), help: .init("The SLO, in place of the argument.", valueName: "name"))
  var slo: String?
  @Option(name: .long, help: .init("The samples.", valueName: "file")) var samples: String?
  @Option(name: .long, help: .init("A Prometheus to fetch the samples from.", valueName: "url"))
  var prometheus: String?
  @Option(name: .long, help: .init("Its Authorization: env:NAME or file:PATH.", valueName: "ref"))
  var authorization: String?
  @Option(name: .long, help: .init("Count events after this; the SLO's window before --to by default. " + Moment.help))
  var from: Moment?
  @Option(name: .long, help: .init("Count events up to this; now by default. " + Moment.help)) var to: Moment?
  @Option(name: .long, help: .init("As of when; the last sample by default. " + Moment.help)) var at: Moment?
  @Option(name: .long, help: "How often to judge, such as 30s.") var step: Length = .standardStep
  @Option(
    name: .long, help: .init("A stretch to leave out of the budget: FROM/TO. May be repeated.", valueName: "range"))
  var exclude: [String] = []
  @OptionGroup var output: FormatOptions

  func validate() throws {
    guard (samples == nil) != (prometheus == nil) else {
      throw ValidationError("give either --samples FILE or --prometheus URL")
    }
    if prometheus == nil, from != nil || to != nil || authorization != nil {
      throw ValidationError("--from, --to and --authorization go with --prometheus; with a file use --at")
    }
    if prometheus != nil, at != nil { throw ValidationError("--at goes with --samples; with --prometheus use --to") }
    if slo != nil, name != nil, slo != name { throw ValidationError("two SLOs are named; give one") }
  }

  func run() async throws {
    let (objective, context) = try objective()
    let now = Clock.now()
    var end = at?.instant(now: now)
    var range: (from: Instant, to: Instant)?
    let recorded: [SLOReplay.Sample]
    if let prometheus {
      let to = to?.instant(now: now) ?? now
      let recording = PrometheusRecording(
        url: prometheus, authorization: try reference(), from: from?.instant(now: now) ?? to - objective.period, to: to)
      range = (max(recording.from, to - objective.period), to)
      recorded = try await recording.samples(of: objective)
      end = to
    } else {
      recorded = try read(samples ?? "")
    }
    let report = SLOReplay.run(
      objective: objective.ofRecordings, context: context, samples: recorded, at: end, step: step.interval)
    if report.matched == 0, output.format == .text {
      Terminal.complain("none of \(report.samples) samples belongs to \(objective.id)")
    }
    var json = report.json
    if let range,
      let exact = SLOReplay.exact(
        objective.ofRecordings, samples: recorded, from: range.from, to: range.to)
    {
      json = Self.exact(json, exact, range, objective)
    }
    if output.printed(json) { return }
    show(json)
  }

  /// The report with the figures of exactly this range, where a server's windows begin at the edge of a bucket. Time
  /// before the range counts as good at the observed rate, as everywhere.
  private static func exact(
    _ report: JSON, _ count: (good: Double, bad: Double, total: Double), _ range: (from: Instant, to: Instant),
    _ objective: Objective
  ) -> JSON {
    guard case .object(var members) = report else { return report }
    let share = count.total > 0 ? count.bad / count.total : 0
    let covered = min(report["covered"]?.double ?? 0, (range.to - range.from) / objective.period)
    members["from"] = .string(range.from.rfc3339)
    members["at"] = .string(range.to.rfc3339)
    members["good"] = .double(count.good)
    members["bad"] = .double(count.bad)
    members["total"] = .double(count.total)
    members["sli"] = count.total > 0 ? .double(1 - share) : .null
    members["covered"] = .double(covered)
    members["budget_left"] = .double(1 - share * covered / objective.budget)
    return .object(members)
  }

  private func reference() throws -> Outbound.SecretRef? {
    guard let authorization else { return nil }
    guard let reference = Outbound.SecretRef(authorization) else {
      // The text is not repeated: it may be the secret itself.
      throw Failure("--authorization is neither env:NAME nor file:PATH")
    }
    return reference
  }

  private func objective() throws -> (Objective, ObjectiveContext) {
    let all = try objectives()
    let objective = try named(in: all)
    var context = ObjectiveContext(excluded: try exclude.map(range).merged())
    if case .calendar(let window) = objective.window {
      let files = ZoneFiles { name in
        FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)").map { [UInt8]($0) }
      }
      do { context.zone = try files.zone(named: window.zone) } catch { throw Failure(error.description) }
    }
    context.members = objective.composite.compactMap { member in
      all.objectives.first { $0.id == member.id }.map { ($0, member.weight) }
    }
    return (objective, context)
  }

  private func range(_ text: String) throws -> Range<Instant> {
    let ends = text.split(separator: "/").map { Instant(rfc3339: $0) }
    guard ends.count == 2, let from = ends[0], let to = ends[1], from < to else {
      throw Failure(
        "--exclude \(text): write two times in order, such as 2026-11-21T09:00:00Z/2026-11-21T09:30:00Z")
    }
    return from..<to
  }

  private func objectives() throws -> (objectives: [Objective], notes: [Diagnostic]) {
    guard FileManager.default.fileExists(atPath: definitions) else {
      throw Failure("\(definitions): no such file or directory")
    }
    let result = DefinitionsLoader().check(definitions)
    guard let snapshot = result.snapshot else {
      throw Failure(result.errors.map(\.description).joined(separator: "\n"))
    }
    let (objectives, notes) = ObjectiveCompiler.compile(snapshot)
    return (objectives, notes)
  }

  private func named(in all: (objectives: [Objective], notes: [Diagnostic])) throws -> Objective {
    let (objectives, notes) = all
    guard let name = name ?? slo else {
      if objectives.count == 1 { return objectives[0] }
      let names = objectives.map(\.id).joined(separator: ", ")
      throw Failure(names.isEmpty ? "no SLO that can be counted in \(definitions)" : "which SLO? there are: \(names)")
    }
    if let found = objectives.first(where: { $0.id == name }) { return found }
    if let note = notes.first(where: { $0.message.contains("SLO \(name) ") }) {
      throw Failure(note.description, code: 1)
    }
    let hint = suggestion(for: name, among: objectives.map(\.id)).map { "; did you mean \($0)?" } ?? ""
    throw Failure("no SLO \(name) in \(definitions)\(hint)", code: 1)
  }

  private func read(_ samples: String) throws -> [SLOReplay.Sample] {
    guard let data = FileManager.default.contents(atPath: samples) else {
      throw Failure("\(samples): cannot be read")
    }
    var limits = ExpositionLimits()
    (limits.bytes, limits.samples) = (1 << 30, 50_000_000)
    do {
      let exposition = try Exposition([UInt8](data), format: .openMetricsLenient, limits: limits)
      // Labels are read once a series, not once a sample.
      var sets: [ArraySlice<UInt8>: LabelSet] = [:]
      return try exposition.samples.map { sample in
        guard let time = sample.time else {
          throw Failure("\(samples): a sample of \(exposition.name(of: sample)) has no timestamp")
        }
        let key = exposition.key(of: sample)
        let labels = sets[key] ?? exposition.labels(of: sample)
        sets[key] = labels
        return .init(
          labels: labels,
          sample: CounterSample(time: time, value: sample.value, created: sample.created))
      }
    } catch let error as ExpositionError {
      throw Failure("\(samples):\(error.line): \(error.message)")
    }
  }

  private func show(_ report: JSON) {
    Details.show([
      ("SLO", report.text("slo")), ("state", Words.state(report.text("state"))),
      (
        "objective",
        Words.percent(report.number("target"), digits: 3).map { "\($0) over \(report.text("window") ?? "?")" }
      ),
      ("as of", report.text("at")), ("good", report.number("good").map { Words.decimal($0, 0) }),
      ("total", report.number("total").map { Words.decimal($0, 0) }),
      ("SLI", Words.percent(report.number("sli"), digits: 4)),
      ("budget left", Words.percent(report.number("budget_left"), digits: 2)),
      ("covered", Words.percent(report.number("covered"), digits: 2)),
      ("samples", "\(report["samples_matched"]?.int ?? 0) of \(report["samples"]?.int ?? 0) belong to it"),
    ])
    var table = Table(("ALERT", .left), ("FIRED", .left), ("RESOLVED", .left))
    for alert in report["alerts"]?.array ?? [] {
      table.add(
        .init(alert.text("rule")), .init(alert.text("fired_at")), .init(alert.text("resolved_at") ?? "still open"))
    }
    print()
    table.show(empty: "no alert would have gone out")
    var burned = Table(("BURNED BY", .left), ("VALUE", .left), ("SHARE", .right))
    for one in (report["burned_by"]?.array ?? []).prefix(8) {
      burned.add(
        .init(one.text("label")), .init(one.text("value")),
        .init(Words.percent(one.number("share"), digits: 1) ?? "unknown"))
    }
    var when = Table(("BURNED FROM", .left), ("TO", .left), ("SHARE", .right))
    for one in (report["burned_when"]?.array ?? []).prefix(8) {
      when.add(
        .init(one.text("from")), .init(one.text("to")),
        .init(Words.percent(one.number("share"), digits: 1) ?? "unknown"))
    }
    guard report["bad"]?.double ?? 0 > 0 else { return }
    print()
    burned.show(empty: "no label tells the failures apart")
    print()
    when.show(empty: "no stretch burned faster than it may")
  }
}

extension Length {
  static let standardStep = Length(interval: .seconds(30))

  var defaultValueDescription: String { interval.text }
}
