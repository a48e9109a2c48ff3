import Base
import Events

/// How bad an incident is, from what is known when the page goes out. When unsure, the higher: nobody debates it in
/// the middle of one.
public enum SeverityRule {
  /// From here on a burn is fast: a month's budget is gone within three days. The fastest pair's factor depends on the
  /// period, 13.4 for 28 days and 14.4 for 30, and is always above this.
  public static let fastBurn = 10.0

  /// - Parameters:
  ///   - tier: the service's tier, 0 the most important; `nil` when it has none.
  ///   - burnRate: how many times too fast the budget burns; `nil` when the alert does not come from an SLO.
  public static func severity(
    tier: Int?, burnRate: Double?, signal: AlertSeverity
  ) -> (IncidentSeverity, reason: String) {
    let fast = burnRate.map { $0 >= fastBurn } ?? (signal == .critical)
    let why =
      burnRate.map { "burning at \(Self.rounded($0)) times the budget's rate" } ?? "reported as \(signal.rawValue)"
    switch (tier, fast) {
    case (0, true): return (.sev1, "tier 0, \(why)")
    case (0, false), (1, true): return (.sev2, "tier \(tier!), \(why)")
    case (1, false), (2, true): return (.sev3, "tier \(tier!), \(why)")
    default: return (fast ? .sev3 : .sev4, "\(tier.map { "tier \($0)" } ?? "no tier"), \(why)")
    }
  }

  /// A burn rate as it is said aloud: `14.4`.
  public static func rounded(_ rate: Double) -> String {
    guard rate.isFinite, abs(rate) < 1e9 else { return "\(rate)" }
    let tenths = Int((rate * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }
}
