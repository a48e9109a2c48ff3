/// Something a person should know about a definitions file. The message names the thing, what is wrong with it and
/// what to do; the position says where.
public struct Diagnostic: Hashable, Sendable {
  public enum Severity: String, Sendable, Hashable, Comparable {
    /// The definitions cannot be used until this is put right.
    case error
    /// The definitions are used; something in them probably does not do what its author meant.
    case warning

    public static func < (lhs: Severity, rhs: Severity) -> Bool { lhs == .error && rhs == .warning }
  }

  public var severity: Severity
  public var position: Position
  public var message: String

  public init(_ severity: Severity, at position: Position, _ message: String) {
    self.severity = severity
    self.position = position
    self.message = message
  }
}

extension Diagnostic: Comparable {
  /// By place, then severity, then text.
  public static func < (lhs: Diagnostic, rhs: Diagnostic) -> Bool {
    if lhs.position != rhs.position { return lhs.position < rhs.position }
    if lhs.severity != rhs.severity { return lhs.severity < rhs.severity }
    return lhs.message < rhs.message
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file:line:column: message`; a warning says so before its message.
  public var description: String {
    severity == .error ? "\(position): \(message)" : "\(position): warning: \(message)"
  }
}

extension Sequence<Diagnostic> {
  /// Whether any of them is an error.
  public var hasErrors: Bool { contains { $0.severity == .error } }
}

/// Collects diagnostics while a tree is read. Readers share one; it never leaves the function that made it.
public final class Report {
  public private(set) var diagnostics: [Diagnostic] = []
  public private(set) var errorCount = 0
  /// A file that is wrong in thousands of places is told apart from a useful list of mistakes by cutting it here.
  private let limit: Int

  public init(limit: Int = 1_000) { self.limit = limit }

  /// Whether more problems would not be listed any more.
  var isFull: Bool { diagnostics.count >= limit }

  public func error(at position: Position, _ message: String) {
    errorCount += 1
    append(Diagnostic(.error, at: position, message))
  }

  public func warning(at position: Position, _ message: String) {
    append(Diagnostic(.warning, at: position, message))
  }

  private func append(_ diagnostic: Diagnostic) {
    if diagnostics.count < limit {
      diagnostics.append(diagnostic)
    } else if diagnostics.count == limit {
      diagnostics.append(
        Diagnostic(.error, at: diagnostic.position, "more than \(limit) problems; the rest are not listed"))
      errorCount += 1
    }
  }
}
