import Base

/// When an alert comes and goes too often to page each time.
public enum Flap {
  /// So many times within the window.
  public static let firesMin = 4
  public static let window = Interval.hours(1)
  /// One that stays quiet for so long is over.
  public static let quiet = Interval.minutes(30)
  /// One that fires for so long without a break pages again.
  public static let steady = Interval.minutes(15)
  static let firesKept = 12
}
