import Base

/// Which events of the journal are wanted.
public struct JournalQuery: Sendable, Hashable {
  /// Only events with a larger sequence.
  public var after: Int64
  /// Only events with a smaller sequence; `nil` is the end of the journal.
  public var before: Int64?
  /// Exact types; empty is all. A type that ends in `.*` stands for all of that noun.
  public var types: [String]
  /// An exact subject (`alert/01J…`); `nil` is all.
  public var subject: String?
  /// Only events at or after this time.
  public var since: Instant?
  /// Only events before this time.
  public var until: Instant?
  public var limit: Int
  /// Newest first.
  public var newestFirst: Bool

  public init(
    after: Int64 = 0, before: Int64? = nil, types: [String] = [], subject: String? = nil, since: Instant? = nil,
    until: Instant? = nil, limit: Int = 100, newestFirst: Bool = false
  ) {
    self.after = after
    self.before = before
    self.types = types
    self.subject = subject
    self.since = since
    self.until = until
    self.limit = limit
    self.newestFirst = newestFirst
  }
}
