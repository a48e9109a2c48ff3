import Base
import Definitions
import Engine
import Events
import Fatigue
import OnCall
import Runtime
import Web
import Wire

/// What pages about load and noise are made from, and patches that are offered only where they hold.
enum ProtectionViews {
  static func view(_ compiled: Compiled.Forms, _ snapshot: Snapshot) -> ProtectionView {
    let environment = compiled.environment
    return ProtectionView(protection: environment.protection) { change, rule, reason in
      try patch(change, rule, reason, environment, snapshot)
    }
  }

  private static func patch(
    _ change: RuleChange, _ rule: AlertRule, _ reason: String, _ environment: Engine.Environment, _ snapshot: Snapshot
  ) throws -> DefinitionPatch {
    let signal = Signal(
      key: rule.name, service: rule.service, severity: .critical, urgency: .page, summary: rule.name,
      labels: rule.kind == .named ? [.init(name: "alertname", value: rule.name)] : [], integration: rule.integration)
    let patch = try DefinitionPatch.make(
      change, of: rule, policy: environment.policy(for: signal)?.name, reason: reason, in: snapshot)
    var files = snapshot.files.filter { $0.path != patch.path }.map { ($0.path, Array($0.text.utf8)) }
    files.append((patch.path, Array(patch.new.utf8)))
    let read = DefinitionsReader().read(files)
    if let error = read.diagnostics.first(where: { $0.severity == .error }) {
      throw DefinitionPatch.Impossible(reason: "The change would break the definitions: \(error).")
    }
    return patch
  }
}
