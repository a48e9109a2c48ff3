import Base
import Definitions
import Events

/// Variables that steps export, for the environment of the steps that follow: what runme calls a session.
public enum Exports {
  /// Bytes of one value.
  public static let valueMax = 8_192
  /// Bytes of all variables of a run.
  public static let totalMax = 16_384
  public static let countMax = 100

  /// Whether a step may hand on a variable of that name: none that steers shells or the loader, nor one of ours.
  public static func isName(_ name: String) -> Bool { RunbookHeader.isVariable(name) }

  /// Those that a run takes over: with fitting names, as long as there is room. A secret input stays what it is.
  static func kept(_ new: [RunVariable], in run: RunbookRun) -> [RunVariable] {
    var kept: [RunVariable] = []
    var all = run.exports
    for variable in new
    where isName(variable.name) && variable.value.utf8.count <= valueMax && !variable.value.utf8.contains(0)
      && !run.secretInputs.contains(variable.name)
    {
      let merged = merged(all, [variable])
      let size = merged.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
      guard merged.count <= countMax, size <= totalMax else { continue }
      all = merged
      kept.append(variable)
    }
    return kept
  }

  /// The old ones with the new in their places, or behind them.
  public static func merged(_ old: [RunVariable], _ new: [RunVariable]) -> [RunVariable] {
    var all = old
    for variable in new {
      if let place = all.firstIndex(where: { $0.name == variable.name }) {
        all[place] = variable
      } else {
        all.append(variable)
      }
    }
    return all
  }
}

extension RunbookRun {
  /// What the run takes over of what a step exported.
  public func taking(_ exports: [RunVariable]) -> [RunVariable] { Exports.kept(exports, in: self) }
}
