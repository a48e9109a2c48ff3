import Base
import Definitions
import Foundation
import Objectives
import Wire

/// The sets of OpenSLO's other versions and of Sloth.
extension DefinitionsConformance {
  /// Files with documents of one version, each document by itself: the SDK's examples repeat names within a file. What
  /// the SDK only decodes and never validates (an SLO without objectives, a name in capitals) is no claim of validity.
  func openSLO(version: String, name: String) -> Outcome {
    var outcome = Outcome(name: name)
    for path in files(below: "openslo", endings: ["yaml", "json"])
    where !path.contains("/pyrra/") && !path.contains("/sdk/decode/") {
      let documents = documents(path)
      guard documents.contains(where: { $0["apiVersion"]?.string == version }) else { continue }
      let errors = documents.flatMap { node in
        let report = Report()
        _ = DocumentReader(report: report).readAll(node)
        return report.diagnostics.filter { $0.severity == .error }.map(\.description)
      }
      let isInvalid = path.contains("/oslo/inputs/validate/")
      outcome.expect(
        errors.isEmpty != isInvalid, "\(path): \(errors.first ?? "accepted, though its set says that it is invalid")")
    }
    return outcome
  }

  private func documents(_ path: String) -> [Node] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return YAMLReader().read(text, file: path).documents.flatMap { $0.sequence ?? [$0] }
  }

  // MARK: Sloth

  private func errors(_ paths: [String]) -> [String] {
    let files = paths.map { path in (path: path, bytes: [UInt8](FileManager.default.contents(atPath: path) ?? Data())) }
    return DefinitionsReader().readShapes(files).errors.map(\.description)
  }

  /// Inputs are accepted or refused as their folders say; a folder of duplicates is read together.
  func slothFiles() -> Outcome {
    var outcome = Outcome(name: "Sloth files")
    func judge(_ paths: [String], isInvalid: Bool) {
      let errors = errors(paths)
      outcome.expect(
        errors.isEmpty != isInvalid,
        "\(paths.first ?? ""): \(errors.first ?? "accepted, though its set says that it is invalid")")
    }
    for path in files(below: "openslo/sloth/examples/input", endings: ["yml", "yaml"]) {
      judge([path], isInvalid: false)
    }
    for path in files(below: "openslo/sloth/integration", endings: ["yaml"]) where path.contains("/in-") {
      judge([path], isInvalid: path.contains("invalid"))
    }
    for path in files(below: "openslo/sloth/validate", endings: ["yaml"]) {
      judge([path], isInvalid: path.contains("/bad/"))
    }
    let duplicates = files(below: "openslo/sloth/validate_with_duplicates", endings: ["yaml"])
    for (_, paths) in Dictionary(grouping: duplicates, by: { $0.split(separator: "/").dropLast().joined() })
      .sorted(by: { $0.key < $1.key })
    {
      judge(paths, isInvalid: true)
    }
    return outcome
  }

  /// A pair of windows of an alert, as Sloth writes it and as we derive it.
  private struct Pair: Hashable {
    var severity: String
    var long: String
    var short: String
    var factor: Double
  }

  /// For every SLO of the examples: the same windows, factors and error budget as in Sloth's generated rules.
  func slothGolden() -> Outcome {
    var outcome = Outcome(name: "Sloth golden rules")
    for path in files(below: "openslo/sloth/examples/input", endings: ["yml", "yaml"]) {
      let golden = path.replacingOccurrences(of: "/input/", with: "/golden/")
      guard let rules = try? String(contentsOfFile: golden, encoding: .utf8),
        let snapshot = DefinitionsLoader().check(path).snapshot
      else {
        outcome.expect(false, "\(path): no golden file, or not read")
        continue
      }
      let (wanted, budgets) = Self.alerts(in: rules)
      for slo in snapshot.all(SLOSpec.self) {
        let objective = Self.objective(slo)
        let ours = Set(
          objective?.rules.map {
            Pair(
              severity: $0.severity.rawValue, long: Self.text($0.long), short: Self.text($0.short), factor: $0.factor)
          } ?? [])
        // A pair that could not fire if everything failed is left out here; Sloth writes it.
        let reachable = (wanted[slo.name] ?? []).filter { $0.factor <= 1 / (budgets[slo.name] ?? 1) }
        outcome.expect(ours == reachable, "\(path): \(slo.name) has \(ours)")
        if let budget = budgets[slo.name] {
          let isEqual = ((objective?.budget ?? 0) - budget).magnitude < 1e-9
          outcome.expect(isEqual, "\(path): \(slo.name) has the budget \(objective?.budget ?? 0), not \(budget)")
        }
      }
    }
    return outcome
  }

  /// The SLO's rules; of SLIs that are not counted here, those of the same target on other counters.
  private static func objective(_ slo: Entity<SLOSpec>) -> Objective? {
    let written = slo.spec.objectives[0]
    var spec = ObjectiveSpec(
      id: slo.name, service: slo.spec.service.name, target: written.target,
      period: slo.spec.timeWindow.duration.interval, bad: "bad", total: "total")
    spec.disabled = slo.spec.disabledAlerts.compactMap(BurnSeverity.init)
    return ObjectiveCompiler.compile(spec).objective
  }

  /// The pairs of windows by SLO, and the error budgets as they stand in the expressions.
  private static func alerts(in rules: String) -> ([String: Set<Pair>], [String: Double]) {
    var pairs: [String: Set<Pair>] = [:]
    var budgets: [String: Double] = [:]
    var pending: [(id: String, window: String, factor: Double)] = []
    for line in rules.split(separator: "\n") {
      if let match = line.firstMatch(
        of: #/ratio_rate(\w+).sloth_id="([\w-]+)".*> \(([0-9.]+) \* ([0-9.e-]+)\)/#)
      {
        let id = String(match.2)
        pending.append((id, String(match.1), Double(match.3) ?? 0))
        budgets[id] = Double(match.4)
      } else if let match = line.firstMatch(of: #/sloth_severity: (\w+)/#) {
        for index in stride(from: 0, to: pending.count - 1, by: 2) {
          pairs[pending[index].id, default: []].insert(
            Pair(
              severity: String(match.1), long: pending[index + 1].window, short: pending[index].window,
              factor: pending[index].factor))
        }
        pending = []
      }
    }
    return (pairs, budgets)
  }

  /// Lengths as Sloth writes them: one unit.
  private static func text(_ interval: Interval) -> String {
    let minutes = interval.nanoseconds / 60_000_000_000
    if minutes % 1_440 == 0 { return "\(minutes / 1_440)d" }
    return minutes % 60 == 0 ? "\(minutes / 60)h" : "\(minutes)m"
  }

  /// Sloth's catalogues of windows, its own and those that its users write: read as they are beside an SLO over their
  /// period, they give its rules these windows and factors. Its own are also what is derived without a catalogue.
  func slothWindows() -> Outcome {
    var outcome = Outcome(name: "Sloth windows")
    for path in files(below: "openslo/sloth/windows", endings: ["yaml"]) {
      guard let spec = documents(path).first?["spec"], let period = spec["sloPeriod"]?.string,
        let text = FileManager.default.contents(atPath: path)
      else {
        outcome.expect(false, "\(path): not read")
        continue
      }
      judge(path, Self.slo(over: period), [UInt8](text), Self.pairs(in: spec), &outcome)
      if path.contains("/builtin-google-") { judge(path, Self.slo(over: period), nil, Self.pairs(in: spec), &outcome) }
    }
    return outcome
  }

  private func judge(
    _ path: String, _ slo: String, _ windows: [UInt8]?, _ wanted: Set<Pair>, _ outcome: inout Outcome
  ) {
    var files = [(path: "slo.yaml", bytes: Array(slo.utf8))]
    if let windows { files.append((path: path, bytes: windows)) }
    let result = DefinitionsReader().readShapes(files)
    let rules = result.snapshot.map { ObjectiveCompiler.compile($0).objectives.first?.rules ?? [] } ?? []
    let ours = Set(
      rules.map {
        Pair(severity: $0.severity.rawValue, long: Self.text($0.long), short: Self.text($0.short), factor: $0.factor)
      })
    let source = windows == nil ? "derived" : "read"
    for pair in ours.union(wanted).sorted(by: { ($0.severity, $0.factor) < ($1.severity, $1.factor) }) {
      outcome.expect(
        ours.contains(pair) && wanted.contains(pair),
        "\(path), \(source): \(pair) is \(ours.contains(pair) ? "not in it" : "missing"); \(result.diagnostics)")
    }
  }

  private static func slo(over period: String) -> String {
    func source(_ name: String) -> String { "{metricSource: {type: Prometheus, spec: {query: \(name)}}}" }
    return """
      apiVersion: openslo/v1
      kind: SLO
      metadata: {name: a}
      spec:
        service: a
        budgetingMethod: Occurrences
        timeWindow: [{duration: \(period), isRolling: true}]
        objectives: [{target: 0.999}]
        indicator:
          metadata: {name: i}
          spec: {ratioMetric: {counter: true, bad: \(source("bad")), total: \(source("all"))}}
      """
  }

  private static func pairs(in spec: Node) -> Set<Pair> {
    var pairs: Set<Pair> = []
    guard let period = spec["sloPeriod"]?.string.flatMap({ Interval(text: $0) }) else { return [] }
    for severity in ["page", "ticket"] {
      for speed in ["quick", "slow"] {
        guard let pair = spec[severity]?[speed], let percent = pair["errorBudgetPercent"]?.scalar?.text,
          let share = Double(percent), let long = pair["longWindow"]?.string.flatMap({ Interval(text: $0) }),
          let short = pair["shortWindow"]?.string.flatMap({ Interval(text: $0) })
        else { continue }
        let factor = share / 100 * (period / long)
        pairs.insert(
          Pair(severity: severity, long: text(long), short: text(short), factor: (factor * 1e9).rounded() / 1e9))
      }
    }
    return pairs
  }

  // MARK: What alerts carry

  /// Labels and annotations of the alerts in Sloth's generated rules are those read from its inputs, apart from what
  /// Sloth adds of its own: `sloth_severity`, a `title`, and a `summary` where none is written.
  func slothTexts() -> Outcome {
    var outcome = Outcome(name: "Sloth alert texts")
    for path in files(below: "openslo/sloth/examples/input", endings: ["yml", "yaml"]) {
      let golden = path.replacingOccurrences(of: "/input/", with: "/golden/")
      guard let snapshot = DefinitionsLoader().check(path).snapshot else { continue }
      for alert in Self.alerts(documents(golden)) {
        guard let slo = snapshot.find(SLOSpec.self, named: alert.slo) else {
          outcome.expect(false, "\(path): no SLO \(alert.slo)")
          continue
        }
        // Sloth's plugins may change an SLO before its rules are written.
        if slo.spec.pageText == SLOSpec.AlertText(), path.contains("slo-plugin") { continue }
        let ours = alert.severity == "page" ? slo.spec.pageText : slo.spec.ticketText
        outcome.expect(
          ours.labels == alert.labels.filter { $0.key != "sloth_severity" },
          "\(path): labels of \(alert.slo) \(alert.severity): \(ours.labels), not \(alert.labels)")
        let added = ["title", "summary"].filter { ours.annotations[$0] == nil }
        outcome.expect(
          ours.annotations == alert.annotations.filter { !added.contains($0.key) },
          "\(path): annotations of \(alert.slo) \(alert.severity): \(ours.annotations), not \(alert.annotations)")
      }
    }
    return outcome
  }

  private struct GoldenAlert {
    var slo: String
    var severity: String
    var labels: [StringPair]
    var annotations: [StringPair]
  }

  private static func alerts(_ documents: [Node]) -> [GoldenAlert] {
    let rules = documents.flatMap { $0["groups"]?.sequence ?? [] }.flatMap { $0["rules"]?.sequence ?? [] }
    return rules.compactMap { rule in
      guard rule["alert"] != nil, let severity = rule["labels"]?["sloth_severity"]?.string,
        let slo = rule["expr"]?.string?.firstMatch(of: #/sloth_id="([\w-]+)"/#)?.1
      else { return nil }
      func pairs(_ key: String) -> [StringPair] {
        (rule[key]?.mapping ?? []).map { StringPair(key: $0.key, value: $0.value.scalar?.text ?? "") }
          .sorted { $0.key < $1.key }
      }
      return GoldenAlert(
        slo: String(slo), severity: severity, labels: pairs("labels"), annotations: pairs("annotations"))
    }
  }
}
