extension SLOSpec {
  /// What an author wants its alerts to carry; Sloth can say so, OpenSLO cannot.
  public struct AlertText: Hashable, Sendable {
    /// Sorted by key.
    public var labels: [StringPair]
    /// Words for people: `summary`, `description`, `runbook_url`. Sorted by key.
    public var annotations: [StringPair]

    public init(labels: [StringPair] = [], annotations: [StringPair] = []) {
      self.labels = labels
      self.annotations = annotations
    }

    /// This text with what another says over it.
    public func overlaid(with other: AlertText) -> AlertText {
      func merge(_ first: [StringPair], _ second: [StringPair]) -> [StringPair] {
        let kept = first.filter { pair in !second.contains { $0.key == pair.key } }
        return (kept + second).sorted { $0.key < $1.key }
      }
      return AlertText(
        labels: merge(labels, other.labels), annotations: merge(annotations, other.annotations))
    }
  }
}
