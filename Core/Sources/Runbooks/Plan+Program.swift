import Base
import Definitions
import Events

extension Plan {
  /// The steps that a run has. One of all steps leaves out what runme's own run of all would, unless another step
  /// needs it or it has keys of this platform, which say when it may run.
  public func steps(in mode: RunMode) -> [Step] {
    guard mode == .all else { return steps }
    var wanted = Set(steps.filter { !$0.keys.isExcludedFromAll || $0.keys.hasOwnKeys }.map(\.name))
    for step in steps.reversed() where wanted.contains(step.name) { wanted.formUnion(step.keys.needs) }
    return steps.filter { wanted.contains($0.name) }
  }

  /// The program of a run.
  ///
  /// - Parameters:
  ///   - tier: the most important tier that the run's services are of; on tier 0 an approval takes two persons, and a
  ///     destructive step is always approved.
  ///   - secrets: inputs that name a secret, which every step gets.
  public func program(mode: RunMode, tier: Int?, secrets: [SecretVariable] = []) throws -> Program {
    func whole(_ work: StepWork) throws -> JSON {
      var work = work
      work.secrets += secrets
      return try JSON(encoding: work)
    }
    return Program(
      kind: Self.kind,
      steps: try steps(in: mode).map { step in
        let rules = StepRules(
          always: step.keys.isAlways, isRepeatable: step.keys.isRepeatable || step.risk == .readOnly,
          check: try step.check.map(whole), checkInterval: Self.interval(step.check?.timeout),
          checkTimeout: step.check?.timeout ?? .minutes(5), undo: try step.undo.map(whole),
          undoIsRepeatable: step.undoKeys?.isRepeatable ?? false, undoTimeout: step.undo?.timeout ?? .minutes(10),
          undoRetries: step.undoKeys?.retries ?? 0, needsRelease: mode == .stepwise && !step.keys.isAlways,
          gate: gate(step, tier: tier), patience: patience)
        return Events.Step(
          name: step.name, kind: step.work.kind == .ask ? .ask : .act, handler: Self.handler,
          parameters: try whole(step.work), timeout: step.work.timeout, retries: step.keys.retries,
          undo: step.undo == nil ? nil : Self.handler, rules: rules)
      })
  }

  /// Often enough to see a change soon, seldom enough that a check of a day has no thousands of answers.
  private static func interval(_ timeout: Interval?) -> Interval {
    let part = Interval(nanoseconds: (timeout ?? .minutes(5)).nanoseconds / 30)
    return min(max(part, .seconds(5)), .minutes(5))
  }

  private func gate(_ step: Step, tier: Int?) -> ApprovalGate? {
    if let approvers = step.keys.approvers {
      return ApprovalGate(
        from: approvers.from, count: tier == 0 ? max(2, approvers.count) : approvers.count, expires: approvalExpires)
    }
    guard tier == 0, step.risk == .destructive, !step.keys.isAlways else { return nil }
    return ApprovalGate(from: Role.responder.rawValue, count: 2, expires: approvalExpires)
  }
}
