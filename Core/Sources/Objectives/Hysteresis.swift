import Base

/// What keeps an alert from opening and closing again and again while a burn hovers around a threshold.
///
/// - A rule begins at its factor and ends below nine tenths of it.
/// - An alert whose rules have all ended stays open for six of the objective's shortest windows (half an hour for 5
///   minutes) unless service has recovered: a burn that comes back meanwhile is the same alert.
/// - After a page was closed by a recovery, rules that fire from memory alone open it again only when the shortest
///   window itself burns at the lowest of their factors.
/// - A step of the budget is reported again only after a twentieth of the budget has come back.
enum Hysteresis {
  /// The share of its factor below which a firing rule ends.
  static let stop = 0.9
  /// How many shortest windows an alert outlives its rules.
  static let keepFiring: Int64 = 6
  /// The share of the budget that must come back before a step counts anew.
  static let step = 0.05
  /// The share of the budget that must come back before it is no longer exhausted.
  static let restored = 0.01
}
