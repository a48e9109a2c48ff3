import Base

/// A `Silence` of the definitions as pages show it.
public struct PlannedSilence: Sendable {
  public var name: String
  /// As Alertmanager writes them.
  public var matchers: String
  public var times: String
  public var author: String?
  public var reason: String
  /// `file:line`.
  public var place: String?

  public init(name: String, matchers: String, times: String, author: String?, reason: String, place: String?) {
    self.name = name
    self.matchers = matchers
    self.times = times
    self.author = author
    self.reason = reason
    self.place = place
  }
}
