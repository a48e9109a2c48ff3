/// Where an `AlertNotificationTarget` leads. OpenSLO leaves the text of `target` to its reader; here it is the name of
/// something that can be told.
extension AlertNotificationTargetSpec {
  /// The kinds that a target may name, in the order in which they are tried.
  public static let destinations = ["Channel", "EscalationPolicy", "Schedule", "User"]

  /// What the target names: with its text, or else with its own name. `nil` where there is nothing of either name.
  ///
  /// - Parameter name: the target's own name.
  public func destination(named name: String, in snapshot: Snapshot) -> EntityRef? {
    for text in [target, name] {
      let mention = Reference(
        field: "spec.target", text: text, kinds: Self.destinations, namespace: EntityRef.defaultNamespace,
        position: Position(file: ""))
      if let found = snapshot.resolve(mention) { return found }
    }
    return nil
  }

  /// Warns about targets that lead nowhere: as objects of their own, in alert policies, and in those of SLOs.
  public static func check(_ snapshot: Snapshot, _ report: Report) {
    var inline: [Inline<AlertNotificationTargetSpec>] = []
    func collect(_ policy: AlertPolicySpec) {
      for case .inline(let target) in policy.targets { inline.append(target) }
    }
    for policy in snapshot.all(AlertPolicySpec.self) { collect(policy.spec) }
    for slo in snapshot.all(SLOSpec.self) {
      for case .inline(let policy) in slo.spec.alertPolicies { collect(policy.spec) }
    }
    for target in snapshot.all(AlertNotificationTargetSpec.self) {
      let place = snapshot.document(target.ref)?.node[path: "spec", "target"]?.position
      target.spec.check(target.name, at: place ?? target.position, snapshot, report)
    }
    for target in inline { target.spec.check(target.metadata.name, at: target.position, snapshot, report) }
  }

  private func check(_ name: String, at position: Position, _ snapshot: Snapshot, _ report: Report) {
    guard destination(named: name, in: snapshot) == nil else { return }
    let names = Self.destinations.flatMap { kind in snapshot.documents(ofKind: kind).map(\.ref.name) }
    let kinds = Self.destinations.dropLast().joined(separator: ", ") + " or " + (Self.destinations.last ?? "")
    report.warning(
      at: position,
      "alert notification target \(name): there is no \(kinds) `\(target)`, nor one named `\(name)`, so no alert goes "
        + "there" + (suggestion(for: target, among: names).map { "; did you mean `\($0)`?" } ?? "; define one"))
  }
}
