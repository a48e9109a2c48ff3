import Base

extension ContactSpec {
  /// Alerts that no policy pages for go to people by their contacts; without any they reach nobody.
  static func checkSomebody(_ snapshot: Snapshot, _ report: Report) {
    guard !snapshot.all(ContactSpec.self).contains(where: { !$0.spec.high.isEmpty }), !pagesAChannel(snapshot),
      // Objectives alone, without anybody to own them, are files that are checked apart from their company.
      let place = snapshot.all(IntegrationSpec.self).first?.position
        ?? (snapshot.all(GroupSpec.self).isEmpty ? nil : snapshot.all(SLOSpec.self).first?.position)
    else { return }
    report.warning(
      at: place,
      "no alert pages anybody: nobody has a Contact with a way to be reached at once; write a Contact for somebody of "
        + "each team")
  }

  private static func pagesAChannel(_ snapshot: Snapshot) -> Bool {
    snapshot.all(EscalationPolicySpec.self).flatMap(\.spec.levels).flatMap(\.targets).contains { target in
      if case .channel = target { return true }
      return false
    }
  }
}
