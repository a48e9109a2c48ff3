import Definitions

/// Something that is told of an SLO's alerts because an alert policy of the SLO names it.
public struct NotificationTarget: Hashable, Sendable {
  /// The alerts of an SLO, told apart as alert policies do.
  public enum Occasion: Hashable, Sendable {
    /// A burn, or a step of the budget, that somebody is woken for.
    case page
    /// One that is looked at in working hours.
    case ticket
    /// No samples came for a while.
    case missingData
  }

  /// A Channel, an EscalationPolicy, a Schedule or a User.
  public var destination: EntityRef
  /// What the policies that name it are for.
  public var occasions: Set<Occasion>

  public init(destination: EntityRef, occasions: Set<Occasion>) {
    self.destination = destination
    self.occasions = occasions
  }
}
