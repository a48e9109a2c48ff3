import Base
import Engine
import Fatigue
import Journal
import OnCall

/// What pages about load and noise need beside the state.
public struct ProtectionView: Sendable {
  /// Limits, leads and nights of the definitions in force.
  public var protection: Protection
  /// A change of a rule as a patch to the definitions.
  ///
  /// - Throws: `DefinitionPatch.Impossible` where none can be made.
  public var patch: @Sendable (_ change: RuleChange, _ rule: AlertRule, _ reason: String) throws -> DefinitionPatch

  public init(
    protection: Protection = Protection(),
    patch: @escaping @Sendable (RuleChange, AlertRule, String) throws -> DefinitionPatch = { _, _, _ in
      throw Refusal(.unavailable, "the definitions are not at hand")
    }
  ) {
    self.protection = protection
    self.patch = patch
  }
}

extension Committed {
  /// Who is on call within a range, in every schedule that takes turns.
  func duties(_ protection: Protection, from: Instant, to: Instant) -> [Duty] {
    protection.rotas.keys.sorted().flatMap { protection.shifts($0, from, to, state.overrides.of($0)) }
  }
}
