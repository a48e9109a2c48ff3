import Definitions
import Events

extension Objective {
  private static let labelsMax = 64

  /// Takes over what an SLO's author wants alerts to carry: the labels of the SLO, and over them what is written for
  /// its alerts.
  mutating func carry(_ entity: Entity<SLOSpec>) {
    let labels = entity.metadata.labels.map { StringPair(key: $0.key, value: $0.values.joined(separator: ",")) }
    let own = SLOSpec.AlertText(labels: labels)
    pageText = own.overlaid(with: entity.spec.pageText)
    ticketText = own.overlaid(with: entity.spec.ticketText)
  }

  private func text(_ severity: BurnSeverity) -> SLOSpec.AlertText { severity == .page ? pageText : ticketText }

  /// The labels of its alerts: its own name and service, which nothing written can change, and what its author wrote.
  public func alertLabels(_ severity: BurnSeverity) -> [Signal.Label] {
    let fixed = [Signal.Label(name: "slo", value: id), Signal.Label(name: "service", value: service)]
    let written = text(severity).labels.filter { pair in !fixed.contains { $0.name == pair.key } }
    return fixed + written.prefix(Self.labelsMax).map { Signal.Label(name: $0.key, value: $0.value) }
  }

  /// What its author tells people, a line each: the summary and the description as they are, all else with its name.
  public func alertNotes(_ severity: BurnSeverity) -> [String] {
    let annotations = text(severity).annotations
    let plain = ["summary", "description"]
    return plain.compactMap { annotations[$0] }
      + annotations.filter { !plain.contains($0.key) }.map { "\($0.key): \($0.value)" }
  }

  /// Where its author sends people first: a runbook, else a dashboard.
  public func alertLink(_ severity: BurnSeverity) -> String? {
    let annotations = text(severity).annotations
    let links = ["runbook_url", "runbook", "dashboard_url", "dashboard"].compactMap { annotations[$0] }
    return links.first { Formats.isURL($0) && $0.lowercased().hasPrefix("http") }
  }
}
